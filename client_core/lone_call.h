// One call that stands alone, without IO: made again where that may help, and how it ended.
//
// Enrolling and changing keys are such calls; a sync is many (sync_session.h). Not synchronised;
// owns all it holds, and nothing of it is durable. Errors are told by the last step, as those of a
// sync are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "call_retry.h"
#include "dudao/client/v1/sync.pb.h"

namespace dudao::client {

class LoneCall {
 public:
  LoneCall(std::string_view method, std::string request, uint64_t next_call_id)
      : method_(method), request_(std::move(request)), next_call_id_(next_call_id) {}

  // The call, a wait, or the end.
  v1::PollResponse Poll();
  // The call is not out any more: it was answered, or could not be made.
  void Returned() { call_out_ = 0; }
  // Whether it is worth to make the call again after this error.
  bool Again(const v1::CallError& error) { return retry_.Again(error); }
  // Ends it; `status` is what people are told.
  void End(const absl::Status& status, std::string_view reason);

  bool Expects(uint64_t call_id) const { return call_out_ != 0 && call_out_ == call_id; }
  // Nothing more to ask.
  bool done() const { return done_; }
  // And told so.
  bool ended() const { return told_; }
  uint64_t next_call_id() const { return next_call_id_; }

 private:
  std::string method_;
  std::string request_;
  uint64_t next_call_id_;
  uint64_t call_out_ = 0;  // 0: none
  CallRetry retry_;
  bool done_ = false;
  bool told_ = false;
  v1::SyncFinished report_;
};

}  // namespace dudao::client
