#include "context_codec.h"

#include "dudao/sync/crdt/varint.h"

namespace dudao::client {
namespace {

constexpr uint64_t kFormat = 1;
constexpr size_t kSpaceBytesMax = 64;

void PutDot(std::string& out, const sync::ReplicaId& replica, uint64_t seq) {
  out.append(replica.AsBytes());
  sync::PutVarint(out, seq);
}

bool GetDot(sync::Reader& in, sync::Dot& dot) {
  dot.replica = sync::ReplicaId::FromBytes(in.Raw(sync::kReplicaIdBytes));
  dot.seq = in.Varint();
  return in.ok() && dot.seq != 0 && !dot.replica.IsZero();
}

bool IsStoredType(uint64_t type) {
  return type == 0 || type == 1 || type == 2 || type == 5 || type == 7;
}

}  // namespace

std::string EncodeContext(std::string_view space, const sync::FormContext& context) {
  std::string out;
  sync::PutVarint(out, kFormat);
  sync::PutBytes(out, space);
  sync::PutVarint(out, context.seen.entries().size());
  for (const auto& [replica, seq] : context.seen.entries()) PutDot(out, replica, seq);
  for (const sync::Dot& dot : context.own) PutDot(out, dot.replica, dot.seq);
  return out;
}

std::optional<sync::FormContext> DecodeContext(std::string_view space, std::string_view bytes) {
  sync::Reader in(bytes);
  if (in.Varint() != kFormat || in.Bytes(kSpaceBytesMax) != space) return std::nullopt;
  const uint64_t entries = in.Bounded(bytes.size());
  sync::FormContext context;
  sync::Dot dot;
  for (uint64_t i = 0; i < entries; ++i) {
    if (!GetDot(in, dot)) return std::nullopt;
    context.seen.Set(dot.replica, dot.seq);
  }
  while (in.ok() && !in.done()) {
    if (!GetDot(in, dot)) return std::nullopt;
    context.own.push_back(dot);
  }
  return in.ok() ? std::optional(std::move(context)) : std::nullopt;
}

std::string EncodeOperation(const sync::Operation& op) {
  std::string out;
  sync::PutVarint(out, static_cast<uint64_t>(op.kind));
  sync::PutVarint(out, static_cast<uint64_t>(op.value.type));
  out.append(op.value.bytes);
  return out;
}

bool DecodeOperation(std::string_view bytes, sync::Operation& op) {
  sync::Reader in(bytes);
  const uint64_t kind = in.Varint();
  const uint64_t type = in.Varint();
  if (!in.ok() || !sync::IsMergeKind(kind) || !IsStoredType(type)) return false;
  op.kind = static_cast<sync::MergeKind>(kind);
  op.value.type = static_cast<sync::WireType>(type);
  op.value.bytes = std::string(in.Raw(in.left()));
  return true;
}

}  // namespace dudao::client
