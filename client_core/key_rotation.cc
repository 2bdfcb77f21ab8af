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
  KeyRotation rotation(trust, {kRotateMethod, request.SerializeAsString(), next_call_id});
  // The server may have taken it already.
  rotation.new_key_ = resumed;
  return rotation;
}

absl::StatusOr<v1::PollResponse> KeyRotation::Poll() {
  v1::PollResponse response = call_.Poll();
  if (!response.has_call()) return response;
  if (const absl::Status status = trust_->SignCallWith(new_key_, *response.mutable_call());
      !status.ok()) {
    call_.Returned();
    return status;
  }
  return response;
}

absl::Status KeyRotation::Deliver(const v1::DeliverRequest& outcome) {
  call_.Returned();
  return outcome.has_response() ? Take(outcome.response()) : Refused(outcome.error());
}

absl::Status KeyRotation::Take(const std::string& answer) {
  identity::v1::RotateKeyResponse response;
  if (!response.ParseFromString(answer) || response.key() == 0) {
    const absl::Status wrong =
        Error(absl::StatusCode::kUnauthenticated, kServerUnproven, "not an answer");
    call_.End(wrong, kServerUnproven);
    return absl::OkStatus();
  }
  // Should this fail, both keys are still there.
  DUDAO_TRY(trust_->UseNewKey(response.key()));
  rotated_ = true;
  call_.End(absl::OkStatus(), "");
  return absl::OkStatus();
}

absl::Status KeyRotation::Refused(const v1::CallError& error) {
  trust_->TakeClockHints(error);
  if (error.reason() == kSignatureInvalid && !std::exchange(other_tried_, true)) {
    new_key_ = !new_key_;
    return absl::OkStatus();
  }
  if (call_.Again(error)) return absl::OkStatus();
  // The server looks at the signature first: whatever else it minds, the key is the one that
  // counts.
  const bool key_counts = error.reason() == kDeviceRetired || error.reason() == kDeviceRevoked;
  if (key_counts) {
    DUDAO_TRY(new_key_ ? trust_->UseNewKey(trust_->key_change()->old_key() + 1)
                       : trust_->UseOldKey());
  }
  call_.End(StatusOf(error), ReasonOf(error));
  return absl::OkStatus();
}

}  // namespace dudao::client
