#include "lone_call.h"

namespace dudao::client {
namespace {

constexpr int64_t kDeadlineMs = 60'000;
constexpr int64_t kCallOutWaitMs = 1000;

}  // namespace

v1::PollResponse LoneCall::Poll() {
  v1::PollResponse response;
  if (done_) {
    told_ = true;
    *response.mutable_finished() = report_;
    return response;
  }
  if (call_out_ != 0) {
    response.set_wait_ms(kCallOutWaitMs);
    return response;
  }
  if (const int64_t pause_ms = retry_.TakePause(); pause_ms > 0) {
    response.set_wait_ms(pause_ms);
    return response;
  }
  call_out_ = next_call_id_++;
  v1::OutgoingCall* call = response.mutable_call();
  call->set_call_id(call_out_);
  call->set_method(method_);
  call->set_request(request_);
  call->set_deadline_ms(kDeadlineMs);
  return response;
}

void LoneCall::End(const absl::Status& status, std::string_view reason) {
  done_ = true;
  report_.set_ok(status.ok());
  if (status.ok()) return;
  v1::SpaceSyncResult* result = report_.add_spaces();
  result->set_code(static_cast<int32_t>(status.code()));
  result->set_reason(std::string(reason));
  result->set_message(std::string(status.message()));
}

}  // namespace dudao::client
