#include "sync_session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::client {
namespace {

// The server's.
constexpr char kDeviceUnknown[] = "DEVICE_UNKNOWN";
constexpr char kSignatureInvalid[] = "SIGNATURE_INVALID";
constexpr char kReplicaForeign[] = "REPLICA_FOREIGN";
constexpr char kSpaceForbidden[] = "SPACE_FORBIDDEN";
constexpr char kExchangeMethod[] = "/dudao.sync.v1.SyncService/Exchange";
constexpr char kConfirmMethod[] = "/dudao.sync.v1.SyncService/ConfirmDelivery";
constexpr int64_t kCallOutWaitMs = 1000;
// A link of 2 kB/s must get a message through; the answer may be as large as the request's budget.
constexpr int64_t kDeadlineBaseMs = 90'000;
constexpr int64_t kDeadlineMsPerKilobyte = 500;

enum GrpcCode : int32_t { kDeadlineExceeded = 4, kUnavailable = 14 };

}  // namespace

SyncSession::SyncSession(const SyncParts& parts, SyncPlan plan, uint64_t next_call_id)
    : parts_(parts), plan_(std::move(plan)), transfers_(parts.blobs), next_call_id_(next_call_id) {
  done_.set_spaces_total(static_cast<uint32_t>(plan_.spaces.size()));
}

v1::SyncProgress SyncSession::Progress() const {
  v1::SyncProgress progress = done_;
  if (exchange_) {
    progress.set_space(plan_.spaces[space_]);
    exchange_->AddTo(progress);
  }
  transfers_.FillProgress(progress);
  return progress;
}

v1::PollResponse SyncSession::Wait(int64_t ms) const {
  v1::PollResponse response;
  response.set_wait_ms(ms);
  *response.mutable_progress() = Progress();
  return response;
}

v1::PollResponse SyncSession::HandOut(Subject subject, std::string_view method,
                                      std::string request) {
  subject_ = subject;
  call_out_ = next_call_id_++;
  done_.set_bytes_up(done_.bytes_up() + request.size());
  v1::PollResponse response;
  v1::OutgoingCall* call = response.mutable_call();
  call->set_call_id(call_out_);
  call->set_method(std::string(method));
  call->set_deadline_ms(kDeadlineBaseMs +
                        static_cast<int64_t>(request.size() / 1024) * kDeadlineMsPerKilobyte);
  call->set_request(std::move(request));
  // Unsigned it is refused with a reason, which ends the space.
  parts_.trust.SignCall(*call).IgnoreError();
  *response.mutable_progress() = Progress();
  return response;
}

v1::PollResponse SyncSession::Poll() {
  if (call_out_ != 0) return Wait(kCallOutWaitMs);
  if (const int64_t pause_ms = retry_.TakePause(); pause_ms > 0) return Wait(pause_ms);
  while (space_ < plan_.spaces.size()) {
    if (auto step = PollSpace()) return *std::move(step);
  }
  if (plan_.include_blobs) {
    if (auto step = PollBlobs()) return *std::move(step);
  }
  while (!to_confirm_.empty()) {
    if (auto step = PollDelivery()) return *std::move(step);
  }
  return Finish();
}

absl::Status SyncSession::BeginSpace() {
  DUDAO_ASSIGN(sync::Store * store, parts_.spaces.Get(plan_.spaces[space_]));
  SpaceSyncOptions options;
  options.bytes_start = plan_.bytes_start;
  options.app_version = plan_.app_version;
  options.offer_control = space_ == 0;
  doubted_ = false;
  exchange_.emplace(*store, parts_.trust, *parts_.seams.random, options);
  return absl::OkStatus();
}

std::optional<v1::PollResponse> SyncSession::PollSpace() {
  if (!exchange_) {
    if (const absl::Status status = BeginSpace(); !status.ok()) {
      EndSpace(status, ReasonOf(status));
      return std::nullopt;
    }
  }
  auto next = exchange_->Next(parts_.seams.clock->WallMs());
  if (!next.ok()) {
    EndSpace(next.status(), ReasonOf(next.status()));
    return std::nullopt;
  }
  if (!*next) {
    EndSpace(absl::OkStatus(), "");
    return std::nullopt;
  }
  return HandOut(Subject::kSpace, kExchangeMethod, **std::move(next));
}

std::optional<v1::PollResponse> SyncSession::PollBlobs() {
  auto next = transfers_.Next();
  if (!next.ok()) {
    transfers_.GiveUpAll(ReasonOf(next.status()));
    return std::nullopt;
  }
  if (!*next) return std::nullopt;
  return HandOut(Subject::kBlob, (*next)->method, std::move((*next)->request));
}

// A question that fails is asked again with the next sync; nothing else depends on it.
std::optional<v1::PollResponse> SyncSession::PollDelivery() {
  if (question_.requests.empty()) {
    auto store = parts_.spaces.Get(to_confirm_.front());
    const auto unsent = parts_.blobs.Unsent(to_confirm_.front());
    if (store.ok() && unsent.ok() && *unsent == 0) {
      if (auto question = parts_.delivery.Ask(**store); question.ok())
        question_ = *std::move(question);
    }
  }
  if (question_.requests.empty()) {
    to_confirm_.pop_front();
    return std::nullopt;
  }
  const auto& request = question_.requests[confirmed_.size()];
  return HandOut(Subject::kDelivery, kConfirmMethod, request.SerializeAsString());
}

// A device that was handed over only delivers. A space that takes nothing from it any more is no
// failure where nothing waits for it.
void SyncSession::ForgiveForbidden() {
  if (!parts_.trust.retired()) return;
  for (v1::SpaceSyncResult& result : *report_.mutable_spaces()) {
    if (result.reason() != kSpaceForbidden) continue;
    auto store = parts_.spaces.FindKnown(result.space());
    if (!store.ok() || *store == nullptr) continue;
    const auto unsent = (*store)->UnsentChanges(kSyncPeer);
    const auto files = parts_.blobs.Unsent(result.space());
    if (!unsent.ok() || *unsent > 0 || !files.ok() || *files > 0) continue;
    result.set_ok(true);
    result.clear_code();
    result.clear_reason();
    result.clear_message();
  }
}

v1::PollResponse SyncSession::Finish() {
  ended_ = true;
  ForgiveForbidden();
  bool ok = transfers_.failed() == 0;
  for (const v1::SpaceSyncResult& result : report_.spaces()) ok = ok && result.ok();
  report_.set_ok(ok);
  report_.set_blobs_failed(transfers_.failed());
  report_.set_blobs_reason(transfers_.first_reason());
  v1::PollResponse response;
  *response.mutable_finished() = report_;
  *response.mutable_progress() = Progress();
  return response;
}

void SyncSession::EndSpace(absl::Status status, std::string_view reason) {
  std::string told(reason);
  std::string message(status.message());
  if (exchange_) {
    const absl::Status raised = exchange_->RaiseEvents();
    if (status.ok() && exchange_->unproven())
      status = Error(absl::StatusCode::kFailedPrecondition, kChangesUnproven);
    status.Update(raised);
    if (told.empty() && !status.ok()) {
      told = ReasonOf(status);
      message = absl::StrCat(TextOf(status).zh, " / ", std::string(status.message()));
    }
  }
  v1::SpaceSyncResult* result = report_.add_spaces();
  result->set_space(plan_.spaces[space_]);
  result->set_ok(status.ok());
  result->set_code(static_cast<int32_t>(status.code()));
  result->set_reason(told);
  result->set_message(message);
  if (exchange_) exchange_->FillResult(*result);
  done_ = Progress();
  done_.clear_space();
  done_.set_spaces_done(done_.spaces_done() + 1);
  exchange_.reset();
  retry_ = CallRetry();
  if (status.ok()) to_confirm_.push_back(plan_.spaces[space_]);
  ++space_;
}

bool SyncSession::Deliver(const v1::DeliverRequest& outcome) {
  if (call_out_ == 0 || outcome.call_id() != call_out_) return false;
  call_out_ = 0;
  if (outcome.has_response()) {
    retry_ = CallRetry();
    done_.set_bytes_down(done_.bytes_down() + outcome.response().size());
  } else {
    TakeHints(outcome.error());
  }
  switch (subject_) {
    case Subject::kSpace:
      DeliverToSpace(outcome);
      break;
    case Subject::kBlob:
      DeliverToBlob(outcome);
      break;
    case Subject::kDelivery:
      DeliverToDelivery(outcome);
      break;
  }
  return true;
}

// What the server says of our clock, and of us.
void SyncSession::TakeHints(const v1::CallError& error) {
  parts_.trust.TakeClockHints(error);
  if (error.reason() != kDeviceRevoked) return;
  const auto proven = parts_.trust.ProvesRevocation(error);
  revoked_ = proven.ok() && *proven;
  if (!revoked_) parts_.trust.AddEvent(kRevocationUnproven, "").IgnoreError();
}

void SyncSession::DeliverToSpace(const v1::DeliverRequest& outcome) {
  if (!outcome.has_response()) {
    exchange_->Failed();
    if (retry_.Again(outcome.error())) return;
    // A restored server does not know what it signed since: the device, or its newest key.
    const std::string& reason = outcome.error().reason();
    if ((reason == kDeviceUnknown || reason == kSignatureInvalid) && exchange_->Introduce()) return;
    if (reason == kReplicaForeign) {
      const auto aside = exchange_->StepAside();
      if (aside.ok() && *aside) return;
    }
    return EndSpace(StatusOf(outcome.error()), ReasonOf(outcome.error()));
  }
  absl::Status status = exchange_->Receive(outcome.response());
  if (status.ok() && exchange_->history_replaced()) status = DoubtDelivery();
  if (!status.ok()) EndSpace(status, ReasonOf(status));
}

absl::Status SyncSession::DoubtDelivery() {
  if (std::exchange(doubted_, true)) return absl::OkStatus();
  DUDAO_TRY(parts_.blobs.Doubt(plan_.spaces[space_]));
  return parts_.delivery.Doubt(plan_.spaces[space_]);
}

void SyncSession::DeliverToBlob(const v1::DeliverRequest& outcome) {
  if (outcome.has_response()) return transfers_.Receive(outcome.response());
  transfers_.LinkFailed();
  if (retry_.Again(outcome.error())) return;
  retry_ = CallRetry();
  const std::string reason = ReasonOf(outcome.error());
  // Without a network the other files need not be tried either.
  if (outcome.error().code() == kUnavailable || outcome.error().code() == kDeadlineExceeded) {
    transfers_.GiveUpAll(reason);
  } else {
    transfers_.GiveUp(reason);
  }
}

void SyncSession::DeliverToDelivery(const v1::DeliverRequest& outcome) {
  sync::v1::ConfirmDeliveryResponse answer;
  if (!outcome.has_response()) {
    if (retry_.Again(outcome.error())) return;
    return EndDelivery();
  }
  if (!answer.ParseFromString(outcome.response())) return EndDelivery();
  confirmed_.push_back(std::move(answer));
  if (confirmed_.size() < question_.requests.size()) return;
  if (auto store = parts_.spaces.Get(to_confirm_.front()); store.ok()) {
    const absl::Status kept = parts_.delivery.Keep(**store, question_, confirmed_);
    if (ReasonOf(kept) == kReceiptInvalid)
      parts_.trust.AddEvent(kReceiptInvalid, to_confirm_.front()).IgnoreError();
  }
  EndDelivery();
}

void SyncSession::EndDelivery() {
  retry_ = CallRetry();
  question_ = DeliveryQuestion();
  confirmed_.clear();
  to_confirm_.pop_front();
}

}  // namespace dudao::client
