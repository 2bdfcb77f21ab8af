#include <algorithm>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/v1/sync.pb.h"
#include "exchange_codec.h"

namespace dudao::sync {
namespace {

constexpr size_t kBudgetMin = 4 << 10;
constexpr size_t kBudgetDefault = 256 << 10;

absl::Status CheckRequest(const v1::ExchangeRequest& request, const ReplicaLog& log) {
  if (request.protocol() != kProtocolVersion) {
    return absl::FailedPreconditionError(
        "PROTOCOL_TOO_NEW: this side speaks version 1 of the exchange");
  }
  if (request.space() != log.space())
    return absl::InvalidArgumentError("SPACE_MISMATCH: another space is meant");
  const ReplicaId from = ReplicaId::FromBytes(request.replica());
  if (request.replica().size() != kReplicaIdBytes || from.IsZero()) {
    return absl::InvalidArgumentError("SEGMENT_DAMAGED: the replica id is not 16 bytes");
  }
  if (from == log.self())
    return absl::InvalidArgumentError("SPACE_MISMATCH: a replica cannot exchange with itself");
  return absl::OkStatus();
}

absl::Status FillSegments(ReplicaLog& log, const v1::ExchangeRequest& request,
                          const ResponderOptions& options, v1::ExchangeResponse& response) {
  const size_t wanted = request.budget_bytes() == 0 ? kBudgetDefault : request.budget_bytes();
  const size_t budget =
      std::clamp<size_t>(wanted, kBudgetMin, std::max(kBudgetMin, options.bytes_max));
  absl::StatusOr<SegmentBatch> batch;
  if (request.has_vector()) {
    batch = log.SegmentsSince(FromProto(request.vector()), budget);
    auto delivered = log.Delivered();
    if (!delivered.ok()) return delivered.status();
    *response.mutable_vector() = ToProto(*delivered);
    response.set_replica(std::string(log.self().AsBytes()));
  } else if (!request.history_id().empty() && request.history_id() != log.history_id()) {
    response.set_more(true);  // the cursor belongs to a history that is gone; the asking side
                              // compares vectors next
    return absl::OkStatus();
  } else {
    batch = log.SegmentsAfter(request.cursor(), ReplicaId::FromBytes(request.replica()), budget);
  }
  if (!batch.ok()) return batch.status();
  for (std::string& segment : batch->segments) response.add_segments(std::move(segment));
  for (const Quarantined& q : batch->set_aside) ToProto(q, *response.add_set_aside());
  response.set_cursor(batch->cursor);
  response.set_more(batch->more);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExchangeReply> Respond(ReplicaLog& log, std::string_view request_bytes,
                                      const ResponderOptions& options) {
  v1::ExchangeRequest request;
  if (!request.ParseFromArray(request_bytes.data(), static_cast<int>(request_bytes.size())) ||
      !request.complete()) {
    return absl::InvalidArgumentError("SEGMENT_DAMAGED: not a request of the exchange");
  }
  if (absl::Status status = CheckRequest(request, log); !status.ok()) return status;
  ExchangeReply reply;
  reply.from = ReplicaId::FromBytes(request.replica());
  v1::ExchangeResponse response;
  if (request.segments_size() > 0) {
    const std::vector<std::string> segments(request.segments().begin(), request.segments().end());
    auto outcome = log.Ingest(segments, reply.from, options.policy, std::nullopt);
    if (!outcome.ok()) return outcome.status();
    reply.outcome = *std::move(outcome);
  }
  auto head = log.HeadOf(reply.from);
  if (!head.ok()) return head.status();
  if (*head) {
    response.set_accepted_seq((*head)->seq);
    if (request.segments_size() > 0)
      response.set_accepted_hash(std::string(HashBytes((*head)->hash)));
  }
  for (const Quarantined& q : reply.outcome.quarantined) ToProto(q, *response.add_quarantined());
  if (absl::Status status = FillSegments(log, request, options, response); !status.ok())
    return status;
  response.set_protocol(kProtocolVersion);
  response.set_history_id(log.history_id());
  response.set_wall_ms(options.wall_ms);
  response.set_complete(true);
  reply.response = response.SerializeAsString();
  return reply;
}

}  // namespace dudao::sync
