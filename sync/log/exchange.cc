#include "dudao/sync/log/exchange.h"

#include <algorithm>
#include <map>
#include <utility>

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

// Keeps aside what the peer keeps aside.
IngestPolicy VerdictsOf(const v1::ExchangeResponse& response) {
  if (response.set_aside().empty()) return nullptr;
  std::map<Dot, Quarantined> verdicts;
  for (const v1::QuarantinedChange& q : response.set_aside()) {
    Quarantined verdict = FromProto(q);
    verdicts.emplace(verdict.dot, std::move(verdict));
  }
  return [verdicts = std::move(verdicts)](const Change& change) -> std::optional<Quarantined> {
    const auto it = verdicts.find(change.dot());
    if (it == verdicts.end()) return std::nullopt;
    Quarantined verdict = it->second;
    verdict.time = change.time;
    verdict.author = change.author;
    return verdict;
  };
}

}  // namespace

Initiator::Initiator(ReplicaLog& log, ExchangeOptions options)
    : log_(log),
      options_(std::move(options)),
      budget_(options_.push_bytes_start),
      repair_(options_.vector_mode) {}

absl::StatusOr<std::optional<std::string>> Initiator::Next(int64_t wall_ms) {
  if (!peer_) {
    auto peer = log_.LoadPeer(options_.peer);
    if (!peer.ok()) return peer.status();
    peer_ = *std::move(peer);
    peer_->name = options_.peer;
  }
  v1::ExchangeRequest request;
  offered_ = peer_->known;
  // Until a peer met by vector has said what it holds, nothing is pushed.
  const bool peer_unknown = repair_ && peer_has_more_;
  if (!peer_unknown) {
    auto batch = log_.SegmentsSince(peer_->known, budget_);
    if (!batch.ok()) return batch.status();
    if (batch->segments.empty() && !peer_has_more_) return std::nullopt;
    offered_ = batch->reaches;
    for (std::string& segment : batch->segments) request.add_segments(std::move(segment));
  }
  request.set_protocol(kProtocolVersion);
  request.set_space(log_.space());
  request.set_replica(std::string(log_.self().AsBytes()));
  request.set_history_id(peer_->history_id);
  request.set_budget_bytes(static_cast<uint32_t>(std::min<size_t>(budget_ * 4, UINT32_MAX)));
  request.set_wall_ms(wall_ms);
  request.set_app_version(options_.app_version);
  if (repair_) {
    auto delivered = log_.Delivered();
    if (!delivered.ok()) return delivered.status();
    *request.mutable_vector() = ToProto(*delivered);
  } else {
    request.set_cursor(peer_->cursor);
  }
  request.set_complete(true);
  std::string bytes = request.SerializeAsString();
  ++totals_.rounds;
  totals_.bytes_up += bytes.size();
  return bytes;
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
  if (!repair_ && !peer_->history_id.empty() && peer_->history_id != response.history_id()) {
    // The peer came back with another history: nothing that it confirmed counts any more. Compare
    // all that both hold.
    repair_ = true;
    peer_has_more_ = true;
    totals_.history_replaced = true;
    return absl::OkStatus();
  }
  const std::vector<std::string> segments(response.segments().begin(), response.segments().end());
  auto outcome = log_.Ingest(segments, ReplicaId::FromBytes(response.replica()),
                             VerdictsOf(response), Advance(response));
  if (!outcome.ok()) return outcome.status();
  auto after = log_.LoadPeer(options_.peer);
  if (!after.ok()) return after.status();
  const bool moved =
      outcome->applied > 0 || after->known != peer_->known || after->cursor != peer_->cursor;
  const bool first_vector = repair_ && peer_has_more_;
  if (repair_ && !response.more() && !options_.vector_mode) repair_ = false;
  peer_has_more_ = response.more();
  Record(response, *outcome);
  peer_ = *std::move(after);
  budget_ = std::min(options_.bytes_max, std::max(budget_, SegmentBytes(segments) * 2));
  if (moved || first_vector) return absl::OkStatus();
  auto left = log_.SegmentsSince(peer_->known, 1);
  if (!left.ok()) return left.status();
  if (left->segments.empty() && !peer_has_more_) return absl::OkStatus();
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
  }
  if (!repair_ || !response.more()) after.cursor = response.cursor();
  return after;
}

void Initiator::Record(const v1::ExchangeResponse& response, const IngestOutcome& outcome) {
  totals_.changes_applied += outcome.applied;
  totals_.set_aside.insert(totals_.set_aside.end(), outcome.quarantined.begin(),
                           outcome.quarantined.end());
  totals_.touched.insert(totals_.touched.end(), outcome.touched.begin(), outcome.touched.end());
  for (const v1::QuarantinedChange& q : response.quarantined())
    totals_.refused.push_back(FromProto(q));
  const uint64_t before = peer_->known.Get(log_.self());
  if (response.accepted_seq() > before) totals_.changes_sent += response.accepted_seq() - before;
}

void Initiator::Failed() { budget_ = std::max(kBudgetMin, budget_ / 2); }

}  // namespace dudao::sync
