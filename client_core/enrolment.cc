#include "enrolment.h"

#include <utility>

#include "dudao/client/reason.h"
#include "dudao/identity/v1/identity.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::client {
namespace {

constexpr char kEnrolMethod[] = "/dudao.identity.v1.IdentityService/Enrol";
constexpr int64_t kDeadlineMs = 60'000;
constexpr int64_t kCallOutWaitMs = 1000;

}  // namespace

absl::StatusOr<Enrolment> Enrolment::Begin(Trust& trust, v1::PendingEnrolment pending,
                                           std::string device_name, uint64_t next_call_id) {
  DUDAO_ASSIGN(const sync::KeyPair key, sync::KeyFromSeed(pending.suite(), pending.seed()));
  identity::v1::EnrolRequest request;
  request.set_code(pending.code());
  request.set_suite(pending.suite());
  request.set_public_key(key.public_key);
  DUDAO_ASSIGN(*request.mutable_possession(),
               sync::Sign(key, sync::EnrolStatement(pending.code(), key.public_key)));
  request.set_device_name(device_name);
  Enrolment enrolment(trust);
  enrolment.pending_ = std::move(pending);
  enrolment.device_name_ = std::move(device_name);
  enrolment.request_ = request.SerializeAsString();
  enrolment.next_call_id_ = next_call_id;
  return enrolment;
}

v1::PollResponse Enrolment::Poll() {
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
  call->set_method(kEnrolMethod);
  call->set_request(request_);
  call->set_deadline_ms(kDeadlineMs);
  return response;
}

bool Enrolment::Deliver(const v1::DeliverRequest& outcome, std::string* answer) {
  call_out_ = 0;
  if (outcome.has_response()) {
    *answer = outcome.response();
    return true;
  }
  if (!retry_.Again(outcome.error())) End(StatusOf(outcome.error()), ReasonOf(outcome.error()));
  return false;
}

absl::Status Enrolment::Adopt(std::string_view answer) {
  identity::v1::EnrolResponse response;
  if (!response.ParseFromArray(answer.data(), static_cast<int>(answer.size())))
    return Error(absl::StatusCode::kUnauthenticated, kEnrolmentRefused, "not an answer");
  return trust_->Adopt(pending_, device_name_, response);
}

void Enrolment::End(const absl::Status& status, std::string_view reason) {
  done_ = true;
  report_.set_ok(status.ok());
  if (status.ok()) return;
  v1::SpaceSyncResult* result = report_.add_spaces();
  result->set_code(static_cast<int32_t>(status.code()));
  result->set_reason(std::string(reason));
  result->set_message(std::string(status.message()));
}

}  // namespace dudao::client
