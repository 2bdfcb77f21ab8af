#include "enrolment.h"

#include <utility>

#include "dudao/client/reason.h"
#include "dudao/identity/v1/identity.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::client {
namespace {

constexpr char kEnrolMethod[] = "/dudao.identity.v1.IdentityService/Enrol";

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
  Enrolment enrolment(trust, {kEnrolMethod, request.SerializeAsString(), next_call_id});
  enrolment.pending_ = std::move(pending);
  enrolment.device_name_ = std::move(device_name);
  return enrolment;
}

bool Enrolment::Deliver(const v1::DeliverRequest& outcome, std::string* answer) {
  call_.Returned();
  if (outcome.has_response()) {
    *answer = outcome.response();
    return true;
  }
  if (!call_.Again(outcome.error())) End(StatusOf(outcome.error()), ReasonOf(outcome.error()));
  return false;
}

absl::Status Enrolment::Adopt(std::string_view answer) {
  identity::v1::EnrolResponse response;
  if (!response.ParseFromArray(answer.data(), static_cast<int>(answer.size())))
    return Error(absl::StatusCode::kUnauthenticated, kEnrolmentRefused, "not an answer");
  return trust_->Adopt(pending_, device_name_, response);
}

}  // namespace dudao::client
