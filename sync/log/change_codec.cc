// One change as a row: plain, uncompressed, read and written in one pass.
#include "absl/status/status.h"
#include "change_body.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/log/segment.h"

namespace dudao::sync {
namespace {

constexpr uint64_t kFormat = 1;

bool GetDots(Reader& in, const SegmentLimits& limits, Change& change) {
  VersionVector vector;
  for (uint64_t n = in.Bounded(limits.replicas_max); n > 0 && in.ok(); --n) {
    const ReplicaId replica = ReplicaId::FromBytes(in.Raw(kReplicaIdBytes));
    vector.Set(replica, in.Varint());
  }
  change.seen = Context(std::move(vector));
  for (uint64_t n = in.Bounded(limits.changes_max); n > 0 && in.ok(); --n) {
    const ReplicaId replica = ReplicaId::FromBytes(in.Raw(kReplicaIdBytes));
    change.seen.Add({replica, in.Varint()});
  }
  return in.ok();
}

bool GetOperation(Reader& in, const SegmentLimits& limits, Operation& op) {
  op.record.type = static_cast<uint32_t>(in.Bounded(UINT32_MAX));
  op.record.key = std::string(in.Bytes(kRecordKeyBytesMax));
  const auto path = Path::Parse(in.Bytes(Path::kBytesMax));
  const uint64_t kind = in.Varint();
  const uint64_t type = in.Bounded(7);
  op.value.bytes = std::string(in.Bytes(limits.value_bytes_max));
  if (!in.ok() || !path || !IsMergeKind(kind) || (type > 2 && type != 5 && type != 7)) return false;
  op.path = *path;
  op.kind = static_cast<MergeKind>(kind);
  op.value.type = static_cast<WireType>(type);
  return true;
}

}  // namespace

void PutChangeBody(std::string& out, const Change& change) {
  out.append(change.replica.AsBytes());
  PutVarint(out, change.seq);
  const auto put_dot = [&out](const ReplicaId& replica, uint64_t seq) {
    out.append(replica.AsBytes());
    PutVarint(out, seq);
  };
  PutVarint(out, change.seen.vector().entries().size());
  for (const auto& [replica, seq] : change.seen.vector().entries()) put_dot(replica, seq);
  PutVarint(out, change.seen.dots().size());
  for (const Dot& dot : change.seen.dots()) put_dot(dot.replica, dot.seq);
  PutVarint(out, change.time.Pack());
  PutVarint(out, ZigZag(change.clock_offset_ms));
  PutBytes(out, change.author);
  PutVarint(out, change.control_position);
  PutVarint(out, change.flags);
  PutVarint(out, change.ops.size());
  for (const Operation& op : change.ops) {
    PutVarint(out, op.record.type);
    PutBytes(out, op.record.key);
    PutBytes(out, op.path.bytes());
    PutVarint(out, static_cast<uint64_t>(op.kind));
    PutVarint(out, static_cast<uint64_t>(op.value.type));
    PutBytes(out, op.value.bytes);
  }
}

std::string EncodeChange(const Change& change) {
  std::string out;
  PutVarint(out, kFormat);
  PutChangeBody(out, change);
  return out;
}

absl::StatusOr<Change> DecodeChange(std::string_view bytes, const SegmentLimits& limits) {
  const absl::Status damaged = absl::InvalidArgumentError("damaged change");
  Reader in(bytes);
  if (in.Varint() != kFormat) return damaged;
  Change change;
  change.replica = ReplicaId::FromBytes(in.Raw(kReplicaIdBytes));
  change.seq = in.Varint();
  if (!GetDots(in, limits, change)) return damaged;
  change.time = HybridTime::Unpack(in.Varint());
  change.clock_offset_ms = UnZigZag(in.Varint());
  change.author = std::string(in.Bytes(kAuthorBytesMax));
  change.control_position = in.Varint();
  change.flags = static_cast<uint32_t>(in.Bounded(UINT32_MAX));
  const uint64_t ops = in.Bounded(limits.ops_per_change_max);
  if (!in.ok() || ops > in.left()) return damaged;
  change.ops.resize(static_cast<size_t>(ops));
  for (Operation& op : change.ops) {
    if (!GetOperation(in, limits, op)) return damaged;
  }
  if (!in.done()) return damaged;
  return change;
}

}  // namespace dudao::sync
