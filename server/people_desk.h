// People: who they are, what they may do, their passwords, and handing over.
//
// The control log is written first: it decides. Reference data (names, departments) follows and is
// for display. Thread-safe. Errors: INVALID_ARGUMENT (PERSON_INVALID), NOT_FOUND (PERSON_UNKNOWN),
// FAILED_PRECONDITION (LAST_ADMIN, TEAM_FULL, ALREADY_SET_UP), and the storage's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access_log.h"
#include "call.h"
#include "control_log.h"
#include "devices.h"
#include "dudao/admin/v1/admin.pb.h"
#include "dudao/server/server.h"
#include "people.h"
#include "sessions.h"
#include "spaces.h"
#include "token.h"
#include "write_back.h"

namespace dudao::server {

// OK where a person can have this rule.
absl::Status CheckPersonRule(const trust::v1::PersonRule& rule);
// The entries that make the rule hold: none where it does already. A change of the team gives the
// person's tablets new indexes; leaving retires them. LAST_ADMIN, TEAM_FULL.
absl::StatusOr<std::vector<trust::v1::ControlBody>> PersonChange(const domain::Authority& authority,
                                                                 const trust::v1::PersonRule& rule,
                                                                 std::string_view why);

// Takes a body as if it were the next entry: for reckoning with several at once.
void ApplyBody(const trust::v1::ControlBody& body, domain::Authority& authority);

class PeopleDesk {
 public:
  PeopleDesk(ControlLog& control, People& people, Sessions& sessions, Devices& devices,
             Spaces& spaces, WriteBack& after, AccessLog& access, const TokenSigner& tokens)
      : control_(control),
        people_(people),
        sessions_(sessions),
        devices_(devices),
        spaces_(spaces),
        after_(after),
        access_(access),
        tokens_(tokens) {}

  absl::StatusOr<admin::v1::SetPersonResponse> SetPerson(
      const Call& call, const admin::v1::SetPersonRequest& request);
  absl::StatusOr<admin::v1::ResetPasswordResponse> ResetPassword(
      const Call& call, const admin::v1::ResetPasswordRequest& request);
  absl::StatusOr<admin::v1::ListPeopleResponse> ListPeople(
      const Call& call, const admin::v1::ListPeopleRequest& request);
  absl::StatusOr<admin::v1::HandOverPersonResponse> HandOverPerson(
      const Call& call, const admin::v1::HandOverPersonRequest& request);

  // Offline: see dudao/server/server.h.
  absl::StatusOr<std::string> SetUpAdministrator(const FirstAdministrator& admin, int64_t wall_ms);

 private:
  // True where anything differed.
  absl::StatusOr<bool> Apply(const Call& call, const trust::v1::PersonRule& rule,
                             std::string_view why);
  // Drafts of theirs in one space become tasks of the team.
  absl::Status HandOverIn(const Call& call, const admin::v1::HandOverPersonRequest& request,
                          Space& space, admin::v1::HandOverPersonResponse& response);
  // Whoever led the team has left.
  absl::Status HandOverLead(const Call& call, const std::string& team_id,
                            const admin::v1::HandOverPersonRequest& request);

  ControlLog& control_;
  People& people_;
  Sessions& sessions_;
  Devices& devices_;
  Spaces& spaces_;
  WriteBack& after_;
  AccessLog& access_;
  const TokenSigner& tokens_;
};

}  // namespace dudao::server
