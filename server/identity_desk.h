// Signing in and out, one's own password, and who one is.
//
// Thread-safe. Errors: UNAUTHENTICATED (CREDENTIALS_WRONG, ACCOUNT_LOCKED), INVALID_ARGUMENT
// (PASSWORD_WEAK), RESOURCE_EXHAUSTED (RATE_LIMITED, SERVER_BUSY), and the storage's.
#pragma once

#include "absl/status/statusor.h"
#include "access_log.h"
#include "attempt_limiter.h"
#include "call.h"
#include "control_log.h"
#include "dudao/identity/v1/identity.pb.h"
#include "people.h"
#include "sessions.h"
#include "spaces.h"

namespace dudao::server {

class IdentityDesk {
 public:
  IdentityDesk(const ControlLog& control, People& people, Sessions& sessions, Spaces& spaces,
               AccessLog& access)
      : control_(control), people_(people), sessions_(sessions), spaces_(spaces), access_(access) {}

  absl::StatusOr<identity::v1::SignInResponse> SignIn(const Call& call,
                                                      const identity::v1::SignInRequest& request);
  absl::StatusOr<identity::v1::SignOutResponse> SignOut(
      const Call& call, const identity::v1::SignOutRequest& request);
  absl::StatusOr<identity::v1::ChangePasswordResponse> ChangePassword(
      const Call& call, const identity::v1::ChangePasswordRequest& request);
  absl::StatusOr<identity::v1::GetSelfResponse> GetSelf(
      const Call& call, const identity::v1::GetSelfRequest& request);

 private:
  // The same work and the same trace, whether or not there is such a person.
  absl::Status CheckPassword(const Call& call, const std::string& person_id,
                             const std::string& password);

  const ControlLog& control_;
  People& people_;
  Sessions& sessions_;
  Spaces& spaces_;
  AccessLog& access_;
  AttemptLimiter failures_{30, 60'000};
};

}  // namespace dudao::server
