#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/v1/sync.pb.h"
#include "exchange_codec.h"

namespace dudao::sync {
namespace {

constexpr size_t kBudgetMin = 4 << 10;
constexpr size_t kBudgetDefault = 256 << 10;

absl::Status CheckRequest(const v1::ExchangeRequest& request, const ReplicaLog& log) {
  if (request.protocol() < kProtocolVersion) {
    return absl::FailedPreconditionError(
        "PROTOCOL_TOO_OLD: this side speaks version 2 of the exchange; please update the app");
  }
  if (request.protocol() > kProtocolVersion) {
    return absl::FailedPreconditionError(
        "PROTOCOL_TOO_NEW: this side speaks version 2 of the exchange");
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

absl::Status AnswerControl(const v1::ExchangeRequest& request, const ResponderOptions& options,
                           v1::ExchangeResponse& response) {
  if (!options.control) return absl::OkStatus();
  const std::vector<ControlEntry> offered(request.control().begin(), request.control().end());
  DUDAO_ASSIGN(ControlAnswer answer,
               options.control({request.control_position(), request.control_hash()}, offered));
  for (ControlEntry& entry : answer.entries) *response.add_control() = std::move(entry);
  response.set_control_restart(answer.restart);
  response.set_control_position(answer.position);
  return absl::OkStatus();
}

absl::StatusOr<IngestOutcome> TakeSegments(ReplicaLog& log, const v1::ExchangeRequest& request,
                                           const ResponderOptions& options,
                                           uint64_t control_position) {
  if (request.segments().empty()) return IngestOutcome();
  const std::vector<std::string> segments(request.segments().begin(), request.segments().end());
  const std::vector<HeadProof> proofs(request.proofs().begin(), request.proofs().end());
  Arrival arrival;
  arrival.segments = segments;
  arrival.proofs = proofs;
  arrival.from = ReplicaId::FromBytes(request.replica());
  arrival.policy = options.policy;
  arrival.check_proof = options.check_proof;
  arrival.proofs_required = options.proofs_required;
  arrival.on_fork = options.on_fork;
  arrival.sign_receipt = options.sign_receipt;
  arrival.receipt_time_ms = options.wall_ms;
  arrival.control_position = control_position;
  DUDAO_ASSIGN(IngestOutcome outcome, log.Ingest(arrival));
  // Where the asking side does not know yet that our history is another, it may have signed what
  // we have lost.
  const bool same_history =
      request.history_id().empty() || request.history_id() == log.history_id();
  if (outcome.own_proof_bad && same_history)
    return absl::UnauthenticatedError("PROOF_INVALID: the head is not signed by its device");
  return outcome;
}

absl::Status FillHead(ReplicaLog& log, const v1::ExchangeRequest& request,
                      v1::ExchangeResponse& response) {
  DUDAO_ASSIGN(const std::optional<Head> head, log.HeadOf(ReplicaId::FromBytes(request.replica())));
  if (!head) return absl::OkStatus();
  response.set_accepted_seq(head->seq);
  const size_t length = request.segments().empty() ? kShortHashBytes : sizeof(Hash);
  response.set_accepted_hash(std::string(HashBytes(head->hash).substr(0, length)));
  return absl::OkStatus();
}

// Compares what the asking side says of its chains; gives the replicas in whose chain both differ.
absl::StatusOr<VersionVector> Compare(ReplicaLog& log, const v1::ExchangeRequest& request,
                                      v1::ExchangeResponse& response) {
  VersionVector differing;
  for (const auto* list : {&request.vector().entries(), &request.probes()}) {
    for (const v1::VersionVectorEntry& entry : *list) {
      if (entry.replica().size() != kReplicaIdBytes || entry.hash().empty()) continue;
      const Dot dot = DotOf(entry);
      DUDAO_ASSIGN(const std::optional<Hash> held, log.HashAt(dot));
      if (!held || Agrees(*held, entry.hash())) continue;
      *response.add_differing() = ToProto(dot, "");
      differing.Set(dot.replica, kLeftOut);
    }
  }
  return differing;
}

absl::Status AddProofs(ReplicaLog& log, const ResponderOptions& options, SegmentBatch& batch,
                       v1::ExchangeResponse& response) {
  for (HeadProof& proof : batch.proofs) *response.add_proofs() = std::move(proof);
  if (!options.prove) return absl::OkStatus();
  for (const Head& head : batch.to_prove) {
    DUDAO_ASSIGN(HeadProof proof, UnsignedProof(log, head));
    DUDAO_ASSIGN(*response.add_proofs(), options.prove(std::move(proof)));
  }
  return absl::OkStatus();
}

absl::Status AddSegments(ReplicaLog& log, const ResponderOptions& options, SegmentBatch batch,
                         v1::ExchangeResponse& response) {
  DUDAO_TRY(AddProofs(log, options, batch, response));
  for (std::string& segment : batch.segments) response.add_segments(std::move(segment));
  for (const Quarantined& q : batch.set_aside) ToProto(q, *response.add_set_aside());
  response.set_cursor(batch.cursor);
  response.set_more(batch.more);
  return absl::OkStatus();
}

absl::Status FillSegments(ReplicaLog& log, const v1::ExchangeRequest& request,
                          const ResponderOptions& options, v1::ExchangeResponse& response) {
  const size_t wanted = request.budget_bytes() == 0 ? kBudgetDefault : request.budget_bytes();
  const size_t budget =
      std::clamp<size_t>(wanted, kBudgetMin, std::max(kBudgetMin, options.bytes_max));
  if (request.has_vector()) {
    DUDAO_TRY(FillVector(log, *response.mutable_vector()));
    response.set_replica(std::string(log.self().AsBytes()));
    VersionVector known = FromProto(request.vector());
    DUDAO_ASSIGN(const VersionVector differing, Compare(log, request, response));
    known.Join(differing);
    if (options.deliver_only) return absl::OkStatus();
    if (request.probes_size() > 0) {
      response.set_more(true);  // what differs is located first
      return absl::OkStatus();
    }
    DUDAO_ASSIGN(SegmentBatch batch, log.SegmentsSince(known, budget));
    std::erase_if(batch.set_aside, [&](const Quarantined& what) {
      return differing.Contains(what.dot);  // the asking side has another change there
    });
    return AddSegments(log, options, std::move(batch), response);
  }
  response.set_cursor(request.cursor());
  if (!request.history_id().empty() && request.history_id() != log.history_id()) {
    response.set_more(true);  // the cursor belongs to a history that is gone; the asking side
                              // compares vectors next
    return absl::OkStatus();
  }
  if (options.deliver_only) return absl::OkStatus();
  DUDAO_ASSIGN(
      SegmentBatch batch,
      log.SegmentsAfter(request.cursor(), ReplicaId::FromBytes(request.replica()), budget));
  return AddSegments(log, options, std::move(batch), response);
}

}  // namespace

absl::StatusOr<ExchangeReply> Respond(ReplicaLog& log, std::string_view request_bytes,
                                      const ResponderOptions& options) {
  v1::ExchangeRequest request;
  if (!request.ParseFromArray(request_bytes.data(), static_cast<int>(request_bytes.size())) ||
      !request.complete()) {
    return absl::InvalidArgumentError("SEGMENT_DAMAGED: not a request of the exchange");
  }
  DUDAO_TRY(CheckRequest(request, log));
  ExchangeReply reply;
  reply.from = ReplicaId::FromBytes(request.replica());
  v1::ExchangeResponse response;
  DUDAO_TRY(AnswerControl(request, options, response));
  const uint64_t control_position = std::max(options.control_position, response.control_position());
  DUDAO_ASSIGN(reply.outcome, TakeSegments(log, request, options, control_position));
  DUDAO_TRY(FillHead(log, request, response));
  for (const Quarantined& q : reply.outcome.quarantined) ToProto(q, *response.add_quarantined());
  for (const Dot& held : reply.outcome.unproven)
    *response.mutable_unproven()->add_entries() = ToProto(held, "");
  if (reply.outcome.receipt) *response.mutable_receipt() = *reply.outcome.receipt;
  DUDAO_TRY(FillSegments(log, request, options, response));
  response.set_protocol(kProtocolVersion);
  response.set_history_id(log.history_id());
  response.set_wall_ms(options.wall_ms);
  response.set_complete(true);
  reply.response = response.SerializeAsString();
  return reply;
}

}  // namespace dudao::sync
