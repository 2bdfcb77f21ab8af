#include "people_desk.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "dudao/domain/people_list.h"
#include "dudao/domain/temp_number.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "paging.h"
#include "people_records.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using trust::v1::ControlBody;
using trust::v1::PersonRule;

constexpr int kRowsUsual = 100;
constexpr int kRowsMost = 500;
constexpr size_t kIdBytesMost = 64;

bool IsPersonId(const std::string& id) {
  return !id.empty() && id.size() <= kIdBytesMost && id != "system" && id != "server" &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' ||
                  c == '_';
         });
}

bool IsActiveAdmin(const PersonRule& rule) {
  return rule.active() && rule.role() == records::v1::PERSON_ROLE_ADMIN;
}

bool Same(const PersonRule& a, const PersonRule& b) {
  return a.role() == b.role() && a.team_id() == b.team_id() && a.active() == b.active();
}

ControlBody BodyOf(const PersonRule& rule) {
  ControlBody body;
  *body.mutable_person() = rule;
  return body;
}

void Append(const ControlBody& body, domain::Authority& authority,
            std::vector<ControlBody>& bodies) {
  ApplyBody(body, authority);
  bodies.push_back(body);
}

// Before the person's rule, while the devices are still known as theirs and in use.
void RetireDevices(const std::string& person_id, std::string_view why, domain::Authority& authority,
                   std::vector<ControlBody>& bodies) {
  for (const std::string& id : authority.ActiveDevicesOf(person_id)) {
    ControlBody body;
    *body.mutable_device() = *authority.Device(id);
    body.mutable_device()->set_state(trust::v1::DEVICE_STATE_RETIRED);
    body.mutable_device()->set_reason(std::string(why));
    Append(body, authority, bodies);
  }
}

// After the person's rule: an index that no tablet of the new team has.
absl::Status RenumberDevices(const PersonRule& rule, domain::Authority& authority,
                             std::vector<ControlBody>& bodies) {
  for (const std::string& id : authority.ActiveDevicesOf(rule.person_id())) {
    const auto index = rule.team_id().empty() ? std::optional<uint32_t>(0)
                                              : authority.FreeTabletIndex(rule.team_id());
    if (!index) return Error(absl::StatusCode::kFailedPrecondition, "TEAM_FULL");
    ControlBody body;
    *body.mutable_device() = *authority.Device(id);
    body.mutable_device()->set_tablet_index(*index);
    Append(body, authority, bodies);
  }
  return absl::OkStatus();
}

}  // namespace

void ApplyBody(const ControlBody& body, domain::Authority& authority) {
  trust::v1::ControlEntry entry;
  entry.set_position(authority.position() + 1);
  entry.set_body(body.SerializeAsString());
  authority.Apply(entry);
}

absl::Status CheckPersonRule(const PersonRule& rule) {
  const auto invalid = [](std::string_view what) {
    return Error(absl::StatusCode::kInvalidArgument, "PERSON_INVALID", what);
  };
  if (!IsPersonId(rule.person_id())) return invalid("person_id");
  if (rule.role() <= records::v1::PERSON_ROLE_UNSPECIFIED ||
      rule.role() > records::v1::PersonRole_MAX)
    return invalid("role");
  // Of inspectors the team; of a reporter the unit that they answer for; of the office nothing.
  bool team_fits = rule.team_id().empty();
  if (IsInspector(rule.role()))
    team_fits = rule.team_id() != kLeadersTeam &&
                domain::FormatTempNumber({rule.team_id(), 1, 1, 1, 0}).ok();
  if (rule.role() == records::v1::PERSON_ROLE_REPORTER)
    team_fits = team_fits || domain::IsUnitName(rule.team_id());
  return team_fits ? absl::OkStatus() : invalid("team_id");
}

absl::StatusOr<std::vector<ControlBody>> PersonChange(const domain::Authority& authority,
                                                      const PersonRule& rule,
                                                      std::string_view why) {
  const PersonRule* known = authority.Person(rule.person_id());
  std::vector<ControlBody> bodies;
  if (known != nullptr && Same(*known, rule)) return bodies;
  if (known != nullptr && IsActiveAdmin(*known) && !IsActiveAdmin(rule)) {
    const auto people = authority.People();
    const bool another = std::any_of(people.begin(), people.end(), [&](const PersonRule& other) {
      return IsActiveAdmin(other) && other.person_id() != rule.person_id();
    });
    if (!another) return Error(absl::StatusCode::kFailedPrecondition, "LAST_ADMIN");
  }
  const std::string team_before = known != nullptr ? known->team_id() : rule.team_id();
  domain::Authority next = authority;
  if (!rule.active()) RetireDevices(rule.person_id(), why, next, bodies);
  Append(BodyOf(rule), next, bodies);
  if (rule.active() && rule.team_id() != team_before)
    DUDAO_TRY(RenumberDevices(rule, next, bodies));
  return bodies;
}

absl::StatusOr<bool> PeopleDesk::Apply(const Call& call, const PersonRule& rule,
                                       std::string_view why) {
  DUDAO_TRY(CheckPersonRule(rule));
  DUDAO_ASSIGN(const auto entries, control_.Decide(
                                       [&](const domain::Authority& authority) {
                                         return PersonChange(authority, rule, why);
                                       },
                                       call.principal.person_id, call.wall_ms));
  if (!rule.active()) {
    DUDAO_TRY(sessions_.EndAllOf(rule.person_id()));
    DUDAO_TRY(devices_.DropCodesOf(rule.person_id()));
  }
  return !entries.empty();
}

absl::StatusOr<admin::v1::SetPersonResponse> PeopleDesk::SetPerson(
    const Call& call, const admin::v1::SetPersonRequest& request) {
  PersonRule rule;
  rule.set_person_id(request.person_id());
  rule.set_role(request.role());
  rule.set_team_id(request.team_id());
  rule.set_active(request.active());
  DUDAO_ASSIGN(const bool decided, Apply(call, rule, "the person was set inactive"));
  DUDAO_ASSIGN(records::v1::Person person, LoadPerson(spaces_, request.person_id()));
  person.set_person_id(request.person_id());
  person.set_role(request.role());
  person.set_team_id(request.team_id());
  person.set_active(request.active());
  if (!request.name().empty()) person.set_name(request.name());
  if (!request.home_department().empty()) person.set_home_department(request.home_department());
  DUDAO_ASSIGN(const bool saved, SaveRecord(spaces_, after_, call, request.person_id(), person));
  admin::v1::SetPersonResponse response;
  response.set_changed(decided || saved);
  return response;
}

absl::StatusOr<admin::v1::ResetPasswordResponse> PeopleDesk::ResetPassword(
    const Call& call, const admin::v1::ResetPasswordRequest& request) {
  const auto authority = control_.Snapshot();
  const auto* person = authority->Person(request.person_id());
  if (person == nullptr || !person->active())
    return Error(absl::StatusCode::kNotFound, "PERSON_UNKNOWN");
  admin::v1::ResetPasswordResponse response;
  response.set_password(People::RandomPassword());
  DUDAO_TRY(people_.SetPassword(request.person_id(), response.password(), true));
  DUDAO_TRY(sessions_.EndAllOf(request.person_id()));
  DUDAO_TRY(access_.Append(call.principal.person_id, kPasswordReset, request.person_id()));
  return response;
}

absl::StatusOr<admin::v1::ListPeopleResponse> PeopleDesk::ListPeople(
    const Call& call, const admin::v1::ListPeopleRequest& request) {
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string after, tokens_.Position(bound, request.page_token()));
  const int size = PageSize(request.page_size(), kRowsUsual, kRowsMost);
  DUDAO_ASSIGN(const auto records, LoadPeople(spaces_));
  const auto authority = control_.Snapshot();
  admin::v1::ListPeopleResponse response;
  for (const PersonRule& rule : authority->People()) {
    if (rule.person_id() <= after) continue;
    if (response.rows_size() == size) {
      response.set_next_page_token(tokens_.PageToken(bound, response.rows(size - 1).person_id()));
      break;
    }
    admin::v1::PersonRow& row = *response.add_rows();
    row.set_person_id(rule.person_id());
    const auto record = records.find(rule.person_id());
    if (record != records.end()) row.set_name(record->second.name());
    row.set_role(rule.role());
    row.set_team_id(rule.team_id());
    row.set_active(rule.active());
    const People::State state = people_.StateOf(rule.person_id());
    row.set_has_password(state.has_password);
    row.set_locked_until_ms(state.locked_until_ms > call.wall_ms ? state.locked_until_ms : 0);
    row.set_last_sign_in_ms(state.last_sign_in_ms);
    for (const std::string& id : authority->ActiveDevicesOf(rule.person_id()))
      row.add_device_ids(id);
  }
  return response;
}

absl::StatusOr<std::string> PeopleDesk::SetUpAdministrator(const FirstAdministrator& admin,
                                                           int64_t wall_ms) {
  const auto authority = control_.Snapshot();
  for (const PersonRule& rule : authority->People()) {
    const bool other = IsActiveAdmin(rule) && rule.person_id() != admin.person_id;
    if (other && people_.StateOf(rule.person_id()).has_password)
      return Error(absl::StatusCode::kFailedPrecondition, "ALREADY_SET_UP", rule.person_id());
  }
  const bool drawn = admin.password.empty();
  const std::string password = drawn ? People::RandomPassword() : admin.password;
  DUDAO_TRY(CheckPasswordRules(admin.person_id, password));
  Call call;
  call.principal.person_id = "system";
  call.wall_ms = wall_ms;
  admin::v1::SetPersonRequest request;
  request.set_person_id(admin.person_id);
  request.set_name(admin.name);
  request.set_role(records::v1::PERSON_ROLE_ADMIN);
  request.set_active(true);
  DUDAO_TRY(SetPerson(call, request).status());
  DUDAO_TRY(people_.SetPassword(admin.person_id, password, drawn));
  DUDAO_TRY(sessions_.EndAllOf(admin.person_id));
  DUDAO_TRY(access_.Append("system", kPasswordReset, admin.person_id));
  return password;
}

}  // namespace dudao::server
