#include "exchange.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/v1/sync.pb.h"
#include "reason.h"

namespace dudao::server {
namespace {

using records::v1::Visit;

uint64_t MicrosSince(absl::Time start) {
  return static_cast<uint64_t>(
      std::max<int64_t>(0, absl::ToInt64Microseconds(absl::Now() - start)));
}

// Forwards to a store and measures what ingesting takes.
class TimedLog final : public sync::ReplicaLog {
 public:
  explicit TimedLog(sync::ReplicaLog& log) : log_(log) {}

  const std::string& space() const override { return log_.space(); }
  sync::ReplicaId self() const override { return log_.self(); }
  const std::string& history_id() const override { return log_.history_id(); }
  absl::StatusOr<sync::VersionVector> Delivered() override { return log_.Delivered(); }
  absl::StatusOr<std::optional<sync::Head>> HeadOf(const sync::ReplicaId& replica) override {
    return log_.HeadOf(replica);
  }
  absl::StatusOr<sync::SegmentBatch> SegmentsSince(const sync::VersionVector& known,
                                                   size_t bytes_max) override {
    return log_.SegmentsSince(known, bytes_max);
  }
  absl::StatusOr<sync::SegmentBatch> SegmentsAfter(uint64_t cursor, const sync::ReplicaId& skip,
                                                   size_t bytes_max) override {
    return log_.SegmentsAfter(cursor, skip, bytes_max);
  }
  absl::StatusOr<sync::IngestOutcome> Ingest(
      absl::Span<const std::string> segments, const sync::ReplicaId& from,
      const sync::IngestPolicy& policy, const std::optional<sync::PeerState>& peer_after) override {
    const absl::Time start = absl::Now();
    auto outcome = log_.Ingest(segments, from, policy, peer_after);
    ingest_us_ += MicrosSince(start);
    return outcome;
  }
  absl::StatusOr<sync::PeerState> LoadPeer(std::string_view peer) override {
    return log_.LoadPeer(peer);
  }

  uint64_t ingest_us() const { return ingest_us_; }

 private:
  sync::ReplicaLog& log_;
  uint64_t ingest_us_ = 0;
};

// States that only the office gives a visit.
bool IsOfficeState(const sync::Value& value) {
  switch (value.AsVarint().value_or(0)) {
    case records::v1::VISIT_STATE_CONFIRMED:
    case records::v1::VISIT_STATE_RETURNED:
    case records::v1::VISIT_STATE_MERGED:
    case records::v1::VISIT_STATE_DISMISSED:
      return true;
    default:
      return false;
  }
}

// True for a write that is the office's alone: its decision, and the states that a decision leads
// to. Settling a conflict between what others wrote is not a decision.
bool IsOfficeWrite(const sync::Change& change, const sync::Operation& op) {
  static const uint32_t visit = sync::RecordTypeOf(*Visit::descriptor());
  if (op.record.type != visit || op.path.empty() || (change.flags & sync::kFlagResolves) != 0)
    return false;
  const auto field = static_cast<int>(op.path.Steps().front().field);
  return field == Visit::kReviewFieldNumber ||
         (field == Visit::kStateFieldNumber && IsOfficeState(op.value));
}

sync::Quarantined Aside(const sync::Change& change, const char* reason, const char* detail) {
  sync::Quarantined out;
  out.dot = change.dot();
  out.reason = reason;
  out.detail = detail;
  out.time = change.time;
  out.author = change.author;
  return out;
}

std::optional<sync::Quarantined> Judge(const Space& space, const SpaceTraits& traits,
                                       const Directory& directory, const sync::Change& change) {
  // The server's own changes come back after it was restored from a backup.
  if (space.IsOwn(change.replica)) return std::nullopt;
  const auto author = directory.Find(change.author);
  if (!author) return Aside(change, sync::kNotPermitted, "the author is not known here");
  if (!MayWrite(traits, *author))
    return Aside(change, sync::kNotPermitted, "the author may not write in this space");
  for (const sync::Operation& op : change.ops) {
    if (op.kind == sync::MergeKind::kIssued)
      return Aside(change, sync::kIssuedByTablet, "only the server issues this field");
    if (!IsOffice(author->role) && IsOfficeWrite(change, op)) {
      return Aside(change, sync::kNotPermitted, "only the office decides on a visit");
    }
  }
  return std::nullopt;
}

// What the segment decoder refuses has no reason of its own.
absl::Status Damaged(const absl::Status& status) {
  if (absl::IsUnimplemented(status)) {
    return Error(absl::StatusCode::kFailedPrecondition, "PROTOCOL_TOO_NEW");
  }
  if (ReasonOf(status) != "REQUEST_INVALID") return status;
  return Error(absl::StatusCode::kInvalidArgument, "SEGMENT_DAMAGED",
               {status.message().data(), status.message().size()});
}

}  // namespace

std::string PeekSpace(std::string_view request) {
  sync::Reader in(request);
  std::string space;
  while (in.ok() && !in.done()) {
    const uint64_t tag = in.Varint();
    switch (tag & 7) {
      case 0:
        in.Varint();
        break;
      case 1:
        in.Raw(8);
        break;
      case 5:
        in.Raw(4);
        break;
      case 2: {
        const std::string_view value = in.Bytes(in.left());
        // The last one counts, as it does for protobuf.
        if (tag >> 3 == sync::v1::ExchangeRequest::kSpaceFieldNumber) space = std::string(value);
        break;
      }
      default:
        return {};
    }
  }
  return in.ok() ? space : std::string();
}

sync::IngestPolicy MakePolicy(const Space& space, const SpaceTraits& traits,
                              const Directory& directory) {
  return [&space, &traits, &directory](const sync::Change& change) {
    return Judge(space, traits, directory, change);
  };
}

absl::StatusOr<std::string> Exchange::Answer(const Call& call, const std::string& name,
                                             std::string_view request) {
  DUDAO_ASSIGN(Space * space, spaces_.Get(name));
  const auto traits = spaces_.Traits(name);
  if (!traits) return Error(absl::StatusCode::kNotFound, "SPACE_UNKNOWN");
  sync::ResponderOptions options;
  options.policy = MakePolicy(*space, *traits, directory_);
  options.bytes_max = bytes_max_;
  options.wall_ms = call.wall_ms;
  absl::MutexLock lock(&space->mutex());
  const absl::Time start = absl::Now();
  TimedLog timed(space->store());
  auto reply = sync::Respond(timed, request, options);
  const uint64_t total_us = MicrosSince(start);
  counters_.exchanges.fetch_add(1, std::memory_order_relaxed);
  counters_.ingest_us.fetch_add(timed.ingest_us(), std::memory_order_relaxed);
  counters_.respond_us.fetch_add(total_us - std::min(total_us, timed.ingest_us()),
                                 std::memory_order_relaxed);
  if (!reply.ok()) return Damaged(reply.status());
  if (reply->outcome.applied > 0) after_.Written(*space);
  return std::move(reply->response);
}

}  // namespace dudao::server
