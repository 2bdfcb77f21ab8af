#include "space_sync.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "conflict_view.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::client {
namespace {

constexpr size_t kHistoryIdBytes = 8;

void FillSetAside(const sync::Quarantined& what, bool refused, v1::SetAside* out) {
  FillDot(what.dot, out->mutable_dot());
  out->set_reason(what.reason);
  const ReasonText text = TextOf(what.reason);
  out->set_text_zh(text.zh);
  out->set_text_en(what.detail.empty() ? text.en : text.en + " " + what.detail);
  out->set_author(what.author);
  out->set_time_ms(what.time.ms);
  out->set_refused_by_peer(refused);
  out->set_state(v1::SET_ASIDE_STATE_PENDING);
  out->set_change_hash(std::string(sync::HashBytes(what.hash)));
}

}  // namespace

SpaceSync::SpaceSync(sync::Store& store, Trust& trust, Random& random,
                     const SpaceSyncOptions& options)
    : store_(store), trust_(trust), random_(random), options_(options) {
  Begin({});
}

void SpaceSync::Begin(std::vector<trust::v1::ControlEntry> offer) {
  sync::ExchangeOptions options;
  options.peer = kSyncPeer;
  options.app_version = options_.app_version;
  if (options_.bytes_start != 0) options.push_bytes_start = options_.bytes_start;
  options.fresh_identity = [this] { return FreshIdentity(); };
  if (trust_.enrolled()) {
    options.prove = [this](trust::v1::HeadProof proof) {
      return trust_.Prove(store_.space(), std::move(proof));
    };
    options.check_proof = [this](const trust::v1::HeadProof& proof) { return CheckProof(proof); };
    options.check_receipt = [this](const trust::v1::Receipt& receipt) {
      return CheckReceipt(receipt);
    };
    const sync::ControlChain& chain = trust_.control().chain();
    options.control = {chain.position(), chain.hash8()};
    options.control_offer = std::move(offer);
  }
  initiator_.emplace(store_, std::move(options));
  admitted_ = 0;
  restart_seen_ = false;
}

sync::FreshIdentity SpaceSync::FreshIdentity() {
  return {sync::ReplicaId::FromBytes(random_.Bytes(sync::kReplicaIdBytes)),
          random_.Bytes(kHistoryIdBytes)};
}

absl::StatusOr<std::optional<std::string>> SpaceSync::Next(int64_t wall_ms) {
  DUDAO_ASSIGN(std::optional<std::string> next, initiator_->Next(wall_ms));
  if (next || offered_ || !options_.offer_control || !trust_.enrolled()) return next;
  offered_ = true;
  DUDAO_ASSIGN(std::vector<trust::v1::ControlEntry> offer,
               trust_.control().Offer(initiator_->totals().peer_control_position));
  if (offer.empty()) return std::nullopt;
  before_ = initiator_->totals();
  Begin(std::move(offer));
  return initiator_->Next(wall_ms);
}

bool SpaceSync::Introduce() {
  if (!trust_.enrolled() || std::exchange(introduced_, true)) return false;
  auto offer = trust_.control().Offer(0);
  if (!offer.ok() || offer->empty()) return false;
  offered_ = true;
  before_ = initiator_->totals();
  Begin(*std::move(offer));
  return true;
}

absl::StatusOr<bool> SpaceSync::StepAside() {
  if (std::exchange(stepped_aside_, true)) return false;
  DUDAO_ASSIGN(const auto head, store_.HeadOf(store_.self()));
  DUDAO_TRY(store_.NewIncarnation(FreshIdentity(), head ? head->seq : 0).status());
  before_ = initiator_->totals();
  before_.replica_replaced = true;
  Begin({});
  return true;
}

absl::Status SpaceSync::AdmitEntries(ControlLog::Entries entries, bool restart) {
  if (!restart) return trust_.control().Admit(entries);
  DUDAO_TRY(trust_.control().Restart(entries, trust_.identity().server_key()));
  control_restarted_ = true;
  return absl::OkStatus();
}

void SpaceSync::AdmitControl() {
  const sync::ExchangeTotals& totals = initiator_->totals();
  if (!trust_.enrolled()) return;
  // What came before a new beginning is not in the list any more.
  if (totals.control_restart && !std::exchange(restart_seen_, true)) admitted_ = 0;
  if (admitted_ >= totals.control.size()) return;
  const ControlLog::Entries entries = ControlLog::Entries(totals.control).subspan(admitted_);
  admitted_ = totals.control.size();
  control_changed_ = true;
  const bool restart = totals.control_restart && entries.front().position() == 1;
  if (const absl::Status status = AdmitEntries(entries, restart); !status.ok())
    control_status_.Update(status);
}

absl::Status SpaceSync::CheckProof(const trust::v1::HeadProof& proof) {
  AdmitControl();
  return trust_.CheckProof(store_.space(), proof);
}

absl::Status SpaceSync::CheckReceipt(const trust::v1::Receipt& receipt) {
  AdmitControl();
  const absl::Status status = trust_.CheckReceipt(store_.space(), receipt);
  receipt_doubted_ = receipt_doubted_ || !status.ok();
  return status;
}

absl::Status SpaceSync::Receive(std::string_view response) {
  const absl::Status received = initiator_->Receive(response);
  // The control log holds whatever became of the rest.
  AdmitControl();
  DUDAO_TRY(trust_.control().Flush());
  if (const int64_t server_ms = initiator_->totals().server_time_ms; server_ms != 0)
    trust_.NoteServerTime(server_ms);
  DUDAO_TRY(control_status_);
  DUDAO_TRY(received);
  return trust_.ApplyVerdicts(store_);
}

void SpaceSync::AddTo(v1::SyncProgress& progress) const {
  for (const sync::ExchangeTotals* totals : {&before_, &initiator_->totals()}) {
    progress.set_rounds(progress.rounds() + totals->rounds);
    progress.set_changes_sent(progress.changes_sent() + totals->changes_sent);
    progress.set_changes_received(progress.changes_received() + totals->changes_applied);
    progress.set_records_touched(progress.records_touched() + totals->touched.size());
  }
}

void SpaceSync::FillResult(v1::SpaceSyncResult& result) const {
  v1::SyncProgress progress;
  AddTo(progress);
  result.set_rounds(progress.rounds());
  result.set_changes_sent(progress.changes_sent());
  result.set_changes_received(progress.changes_received());
  result.set_records_touched(progress.records_touched());
  for (const sync::ExchangeTotals* totals : {&before_, &initiator_->totals()}) {
    if (totals->history_replaced) result.set_history_replaced(true);
    if (totals->replica_replaced) result.set_replica_replaced(true);
    for (const auto& what : totals->refused) FillSetAside(what, true, result.add_set_aside());
    for (const auto& what : totals->set_aside) FillSetAside(what, false, result.add_set_aside());
  }
}

bool SpaceSync::unproven() const {
  return !before_.unproven.empty() || !initiator_->totals().unproven.empty();
}

absl::Status SpaceSync::RaiseEvents() {
  v1::SpaceSyncResult result;
  FillResult(result);
  const std::string& space = store_.space();
  if (result.replica_replaced()) DUDAO_TRY(trust_.AddEvent(kReplicaReplaced, space));
  if (result.history_replaced()) DUDAO_TRY(trust_.AddEvent(kServerRestored, space));
  if (control_restarted_) DUDAO_TRY(trust_.AddEvent(kControlRestarted, ""));
  if (!control_status_.ok()) DUDAO_TRY(trust_.AddEvent(ReasonOf(control_status_), ""));
  for (const absl::Status& doubt : initiator_->totals().doubts)
    receipt_doubted_ = receipt_doubted_ || absl::StartsWith(doubt.message(), kReceiptInvalid);
  if (receipt_doubted_) DUDAO_TRY(trust_.AddEvent(kReceiptInvalid, space));
  return absl::OkStatus();
}

}  // namespace dudao::client
