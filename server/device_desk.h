// Tablets: enrolling with a one-time code, new keys, lists, revocation.
//
// Thread-safe. Errors: PERMISSION_DENIED (ENROLMENT_CODE_WRONG), INVALID_ARGUMENT (KEY_UNFIT,
// REQUEST_INVALID), NOT_FOUND (PERSON_UNKNOWN, DEVICE_UNKNOWN), FAILED_PRECONDITION (TEAM_FULL,
// ADDRESS_UNKNOWN), RESOURCE_EXHAUSTED (RATE_LIMITED), and the storage's.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access_log.h"
#include "attempt_limiter.h"
#include "blob_store.h"
#include "call.h"
#include "control_log.h"
#include "devices.h"
#include "dudao/admin/v1/admin.pb.h"
#include "dudao/identity/v1/identity.pb.h"
#include "server_key.h"
#include "spaces.h"
#include "token.h"

namespace dudao::server {

// Where tablets find this server.
struct ServerAddress {
  std::string address;      // host:port; empty where it is not known
  std::string certificate;  // SHA-256 of the certificate to trust, hex; empty in clear text
};

class DeviceDesk {
 public:
  DeviceDesk(ControlLog& control, Devices& devices, Spaces& spaces, BlobStore& blobs,
             AccessLog& access, const ServerKey& key, const TokenSigner& tokens)
      : control_(control),
        devices_(devices),
        spaces_(spaces),
        blobs_(blobs),
        access_(access),
        key_(key),
        tokens_(tokens) {}

  // Before the first call.
  void SetAddress(ServerAddress address) { address_ = std::move(address); }

  absl::StatusOr<identity::v1::EnrolResponse> Enrol(const Call& call,
                                                    const identity::v1::EnrolRequest& request);
  absl::StatusOr<identity::v1::RotateKeyResponse> RotateKey(
      const Call& call, const identity::v1::RotateKeyRequest& request);

  absl::StatusOr<admin::v1::CreateEnrolmentResponse> CreateEnrolment(
      const Call& call, const admin::v1::CreateEnrolmentRequest& request);
  absl::StatusOr<admin::v1::ListDevicesResponse> ListDevices(
      const Call& call, const admin::v1::ListDevicesRequest& request);
  absl::StatusOr<admin::v1::RevokeDeviceResponse> RevokeDevice(
      const Call& call, const admin::v1::RevokeDeviceRequest& request);

 private:
  // The device that the code makes, with this key.
  absl::StatusOr<trust::v1::DeviceRule> Admit(const Call& call, const std::string& code,
                                              const identity::v1::EnrolRequest& request);
  absl::StatusOr<identity::v1::EnrolResponse> Welcome(const Call& call,
                                                      const trust::v1::DeviceRule& rule);
  // Where its logs stand here, and which files are missing (one list for all spaces).
  absl::StatusOr<admin::v1::DeviceRow> RowOf(const trust::v1::DeviceRule& rule,
                                             std::vector<admin::v1::MissingFile>* missing);
  absl::Status AddHeads(const trust::v1::DeviceRule& rule, Space& space, admin::v1::DeviceRow& row);
  absl::StatusOr<std::vector<admin::v1::MissingFile>> MissingFiles(
      const trust::v1::DeviceRule& rule, Space& space);

  ControlLog& control_;
  Devices& devices_;
  Spaces& spaces_;
  BlobStore& blobs_;
  AccessLog& access_;
  const ServerKey& key_;
  const TokenSigner& tokens_;
  ServerAddress address_;
  AttemptLimiter wrong_codes_{10, 60'000};
};

}  // namespace dudao::server
