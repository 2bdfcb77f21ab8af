// Who this tablet is: enrolment, PIN, delivery report, packages.
#include "absl/strings/str_cat.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/sealing.h"
#include "package_writer.h"
#include "schema.h"
#include "tables.h"

namespace dudao::client {
namespace {

constexpr char kRevokedSetting[] = "revoked";
constexpr size_t kPinCharsMin = 6;
constexpr size_t kPinCharsMax = 64;
constexpr uint32_t kPinTriesMax = 100;

// Characters, not bytes.
size_t CountChars(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<uint8_t>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

}  // namespace

absl::StatusOr<bool> Core::HasUnsentWork() {
  for (const auto& [space, store] : spaces_.all()) {
    DUDAO_ASSIGN(const uint64_t changes, store->UnsentChanges(kSyncPeer));
    DUDAO_ASSIGN(const uint64_t files, blobs_.Unsent(space));
    if (changes + files > 0) return true;
  }
  return false;
}

absl::StatusOr<v1::BeginEnrolResponse> Core::BeginEnrol(const v1::BeginEnrolRequest& request) {
  if (request.code().empty() || !IsUtf8(request.device_name()))
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "code or device_name");
  if (trust_.enrolled()) {
    DUDAO_ASSIGN(const bool unsent, HasUnsentWork());
    if (unsent) return Error(absl::StatusCode::kFailedPrecondition, kUnsentWork);
  }
  DUDAO_ASSIGN(v1::PendingEnrolment pending, trust_.Prepare(request.code(), request.suite()));
  EndSession();
  const std::string& name =
      request.device_name().empty() ? options_.device_name : request.device_name();
  DUDAO_ASSIGN(Enrolment enrolment,
               Enrolment::Begin(trust_, std::move(pending), name, next_call_id_));
  enrolment_.emplace(std::move(enrolment));
  return v1::BeginEnrolResponse();
}

absl::Status Core::TakeEnrolment(const std::string& answer) {
  const bool again = trust_.enrolled();
  if (again) {
    DUDAO_ASSIGN(const bool unsent, HasUnsentWork());
    if (unsent) return Error(absl::StatusCode::kFailedPrecondition, kUnsentWork);
  }
  DUDAO_TRY(enrolment_->Adopt(answer));
  // The logs of a device that was another one belong to that one.
  if (again) DUDAO_TRY(spaces_.RenewReplicas());
  for (const std::string& space : trust_.spaces()) DUDAO_TRY(spaces_.Get(space).status());
  DUDAO_TRY(trust_.AddEvent(kEnrolled, ""));
  return SealToOffice();
}

v1::DeliverResponse Core::DeliverToEnrolment(const v1::DeliverRequest& request) {
  v1::DeliverResponse response;
  response.set_known(enrolment_->Expects(request.call_id()));
  std::string answer;
  if (!response.known() || !enrolment_->Deliver(request, &answer)) return response;
  const absl::Status taken = TakeEnrolment(answer);
  enrolment_->End(taken, ReasonOf(taken));
  return response;
}

absl::StatusOr<v1::BeginRotateKeyResponse> Core::BeginRotateKey(
    const v1::BeginRotateKeyRequest& request) {
  if (!trust_.enrolled()) return Error(absl::StatusCode::kFailedPrecondition, kNotEnrolled);
  EndSession();
  DUDAO_ASSIGN(KeyRotation rotation, KeyRotation::Begin(trust_, request.suite(), next_call_id_));
  rotation_.emplace(std::move(rotation));
  return v1::BeginRotateKeyResponse();
}

absl::StatusOr<v1::DeliverResponse> Core::DeliverToRotation(const v1::DeliverRequest& request) {
  v1::DeliverResponse response;
  response.set_known(rotation_->Expects(request.call_id()));
  if (!response.known()) return response;
  DUDAO_TRY(rotation_->Deliver(request));
  if (rotation_->rotated()) DUDAO_TRY(trust_.AddEvent(kKeyRotated, ""));
  return response;
}

absl::Status Core::SealToOffice() {
  const trust::v1::ServerKey* office = trust_.control().chain().newest_key();
  if (!trust_.enrolled() || office == nullptr) return absl::OkStatus();
  return vault_.SealToOffice(key_, *office);
}

// `proven`: by an entry that an error brought; else the log that is held decides.
absl::Status Core::CheckRevoked(bool proven) {
  DUDAO_ASSIGN(const auto noted, LoadSetting(*db_, kRevokedSetting));
  const bool revoked = proven || noted || trust_.state() == trust::v1::DEVICE_STATE_REVOKED;
  if (!revoked) return absl::OkStatus();
  usable_ =
      vault_.used() ? KeyDestroyed() : Error(absl::StatusCode::kFailedPrecondition, kDeviceRevoked);
  // Should the vault not be writable now, the next start tries again.
  if (!noted) DUDAO_TRY(SaveSetting(*db_, kRevokedSetting, "1"));
  return vault_.Destroy(v1::KEY_DESTRUCTION_REVOKED);
}

absl::StatusOr<v1::GetIdentityResponse> Core::GetIdentity(const v1::GetIdentityRequest&) {
  v1::GetIdentityResponse response;
  response.set_enrolled(trust_.enrolled());
  response.set_device_id(trust_.identity().device_id());
  response.set_person_id(trust_.person_id());
  response.set_role(Role());
  response.set_team_id(trust_.team_id());
  response.set_tablet_index(static_cast<uint32_t>(trust_.tablet_index()));
  for (const std::string& space : trust_.spaces()) response.add_spaces(space);
  response.set_state(trust_.state());
  if (trust_.enrolled()) {
    response.set_control_position(trust_.control().chain().position());
    response.set_server_fingerprint(trust_.control().chain().fingerprint());
  }
  response.set_has_pin(vault_.has_pin());
  response.set_key(trust_.identity().key());
  response.set_key_changing(trust_.key_change().has_value());
  DUDAO_TRY(trust_.FillEvents(response.mutable_events()));
  return response;
}

absl::Status Core::CheckPinChange(const v1::SetPinRequest& request) {
  if (!vault_.used()) return Error(absl::StatusCode::kFailedPrecondition, kVaultAbsent);
  // Without the office nobody could help after a forgotten PIN.
  if (!vault_.sealed()) return Error(absl::StatusCode::kFailedPrecondition, kNotEnrolled);
  const size_t chars = CountChars(request.new_pin());
  const bool fits = chars == 0 || (chars >= kPinCharsMin && chars <= kPinCharsMax);
  if (!fits || !IsUtf8(request.new_pin()) || request.tries_max() > kPinTriesMax)
    return Error(absl::StatusCode::kInvalidArgument, kPinUnfit);
  return absl::OkStatus();
}

absl::StatusOr<v1::SetPinResponse> Core::SetPin(const v1::SetPinRequest& request) {
  DUDAO_TRY(CheckPinChange(request));
  if (vault_.has_pin()) {
    // Counts as a try like any other: whoever finds the tablet unlocked has no more of them.
    const absl::Status right = vault_.Unlock(request.old_pin()).status();
    if (ReasonOf(right) == kKeyDestroyed) usable_ = right;
    DUDAO_TRY(right);
  }
  DUDAO_TRY(vault_.SetPin(key_, request.new_pin(), request.tries_max()));
  return v1::SetPinResponse();
}

absl::StatusOr<v1::GetDeliveryReportResponse> Core::GetDeliveryReport(
    const v1::GetDeliveryReportRequest& request) {
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(request.space()));
  return delivery_.Report(*store);
}

absl::StatusOr<v1::FreeSpaceResponse> Core::FreeSpace(const v1::FreeSpaceRequest& request) {
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(request.space()));
  DUDAO_ASSIGN(const v1::GetDeliveryReportResponse report, delivery_.Report(*store));
  if (!report.equal()) {
    return Error(absl::StatusCode::kFailedPrecondition, kDeliveryUnproven,
                 ReasonText{report.text_zh(), report.text_en()});
  }
  DUDAO_ASSIGN(const Blobs::Freed freed, blobs_.FreeDelivered(request.space()));
  v1::FreeSpaceResponse response;
  response.set_files(freed.files);
  response.set_bytes(freed.bytes);
  return response;
}

absl::StatusOr<v1::ExportPackageResponse> Core::ExportPackage(
    const v1::ExportPackageRequest& request) {
  return WritePackage({spaces_, blobs_, trust_, options_.seams}, request);
}

}  // namespace dudao::client
