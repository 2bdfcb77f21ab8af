// One enrolment, without IO: the call, and what its answer means.
//
// The key exists durably before the call goes out, and the same code is tried again with the same
// key; a lost answer costs nothing. Not synchronised; borrows the trust. Errors are told by the
// last step, as those of a sync are.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "call_retry.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/client/v1/sync.pb.h"
#include "trust.h"

namespace dudao::client {

class Enrolment {
 public:
  // INVALID_ARGUMENT for a suite that is not known.
  static absl::StatusOr<Enrolment> Begin(Trust& trust, v1::PendingEnrolment pending,
                                         std::string device_name, uint64_t next_call_id);

  v1::PollResponse Poll();
  // True where the answer is there, to be taken with Adopt.
  bool Deliver(const v1::DeliverRequest& outcome, std::string* answer);
  absl::Status Adopt(std::string_view answer);
  // Ends it; `status` is what people are told.
  void End(const absl::Status& status, std::string_view reason);

  bool Expects(uint64_t call_id) const { return call_out_ != 0 && call_out_ == call_id; }
  bool ended() const { return told_; }
  uint64_t next_call_id() const { return next_call_id_; }

 private:
  explicit Enrolment(Trust& trust) : trust_(&trust) {}

  Trust* trust_;
  v1::PendingEnrolment pending_;
  std::string device_name_;
  std::string request_;
  uint64_t next_call_id_ = 1;
  uint64_t call_out_ = 0;
  CallRetry retry_;
  bool done_ = false;
  bool told_ = false;
  v1::SyncFinished report_;
};

}  // namespace dudao::client
