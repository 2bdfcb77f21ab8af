#include "dudao/sync/log/exchange.h"

#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/trust/statements.h"
#include "dudao/sync/v1/sync.pb.h"
#include "exchange_codec.h"

namespace dudao::sync {
namespace {

constexpr size_t kBudgetMin = 4 << 10;

size_t SegmentBytes(const std::vector<std::string>& segments) {
  size_t bytes = 0;
  for (const std::string& segment : segments) bytes += segment.size();
  return bytes;
}

VersionVector Joined(VersionVector vector, const VersionVector& other) {
  vector.Join(other);
  return vector;
}

// The peer holds other changes under numbers that it was sent.
bool TellsOfFork(const v1::ExchangeResponse& response) {
  return std::any_of(response.quarantined().begin(), response.quarantined().end(),
                     [](const v1::QuarantinedChange& what) { return what.reason() == kDotReused; });
}

// Whatever the peer keeps aside of what it sends and of what it was sent. A number that is taken
// says nothing of the change that is held here under it.
std::vector<Quarantined> VerdictsOf(const v1::ExchangeResponse& response,
                                    const VersionVector& differing) {
  std::vector<Quarantined> verdicts;
  for (const auto* list : {&response.set_aside(), &response.quarantined()}) {
    for (const v1::QuarantinedChange& what : *list) {
      Quarantined verdict = FromProto(what);
      if (verdict.reason == kDotReused || differing.Contains(verdict.dot)) continue;
      verdicts.push_back(std::move(verdict));
    }
  }
  return verdicts;
}

}  // namespace

Initiator::Initiator(ReplicaLog& log, ExchangeOptions options)
    : log_(log),
      options_(std::move(options)),
      budget_(options_.push_bytes_start),
      repair_(options_.vector_mode) {}

absl::Status Initiator::LoadPeer() {
  DUDAO_ASSIGN(peer_, log_.LoadPeer(options_.peer));
  peer_->name = options_.peer;
  repair_ = repair_ || peer_->compare;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> Initiator::Next(int64_t wall_ms) {
  if (!peer_) DUDAO_TRY(LoadPeer());
  v1::ExchangeRequest request;
  offered_ = peer_->known;
  // Until a peer met by vector has said what it holds, nothing is pushed.
  const bool peer_unknown = repair_ && peer_has_more_;
  if (!peer_unknown) {
    DUDAO_TRY(FillPush(request));
    if (request.segments().empty() && !peer_has_more_ && !control_has_more_) return std::nullopt;
  }
  DUDAO_TRY(FillPosition(request));
  request.set_protocol(kProtocolVersion);
  request.set_space(log_.space());
  request.set_replica(std::string(log_.self().AsBytes()));
  request.set_history_id(peer_->history_id);
  request.set_budget_bytes(static_cast<uint32_t>(std::min<size_t>(budget_ * 4, UINT32_MAX)));
  request.set_wall_ms(wall_ms);
  request.set_app_version(options_.app_version);
  request.set_control_position(options_.control.position);
  request.set_control_hash(options_.control.hash8);
  for (const ControlEntry& entry : options_.control_offer) *request.add_control() = entry;
  request.set_complete(true);
  std::string bytes = request.SerializeAsString();
  ++totals_.rounds;
  totals_.bytes_up += bytes.size();
  return bytes;
}

absl::Status Initiator::FillPush(v1::ExchangeRequest& request) {
  DUDAO_ASSIGN(SegmentBatch batch, log_.SegmentsSince(Joined(peer_->known, left_out_), budget_));
  offered_ = std::move(batch.reaches);
  for (const auto& [replica, seq] : left_out_.entries())
    offered_.Set(replica, peer_->known.Get(replica));
  for (std::string& segment : batch.segments) request.add_segments(std::move(segment));
  if (!options_.prove) batch.to_prove.clear();
  for (const Head& head : batch.to_prove) {
    DUDAO_ASSIGN(HeadProof proof, UnsignedProof(log_, head));
    DUDAO_ASSIGN(proof, options_.prove(std::move(proof)));
    // The receiver has what it needs to compute it.
    if (head.replica == log_.self()) proof.clear_hash();
    *request.add_proofs() = std::move(proof);
  }
  for (HeadProof& proof : batch.proofs) {
    const ReplicaId replica = ReplicaId::FromBytes(proof.replica());
    const bool signed_now = std::any_of(batch.to_prove.begin(), batch.to_prove.end(),
                                        [&](const Head& head) { return head.replica == replica; });
    if (!signed_now) *request.add_proofs() = std::move(proof);
  }
  return absl::OkStatus();
}

absl::Status Initiator::FillPosition(v1::ExchangeRequest& request) {
  if (!repair_) {
    request.set_cursor(peer_->cursor);
    return absl::OkStatus();
  }
  DUDAO_TRY(FillVector(log_, *request.mutable_vector()));
  return FillProbes(request);
}

absl::Status Initiator::Receive(std::string_view response_bytes) {
  v1::ExchangeResponse response;
  if (!peer_ ||
      !response.ParseFromArray(response_bytes.data(), static_cast<int>(response_bytes.size())) ||
      !response.complete()) {
    return absl::InvalidArgumentError("the answer is not one of the exchange");
  }
  if (response.protocol() != kProtocolVersion) {
    return absl::FailedPreconditionError(
        "the peer speaks another version of the exchange; please update");
  }
  totals_.bytes_down += response_bytes.size();
  totals_.server_time_ms = response.wall_ms();
  RecordControl(response);
  if (!repair_ && !peer_->history_id.empty() && peer_->history_id != response.history_id()) {
    // The peer came back with another history: nothing that it confirmed counts any more. Compare
    // all that both hold.
    CompareVectors();
    totals_.history_replaced = true;
    return absl::OkStatus();
  }
  DUDAO_ASSIGN(const bool mending, MendForks(response));
  if (mending) return absl::OkStatus();
  if (SuspectsForks() && !repair_) {
    if (TellsOfFork(response)) return CompareAgain();
    if (response.unproven().entries_size() > 0 && !compared_) return CompareAgain();
    DUDAO_ASSIGN(const bool cut, Disown(response));
    if (cut) return CompareAgain();
  }
  return Take(response);
}

void Initiator::CompareVectors() {
  repair_ = true;
  peer_has_more_ = true;
}

absl::Status Initiator::Take(const v1::ExchangeResponse& response) {
  const std::vector<std::string> segments(response.segments().begin(), response.segments().end());
  const std::vector<HeadProof> proofs(response.proofs().begin(), response.proofs().end());
  Arrival arrival;
  arrival.segments = segments;
  arrival.proofs = proofs;
  arrival.from = ReplicaId::FromBytes(response.replica());
  arrival.check_proof = options_.check_proof;
  arrival.on_fork = ForkRule();
  arrival.set_aside = VerdictsOf(response, differing_);
  DUDAO_ASSIGN(arrival.receipt, ReceiptOf(response));
  arrival.peer_after = Advance(response);
  DUDAO_ASSIGN(const IngestOutcome outcome, log_.Ingest(arrival));
  if (arrival.on_fork == OnFork::kRefuse && !outcome.forked.empty()) return CompareAgain();
  const PeerState before = *peer_;
  Record(response, outcome);
  DUDAO_TRY(LoadPeer());
  const bool moved =
      outcome.applied > 0 || peer_->known != before.known || peer_->cursor != before.cursor;
  const bool first_vector = repair_ && peer_has_more_;
  if (repair_ && !response.more() && !options_.vector_mode) repair_ = false;
  peer_has_more_ = response.more();
  budget_ = std::min(options_.bytes_max, std::max(budget_, SegmentBytes(segments) * 2));
  if (moved || first_vector || repair_) return absl::OkStatus();
  DUDAO_ASSIGN(const SegmentBatch left, log_.SegmentsSince(Joined(peer_->known, left_out_), 1));
  if (left.segments.empty() && !peer_has_more_) return absl::OkStatus();
  return absl::AbortedError(
      "the exchange makes no progress; the peer takes none of what is offered");
}

// What is known of the peer once this answer is stored.
PeerState Initiator::Advance(const v1::ExchangeResponse& response) const {
  PeerState after = *peer_;
  after.history_id = response.history_id();
  if (response.has_vector()) {
    after.known = FromProto(response.vector());
  } else {
    after.known = offered_;
    after.known.Set(log_.self(), response.accepted_seq());
    for (const v1::VersionVectorEntry& entry : response.unproven().entries()) {
      const Dot held = DotOf(entry);
      after.known.Set(held.replica, std::min(held.seq, after.known.Get(held.replica)));
    }
  }
  after.compare = repair_ && response.more() && !options_.vector_mode;
  if (!after.compare) after.cursor = response.cursor();
  return after;
}

// Kept only if it tells the truth about us.
absl::StatusOr<std::optional<Receipt>> Initiator::ReceiptOf(const v1::ExchangeResponse& response) {
  if (!response.has_receipt()) return std::nullopt;
  const Receipt& receipt = response.receipt();
  const Dot dot{ReplicaId::FromBytes(receipt.replica()), receipt.seq()};
  DUDAO_ASSIGN(const std::optional<Hash> hash, log_.HashAt(dot));
  absl::Status status;
  if (dot.replica != log_.self() || !hash || HashBytes(*hash) != receipt.hash())
    status = absl::UnauthenticatedError("RECEIPT_INVALID: the receipt is not for what was sent");
  if (status.ok() && options_.check_receipt) status = options_.check_receipt(receipt);
  if (status.ok()) return receipt;
  totals_.doubts.push_back(std::move(status));
  return std::nullopt;
}

void Initiator::Record(const v1::ExchangeResponse& response, const IngestOutcome& outcome) {
  totals_.changes_applied += outcome.applied;
  totals_.set_aside.insert(totals_.set_aside.end(), outcome.quarantined.begin(),
                           outcome.quarantined.end());
  totals_.touched.insert(totals_.touched.end(), outcome.touched.begin(), outcome.touched.end());
  totals_.doubts.insert(totals_.doubts.end(), outcome.bad_proofs.begin(), outcome.bad_proofs.end());
  if (outcome.receipt) totals_.receipt = outcome.receipt;
  for (const v1::QuarantinedChange& q : response.quarantined())
    totals_.refused.push_back(FromProto(q));
  for (const v1::VersionVectorEntry& entry : response.unproven().entries()) {
    totals_.unproven.push_back(DotOf(entry));
    left_out_.Set(DotOf(entry).replica, kLeftOut);
  }
  const uint64_t before = peer_->known.Get(log_.self());
  if (response.accepted_seq() > before) totals_.changes_sent += response.accepted_seq() - before;
}

void Initiator::RecordControl(const v1::ExchangeResponse& response) {
  options_.control_offer.clear();
  totals_.peer_control_position = response.control_position();
  if (response.control_restart()) {
    totals_.control_restart = true;
    totals_.control.clear();
  }
  for (const ControlEntry& entry : response.control()) {
    totals_.control.push_back(entry);
    options_.control = {entry.position(), ControlHash(entry).substr(0, kShortHashBytes)};
  }
  control_has_more_ =
      !response.control().empty() && response.control_position() > options_.control.position;
}

void Initiator::Failed() { budget_ = std::max(kBudgetMin, budget_ / 2); }

}  // namespace dudao::sync
