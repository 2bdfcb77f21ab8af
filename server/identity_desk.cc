#include "identity_desk.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/suite.h"
#include "people_records.h"
#include "reason.h"

namespace dudao::server {
namespace {

// Ids of nobody are not written down as they were typed: people type passwords into the wrong
// field.
std::string NameForLog(const std::string& person_id, bool known) {
  if (known) return person_id;
  constexpr size_t kShownBytes = 4;
  return absl::StrCat(
      "?",
      absl::BytesToHexString(sync::Digest(sync::kDefaultSuite, person_id).substr(0, kShownBytes)));
}

}  // namespace

absl::Status IdentityDesk::CheckPassword(const Call& call, const std::string& person_id,
                                         const std::string& password) {
  if (!failures_.MayTry(call.peer, call.wall_ms))
    return Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED");
  const auto authority = control_.Snapshot();
  const auto* person = authority->Person(person_id);
  const bool active = person != nullptr && person->active();
  absl::Status status = people_.CheckPassword(person_id, password, active, call.wall_ms);
  if (!absl::IsUnauthenticated(status)) return status;
  failures_.Failed(call.peer, call.wall_ms);
  access_.AppendRefusal(NameForLog(person_id, person != nullptr), kSignInFailed, ReasonOf(status));
  return status;
}

absl::StatusOr<identity::v1::SignInResponse> IdentityDesk::SignIn(
    const Call& call, const identity::v1::SignInRequest& request) {
  DUDAO_TRY(CheckPassword(call, request.person_id(), request.password()));
  const auto authority = control_.Snapshot();
  const auto* person = authority->Person(request.person_id());
  if (person == nullptr) return Error(absl::StatusCode::kUnauthenticated, "CREDENTIALS_WRONG");
  Call self = call;
  self.principal.person_id = person->person_id();
  self.principal.role = person->role();
  self.principal.team_id = person->team_id();
  DUDAO_TRY(access_.Append(person->person_id(), kSignedIn, ""));
  DUDAO_TRY(people_.RememberSignIn(person->person_id(), call.wall_ms));
  DUDAO_ASSIGN(auto started, sessions_.Start(person->person_id(), call.wall_ms));
  identity::v1::SignInResponse response;
  response.set_session(started.token);
  response.set_expires_ms(started.expires_ms);
  DUDAO_ASSIGN(*response.mutable_self(), GetSelf(self, {}));
  response.set_must_change_password(people_.StateOf(person->person_id()).must_change);
  return response;
}

absl::StatusOr<identity::v1::SignOutResponse> IdentityDesk::SignOut(
    const Call& call, const identity::v1::SignOutRequest&) {
  DUDAO_TRY(sessions_.End(call.session));
  DUDAO_TRY(access_.Append(call.principal.person_id, kSignedOut, ""));
  return identity::v1::SignOutResponse();
}

absl::StatusOr<identity::v1::ChangePasswordResponse> IdentityDesk::ChangePassword(
    const Call& call, const identity::v1::ChangePasswordRequest& request) {
  const std::string& person_id = call.principal.person_id;
  DUDAO_TRY(CheckPassword(call, person_id, request.old_password()));
  if (request.new_password() == request.old_password())
    return Error(absl::StatusCode::kInvalidArgument, "PASSWORD_WEAK", "the same as before");
  DUDAO_TRY(people_.SetPassword(person_id, request.new_password(), false));
  DUDAO_TRY(sessions_.EndAllOf(person_id, call.session));
  DUDAO_TRY(access_.Append(person_id, kPasswordChanged, ""));
  return identity::v1::ChangePasswordResponse();
}

absl::StatusOr<identity::v1::GetSelfResponse> IdentityDesk::GetSelf(
    const Call& call, const identity::v1::GetSelfRequest&) {
  DUDAO_ASSIGN(const auto person, LoadPerson(spaces_, call.principal.person_id));
  identity::v1::GetSelfResponse response;
  response.set_person_id(call.principal.person_id);
  response.set_name(person.name());
  response.set_role(call.principal.role);
  response.set_team_id(call.principal.team_id);
  response.set_device_id(call.principal.device_id);
  return response;
}

}  // namespace dudao::server
