#include "sync_session.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"

namespace dudao::client {
namespace {

constexpr char kExchangeMethod[] = "/dudao.sync.v1.SyncService/Exchange";
constexpr int kAttemptsMax = 4;
constexpr int64_t kFirstPauseMs = 500;
constexpr int64_t kCallOutWaitMs = 1000;
// A link of 2 kB/s must get a message through; the answer may be as large as the request's budget.
constexpr int64_t kDeadlineBaseMs = 90'000;
constexpr int64_t kDeadlineMsPerKilobyte = 500;

enum GrpcCode : int32_t { kDeadlineExceeded = 4, kAborted = 10, kUnavailable = 14 };

void FillSetAside(const sync::Quarantined& what, bool refused, v1::SetAside* out) {
  out->mutable_dot()->set_replica(std::string(what.dot.replica.AsBytes()));
  out->mutable_dot()->set_seq(what.dot.seq);
  out->set_reason(what.reason);
  const ReasonText text = TextOf(what.reason);
  out->set_text_zh(std::string(text.zh));
  out->set_text_en(what.detail.empty() ? std::string(text.en)
                                       : absl::StrCat(std::string(text.en), " ", what.detail));
  out->set_author(what.author);
  out->set_time_ms(what.time.ms);
  out->set_refused_by_peer(refused);
}

}  // namespace

SyncSession::SyncSession(Spaces& spaces, Blobs& blobs, Clock& clock, SyncPlan plan,
                         uint64_t next_call_id)
    : spaces_(spaces),
      clock_(clock),
      plan_(std::move(plan)),
      transfers_(blobs),
      next_call_id_(next_call_id) {
  done_.set_spaces_total(static_cast<uint32_t>(plan_.spaces.size()));
}

v1::SyncProgress SyncSession::Progress() const {
  v1::SyncProgress progress = done_;
  if (initiator_) {
    const sync::ExchangeTotals& totals = initiator_->totals();
    progress.set_space(plan_.spaces[space_]);
    progress.set_rounds(done_.rounds() + totals.rounds);
    progress.set_changes_sent(done_.changes_sent() + totals.changes_sent);
    progress.set_changes_received(done_.changes_received() + totals.changes_applied);
    progress.set_records_touched(done_.records_touched() + totals.touched.size());
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

v1::PollResponse SyncSession::HandOut(std::string_view method, std::string request) {
  call_out_ = next_call_id_++;
  done_.set_bytes_up(done_.bytes_up() + request.size());
  v1::PollResponse response;
  v1::OutgoingCall* call = response.mutable_call();
  call->set_call_id(call_out_);
  call->set_method(std::string(method));
  call->set_deadline_ms(kDeadlineBaseMs +
                        static_cast<int64_t>(request.size() / 1024) * kDeadlineMsPerKilobyte);
  call->set_request(std::move(request));
  *response.mutable_progress() = Progress();
  return response;
}

v1::PollResponse SyncSession::Poll() {
  if (call_out_ != 0) return Wait(kCallOutWaitMs);
  if (pause_ms_ > 0) return Wait(std::exchange(pause_ms_, 0));
  while (space_ < plan_.spaces.size()) {
    if (auto step = PollSpace()) return *std::move(step);
  }
  if (plan_.include_blobs) {
    if (auto step = PollBlobs()) return *std::move(step);
  }
  return Finish();
}

std::optional<v1::PollResponse> SyncSession::PollSpace() {
  if (!initiator_) {
    auto store = spaces_.Get(plan_.spaces[space_]);
    if (!store.ok()) {
      EndSpace(store.status(), ReasonOf(store.status()));
      return std::nullopt;
    }
    sync::ExchangeOptions options;
    options.peer = kSyncPeer;
    options.app_version = plan_.app_version;
    if (plan_.bytes_start != 0) options.push_bytes_start = plan_.bytes_start;
    initiator_.emplace(**store, std::move(options));
  }
  auto next = initiator_->Next(clock_.WallMs());
  if (!next.ok()) {
    EndSpace(next.status(), ReasonOf(next.status()));
    return std::nullopt;
  }
  if (!*next) {
    EndSpace(absl::OkStatus(), "");
    return std::nullopt;
  }
  for_blob_ = false;
  return HandOut(kExchangeMethod, **std::move(next));
}

std::optional<v1::PollResponse> SyncSession::PollBlobs() {
  auto next = transfers_.Next();
  if (!next.ok()) {
    transfers_.GiveUpAll(ReasonOf(next.status()));
    return std::nullopt;
  }
  if (!*next) return std::nullopt;
  for_blob_ = true;
  return HandOut((*next)->method, std::move((*next)->request));
}

v1::PollResponse SyncSession::Finish() {
  ended_ = true;
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

void SyncSession::EndSpace(const absl::Status& status, std::string_view reason) {
  v1::SpaceSyncResult* result = report_.add_spaces();
  result->set_space(plan_.spaces[space_]);
  result->set_ok(status.ok());
  result->set_code(static_cast<int32_t>(status.code()));
  result->set_reason(std::string(reason));
  result->set_message(std::string(status.message()));
  if (initiator_) {
    const sync::ExchangeTotals& totals = initiator_->totals();
    result->set_rounds(totals.rounds);
    result->set_changes_sent(totals.changes_sent);
    result->set_changes_received(totals.changes_applied);
    result->set_records_touched(totals.touched.size());
    result->set_history_replaced(totals.history_replaced);
    for (const auto& refused : totals.refused) FillSetAside(refused, true, result->add_set_aside());
    for (const auto& aside : totals.set_aside) FillSetAside(aside, false, result->add_set_aside());
  }
  done_ = Progress();
  done_.clear_space();
  done_.set_spaces_done(done_.spaces_done() + 1);
  initiator_.reset();
  attempts_ = 0;
  ++space_;
}

bool SyncSession::MayRetry(int32_t code) {
  const bool worth_it = code == kUnavailable || code == kDeadlineExceeded || code == kAborted;
  if (!worth_it || ++attempts_ >= kAttemptsMax) return false;
  pause_ms_ = kFirstPauseMs << attempts_;
  return true;
}

bool SyncSession::Deliver(const v1::DeliverRequest& outcome) {
  if (call_out_ == 0 || outcome.call_id() != call_out_) return false;
  call_out_ = 0;
  if (outcome.has_response()) done_.set_bytes_down(done_.bytes_down() + outcome.response().size());
  if (for_blob_) {
    DeliverToBlob(outcome);
  } else {
    DeliverToSpace(outcome);
  }
  return true;
}

void SyncSession::DeliverToSpace(const v1::DeliverRequest& outcome) {
  if (!outcome.has_response()) {
    initiator_->Failed();
    if (MayRetry(outcome.error().code())) return;
    const auto code = static_cast<absl::StatusCode>(outcome.error().code());
    const std::string reason = outcome.error().reason().empty() ? absl::StatusCodeToString(code)
                                                                : outcome.error().reason();
    return EndSpace(absl::Status(code == absl::StatusCode::kOk ? absl::StatusCode::kUnknown : code,
                                 outcome.error().message()),
                    reason);
  }
  attempts_ = 0;
  if (const absl::Status status = initiator_->Receive(outcome.response()); !status.ok()) {
    return EndSpace(status, ReasonOf(status));
  }
  if (const int64_t server_ms = initiator_->totals().server_time_ms; server_ms != 0) {
    clock_offset_ms_ = server_ms - clock_.WallMs();
  }
}

void SyncSession::DeliverToBlob(const v1::DeliverRequest& outcome) {
  if (outcome.has_response()) {
    attempts_ = 0;
    return transfers_.Receive(outcome.response());
  }
  transfers_.LinkFailed();
  if (MayRetry(outcome.error().code())) return;
  attempts_ = 0;
  const auto code = static_cast<absl::StatusCode>(outcome.error().code());
  const std::string reason =
      outcome.error().reason().empty() ? absl::StatusCodeToString(code) : outcome.error().reason();
  // Without a network the other files need not be tried either.
  if (outcome.error().code() == kUnavailable || outcome.error().code() == kDeadlineExceeded) {
    transfers_.GiveUpAll(reason);
  } else {
    transfers_.GiveUp(reason);
  }
}

}  // namespace dudao::client
