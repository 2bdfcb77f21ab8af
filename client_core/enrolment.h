// One enrolment, without IO: the call, and what its answer means.
//
// The key exists durably before the call goes out, and the same code is tried again with the same
// key; a lost answer costs nothing. Not synchronised; borrows the trust. Errors are told by the
// last step, as those of a sync are.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/client/v1/sync.pb.h"
#include "lone_call.h"
#include "trust.h"

namespace dudao::client {

class Enrolment {
 public:
  // INVALID_ARGUMENT for a suite that is not known.
  static absl::StatusOr<Enrolment> Begin(Trust& trust, v1::PendingEnrolment pending,
                                         std::string device_name, uint64_t next_call_id);

  v1::PollResponse Poll() { return call_.Poll(); }
  // True where the answer is there, to be taken with Adopt.
  bool Deliver(const v1::DeliverRequest& outcome, std::string* answer);
  absl::Status Adopt(std::string_view answer);
  // Ends it; `status` is what people are told.
  void End(const absl::Status& status, std::string_view reason) { call_.End(status, reason); }

  bool Expects(uint64_t call_id) const { return call_.Expects(call_id); }
  bool ended() const { return call_.ended(); }
  uint64_t next_call_id() const { return call_.next_call_id(); }

 private:
  Enrolment(Trust& trust, LoneCall call) : trust_(&trust), call_(std::move(call)) {}

  Trust* trust_;
  LoneCall call_;
  v1::PendingEnrolment pending_;
  std::string device_name_;
};

}  // namespace dudao::client
