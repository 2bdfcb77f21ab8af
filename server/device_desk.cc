#include "device_desk.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"
#include "files.h"
#include "qr_code.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using trust::v1::ControlBody;
using trust::v1::DeviceRule;

constexpr int kValidMinutesUsual = 30;
constexpr int kValidMinutesMost = 10'080;
constexpr int64_t kMinuteMs = 60'000;
constexpr size_t kDeviceIdBytes = 8;
constexpr size_t kNameBytesMax = 120;
constexpr size_t kReasonBytesMax = 1000;
constexpr size_t kAddressBytesMax = 255;

absl::Status KeyUnfit() { return Error(absl::StatusCode::kInvalidArgument, "KEY_UNFIT"); }

absl::Status CheckPossession(sync::Suite suite, const std::string& key, std::string_view context,
                             const std::string& possession) {
  const bool holds = sync::CheckPublicKey(suite, key).ok() &&
                     sync::Verify(suite, key, sync::EnrolStatement(context, key), possession);
  return holds ? absl::OkStatus() : KeyUnfit();
}

// One key, one device: whoever has somebody else's key is not that device.
bool KeyIsTaken(const domain::Authority& authority, const std::string& key,
                std::string_view device_id) {
  const auto devices = authority.Devices();
  return std::any_of(devices.begin(), devices.end(), [&](const DeviceRule& rule) {
    return rule.public_key() == key && rule.device_id() != device_id;
  });
}

bool IsAddress(const std::string& address) {
  return address.size() <= kAddressBytesMax && address.find(':') != std::string::npos &&
         std::all_of(address.begin(), address.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' ||
                  c == ':' || c == '[' || c == ']';
         });
}

std::string InGroups(const std::string& code) {
  return absl::StrCat(code.substr(0, 4), "-", code.substr(4, 4), "-", code.substr(8));
}

absl::StatusOr<uint32_t> IndexFor(const domain::Authority& authority,
                                  const trust::v1::PersonRule& person) {
  if (person.team_id().empty()) return 0;
  const auto index = authority.FreeTabletIndex(person.team_id());
  if (!index) return Error(absl::StatusCode::kFailedPrecondition, "TEAM_FULL");
  return *index;
}

}  // namespace

absl::StatusOr<DeviceRule> DeviceDesk::Admit(const Call& call, const std::string& code,
                                             const identity::v1::EnrolRequest& request) {
  const std::string& key = request.public_key();
  DUDAO_ASSIGN(auto enrolment, devices_.FindCode(code, key, call.wall_ms));
  const auto snapshot = control_.Snapshot();
  if (enrolment.device_id.empty()) {
    if (KeyIsTaken(*snapshot, key, "")) return KeyUnfit();
    const auto* person = snapshot->Person(enrolment.person_id);
    if (person != nullptr) DUDAO_TRY(IndexFor(*snapshot, *person).status());
    enrolment.device_id = absl::StrCat("d-", absl::BytesToHexString(RandomBytes(kDeviceIdBytes)));
    DUDAO_ASSIGN(const bool used, devices_.UseCode(code, key, enrolment.device_id));
    // Somebody was faster; with this key, if the same request came twice.
    if (!used) {
      DUDAO_ASSIGN(enrolment, devices_.FindCode(code, key, call.wall_ms));
    }
  }
  DeviceRule rule;
  const auto admit =
      [&](const domain::Authority& authority) -> absl::StatusOr<std::vector<ControlBody>> {
    const auto* person = authority.Person(enrolment.person_id);
    if (person == nullptr || !person->active())
      return Error(absl::StatusCode::kPermissionDenied, "ENROLMENT_CODE_WRONG");
    const auto* known = authority.Device(enrolment.device_id);
    if (known != nullptr) {
      rule = *known;
      return std::vector<ControlBody>();
    }
    DUDAO_ASSIGN(const uint32_t index, IndexFor(authority, *person));
    rule.set_device_id(enrolment.device_id);
    rule.set_person_id(enrolment.person_id);
    rule.set_state(trust::v1::DEVICE_STATE_ACTIVE);
    rule.set_key(1);
    rule.set_suite(request.suite());
    rule.set_public_key(key);
    rule.set_tablet_index(index);
    ControlBody body;
    *body.mutable_device() = rule;
    return std::vector<ControlBody>{body};
  };
  DUDAO_ASSIGN(const auto entries, control_.Decide(admit, enrolment.person_id, call.wall_ms));
  if (!entries.empty()) {
    const std::string name = Utf8(request.device_name().substr(0, kNameBytesMax));
    DUDAO_TRY(devices_.Put(rule.device_id(), name, call.wall_ms));
    DUDAO_TRY(access_.Append(rule.device_id(), kEnrolled, rule.person_id()));
  }
  return rule;
}

absl::StatusOr<identity::v1::EnrolResponse> DeviceDesk::Enrol(
    const Call& call, const identity::v1::EnrolRequest& request) {
  if (!wrong_codes_.MayTry(call.peer, call.wall_ms))
    return Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED");
  const std::string code = sync::CanonicalCode(request.code());
  // Before the code is looked at, so that the answer says nothing about it.
  DUDAO_TRY(CheckPossession(request.suite(), request.public_key(), code, request.possession()));
  auto rule = Admit(call, code, request);
  if (absl::IsPermissionDenied(rule.status())) {
    wrong_codes_.Failed(call.peer, call.wall_ms);
    access_.AppendRefusal("unknown", kEnrolFailed, ReasonOf(rule.status()));
  }
  if (!rule.ok()) return rule.status();
  return Welcome(call, *rule);
}

absl::StatusOr<identity::v1::EnrolResponse> DeviceDesk::Welcome(const Call& call,
                                                                const DeviceRule& rule) {
  const auto authority = control_.Snapshot();
  const auto* person = authority->Person(rule.person_id());
  if (person == nullptr) return Error(absl::StatusCode::kInternal, "INTERNAL", "nobody's device");
  identity::v1::EnrolResponse response;
  response.set_device_id(rule.device_id());
  response.set_key(rule.key());
  response.set_person_id(rule.person_id());
  response.set_role(person->role());
  response.set_team_id(person->team_id());
  response.set_tablet_index(rule.tablet_index());
  const auto spaces = authority->SpacesOf(*person);
  const bool office = std::find(spaces.begin(), spaces.end(), kOfficeSpace) != spaces.end();
  if (office) response.add_spaces(kOfficeSpace);
  for (const std::string& space : spaces) {
    if (space != kOfficeSpace) response.add_spaces(space);
  }
  DUDAO_ASSIGN(auto entries, control_.EntriesAfter(0, authority->position()));
  for (auto& entry : entries) *response.add_control() = std::move(entry);
  response.set_server_time_ms(call.wall_ms);
  return response;
}

absl::StatusOr<identity::v1::RotateKeyResponse> DeviceDesk::RotateKey(
    const Call& call, const identity::v1::RotateKeyRequest& request) {
  const std::string& device_id = call.principal.device_id;
  DUDAO_TRY(
      CheckPossession(request.suite(), request.public_key(), device_id, request.possession()));
  DeviceRule rule;
  const auto rotate =
      [&](const domain::Authority& authority) -> absl::StatusOr<std::vector<ControlBody>> {
    const auto* known = authority.Device(device_id);
    if (known == nullptr || known->state() != trust::v1::DEVICE_STATE_ACTIVE ||
        KeyIsTaken(authority, request.public_key(), device_id))
      return KeyUnfit();
    rule = *known;
    // The answer to the first call was lost.
    if (rule.public_key() == request.public_key()) return std::vector<ControlBody>();
    rule.set_key(rule.key() + 1);
    rule.set_suite(request.suite());
    rule.set_public_key(request.public_key());
    ControlBody body;
    *body.mutable_device() = rule;
    return std::vector<ControlBody>{body};
  };
  DUDAO_ASSIGN(const auto entries, control_.Decide(rotate, call.principal.person_id, call.wall_ms));
  if (!entries.empty()) DUDAO_TRY(access_.Append(device_id, kKeyRotated, ""));
  identity::v1::RotateKeyResponse response;
  response.set_key(rule.key());
  return response;
}

absl::StatusOr<admin::v1::CreateEnrolmentResponse> DeviceDesk::CreateEnrolment(
    const Call& call, const admin::v1::CreateEnrolmentRequest& request) {
  const auto authority = control_.Snapshot();
  const auto* person = authority->Person(request.person_id());
  if (person == nullptr || !person->active())
    return Error(absl::StatusCode::kNotFound, "PERSON_UNKNOWN");
  DUDAO_TRY(IndexFor(*authority, *person).status());
  const std::string address = request.server().empty() ? address_.address : request.server();
  if (address.empty()) return Error(absl::StatusCode::kFailedPrecondition, "ADDRESS_UNKNOWN");
  if (!IsAddress(address))
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "server is no host:port");
  if (request.valid_minutes() < 0 || request.valid_minutes() > kValidMinutesMost)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "valid_minutes");
  const int minutes = request.valid_minutes() == 0 ? kValidMinutesUsual : request.valid_minutes();
  admin::v1::CreateEnrolmentResponse response;
  response.set_expires_ms(call.wall_ms + minutes * kMinuteMs);
  DUDAO_ASSIGN(const std::string code,
               devices_.MakeCode(request.person_id(), response.expires_ms(), call.wall_ms));
  response.set_code(InGroups(code));
  std::string uri =
      absl::StrCat("dudao://enrol?s=", address, "&c=", code, "&k=", key_.Fingerprint());
  if (!address_.certificate.empty()) absl::StrAppend(&uri, "&t=", address_.certificate);
  DUDAO_ASSIGN(auto pictures, DrawQr(uri));
  response.set_uri(uri);
  response.set_qr_svg(std::move(pictures.svg));
  response.set_qr_text(std::move(pictures.text));
  DUDAO_TRY(access_.Append(call.principal.person_id, kEnrolmentMade, request.person_id()));
  return response;
}

absl::StatusOr<admin::v1::RevokeDeviceResponse> DeviceDesk::RevokeDevice(
    const Call& call, const admin::v1::RevokeDeviceRequest& request) {
  DeviceRule rule;
  const auto revoke =
      [&](const domain::Authority& authority) -> absl::StatusOr<std::vector<ControlBody>> {
    const auto* known = authority.Device(request.device_id());
    if (known == nullptr) return Error(absl::StatusCode::kNotFound, "DEVICE_UNKNOWN");
    rule = *known;
    if (rule.state() == trust::v1::DEVICE_STATE_REVOKED) return std::vector<ControlBody>();
    rule.set_state(trust::v1::DEVICE_STATE_REVOKED);
    rule.set_reason(Utf8(request.reason().substr(0, kReasonBytesMax)));
    ControlBody body;
    *body.mutable_device() = rule;
    return std::vector<ControlBody>{body};
  };
  DUDAO_TRY(control_.Decide(revoke, call.principal.person_id, call.wall_ms).status());
  admin::v1::RevokeDeviceResponse response;
  response.set_control_position(control_.Snapshot()->DeviceSince(request.device_id()));
  std::vector<admin::v1::MissingFile> missing;
  DUDAO_ASSIGN(*response.mutable_device(), RowOf(rule, &missing));
  for (auto& file : missing) *response.add_missing_files() = std::move(file);
  return response;
}

}  // namespace dudao::server
