#include "key_rotation.h"

#include <utility>

#include "dudao/client/reason.h"
#include "dudao/identity/v1/identity.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::client {
namespace {

constexpr char kRotateMethod[] = "/dudao.identity.v1.IdentityService/RotateKey";
constexpr char kSignatureInvalid[] = "SIGNATURE_INVALID";  // the server's
constexpr int64_t kDeadlineMs = 60'000;
constexpr int64_t kCallOutWaitMs = 1000;

}  // namespace

absl::StatusOr<KeyRotation> KeyRotation::Begin(Trust& trust, sync::Suite suite,
                                               uint64_t next_call_id) {
  const bool resumed = trust.key_change().has_value();
  DUDAO_ASSIGN(const v1::KeyChange change, trust.PrepareKeyChange(suite));
  DUDAO_ASSIGN(const sync::KeyPair fresh, sync::KeyFromSeed(change.suite(), change.seed()));
  identity::v1::RotateKeyRequest request;
  request.set_suite(change.suite());
  request.set_public_key(fresh.public_key);
  DUDAO_ASSIGN(
      *request.mutable_possession(),
      sync::Sign(fresh, sync::EnrolStatement(trust.identity().device_id(), fresh.public_key)));
  KeyRotation rotation(trust);
  rotation.request_ = request.SerializeAsString();
  rotation.next_call_id_ = next_call_id;
  // The server may have taken it already.
  rotation.new_key_ = resumed;
  return rotation;
}

absl::StatusOr<v1::PollResponse> KeyRotation::Poll() {
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
  v1::OutgoingCall* call = response.mutable_call();
  call->set_method(kRotateMethod);
  call->set_request(request_);
  call->set_deadline_ms(kDeadlineMs);
  DUDAO_TRY(trust_->SignCallWith(new_key_, *call));
  call_out_ = next_call_id_++;
  call->set_call_id(call_out_);
  return response;
}

absl::Status KeyRotation::Deliver(const v1::DeliverRequest& outcome) {
  call_out_ = 0;
  return outcome.has_response() ? Take(outcome.response()) : Refused(outcome.error());
}

absl::Status KeyRotation::Take(const std::string& answer) {
  identity::v1::RotateKeyResponse response;
  if (!response.ParseFromString(answer) || response.key() == 0) {
    const absl::Status wrong =
        Error(absl::StatusCode::kUnauthenticated, kServerUnproven, "not an answer");
    End(wrong, kServerUnproven);
    return absl::OkStatus();
  }
  // Should this fail, both keys are still there.
  DUDAO_TRY(trust_->UseNewKey(response.key()));
  rotated_ = true;
  End(absl::OkStatus(), "");
  return absl::OkStatus();
}

absl::Status KeyRotation::Refused(const v1::CallError& error) {
  trust_->TakeClockHints(error);
  if (error.reason() == kSignatureInvalid && !std::exchange(other_tried_, true)) {
    new_key_ = !new_key_;
    return absl::OkStatus();
  }
  if (retry_.Again(error)) return absl::OkStatus();
  // The server looks at the signature first: whatever else it minds, the key is the one that
  // counts.
  const bool key_counts = error.reason() == kDeviceRetired || error.reason() == kDeviceRevoked;
  if (key_counts) {
    DUDAO_TRY(new_key_ ? trust_->UseNewKey(trust_->key_change()->old_key() + 1)
                       : trust_->UseOldKey());
  }
  End(StatusOf(error), ReasonOf(error));
  return absl::OkStatus();
}

void KeyRotation::End(const absl::Status& status, std::string_view reason) {
  done_ = true;
  report_.set_ok(status.ok());
  if (status.ok()) return;
  v1::SpaceSyncResult* result = report_.add_spaces();
  result->set_code(static_cast<int32_t>(status.code()));
  result->set_reason(std::string(reason));
  result->set_message(std::string(status.message()));
}

}  // namespace dudao::client
