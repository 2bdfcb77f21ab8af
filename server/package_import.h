// Takes in packages: what a tablet could not deliver itself, brought by hand.
//
// A package is opened with the server's sealing key, checked against the key of the device that
// made it, and judged as an upload from that device would be; that of a lost or handed-over device
// lands aside, to be released. It comes in one piece or in parts, which are kept in a folder until
// the last. Taking in the same package again changes nothing. Thread-safe. Errors: INVALID_ARGUMENT
// (PACKAGE_DAMAGED, PACKAGE_OFFSET), RESOURCE_EXHAUSTED (PACKAGE_TOO_LARGE), UNAUTHENTICATED
// (DEVICE_UNKNOWN, PROOF_INVALID, PROOF_MISSING), PERMISSION_DENIED (REPLICA_FOREIGN), NOT_FOUND
// (SPACE_UNKNOWN), and the storage's. Durability: what was answered survives power loss; after an
// error a part of the package may be stored, and repeating it stores the rest.
#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "blob_store.h"
#include "call.h"
#include "dudao/admin/v1/admin.pb.h"
#include "exchange.h"
#include "server_key.h"

namespace dudao::server {

inline constexpr size_t kPackagePartMax = 4 << 20;
inline constexpr int64_t kPackageBytesMax = 256 << 20;

class PackageImport {
 public:
  // `folder`: for parts; created when needed.
  PackageImport(const Exchange::Parts& parts, BlobStore& blobs, const ServerKey& key,
                std::string folder)
      : parts_(parts),
        alarm_(parts.access, parts.log),
        blobs_(blobs),
        key_(key),
        folder_(std::move(folder)) {}

  absl::StatusOr<admin::v1::ImportPackageResponse> Import(
      const Call& call, const admin::v1::ImportPackageRequest& request);

 private:
  using Response = admin::v1::ImportPackageResponse;
  // The whole package, once its last part is here.
  absl::StatusOr<std::string> Assemble(const Call& call,
                                       const admin::v1::ImportPackageRequest& request);
  absl::StatusOr<trust::v1::PackageBody> OpenBody(std::string box);
  absl::Status TakeSpace(const Call& call, const std::string& device_id,
                         const trust::v1::PackageSpace& part, Response& response);
  absl::Status TakeFile(const trust::v1::PackageBody& body, const trust::v1::PackageBlob& file,
                        Response& response);

  const Exchange::Parts parts_;
  UploadAlarm alarm_;
  BlobStore& blobs_;
  const ServerKey& key_;
  const std::string folder_;
  absl::Mutex mutex_;  // of the folder of parts
};

}  // namespace dudao::server
