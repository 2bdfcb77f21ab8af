// One rotation of the tablet's key, without IO: the call, and what its answer means.
//
// Both keys are durable before the call goes out and stay so until the control log that is held
// names the new one, so nothing that is lost in between locks the tablet out: of the two keys one
// counts, and the call says which. Repeating it changes nothing on the server. Not synchronised;
// borrows the trust. Errors are told by the last step, as those of a sync are.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/client/v1/sync.pb.h"
#include "lone_call.h"
#include "trust.h"

namespace dudao::client {

class KeyRotation {
 public:
  // Goes on with a change that has begun, or begins one. INVALID_ARGUMENT for an unknown suite.
  static absl::StatusOr<KeyRotation> Begin(Trust& trust, sync::Suite suite, uint64_t next_call_id);

  absl::StatusOr<v1::PollResponse> Poll();
  absl::Status Deliver(const v1::DeliverRequest& outcome);

  bool Expects(uint64_t call_id) const { return call_.Expects(call_id); }
  // Nothing more to ask.
  bool done() const { return call_.done(); }
  // And told so.
  bool ended() const { return call_.ended(); }
  // The server has the new key.
  bool rotated() const { return rotated_; }
  uint64_t next_call_id() const { return call_.next_call_id(); }

 private:
  KeyRotation(Trust& trust, LoneCall call) : trust_(&trust), call_(std::move(call)) {}
  absl::Status Take(const std::string& answer);
  absl::Status Refused(const v1::CallError& error);

  Trust* trust_;
  LoneCall call_;
  bool new_key_ = false;  // signs the call
  bool other_tried_ = false;
  bool rotated_ = false;
};

}  // namespace dudao::client
