// What the administrator does: spaces, quarantine, the state of the server, checkpoints. Imports
// are imports.h.
//
// Thread-safe. Errors: INVALID_ARGUMENT (REQUEST_INVALID, PAGE_TOKEN_INVALID), FAILED_PRECONDITION
// (SPACE_DIFFERS), and the storage's.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "blob_store.h"
#include "call.h"
#include "counters.h"
#include "dudao/admin/v1/admin.pb.h"
#include "projection.h"
#include "registry.h"
#include "server_key.h"
#include "spaces.h"
#include "token.h"

namespace dudao::server {

class AdminDesk {
 public:
  AdminDesk(Spaces& spaces, Registry& registry, BlobStore& blobs, Projection& projection,
            const TokenSigner& tokens, const Counters& counters, const ServerKey& key,
            std::string data_dir, int64_t started_ms)
      : spaces_(spaces),
        registry_(registry),
        blobs_(blobs),
        projection_(projection),
        tokens_(tokens),
        counters_(counters),
        key_(key),
        data_dir_(std::move(data_dir)),
        started_ms_(started_ms) {}

  // Memory held now is what the server holds without any call.
  void RememberBaseMemory();

  absl::StatusOr<admin::v1::CreateSpaceResponse> CreateSpace(
      const Call& call, const admin::v1::CreateSpaceRequest& request);
  absl::StatusOr<admin::v1::ListSpacesResponse> ListSpaces(
      const Call& call, const admin::v1::ListSpacesRequest& request);
  absl::StatusOr<admin::v1::ListQuarantineResponse> ListQuarantine(
      const Call& call, const admin::v1::ListQuarantineRequest& request);
  absl::StatusOr<admin::v1::GetServerInfoResponse> GetServerInfo(
      const Call& call, const admin::v1::GetServerInfoRequest& request);
  absl::StatusOr<admin::v1::CheckpointResponse> Checkpoint(
      const Call& call, const admin::v1::CheckpointRequest& request);

  // Writes everything back; also at shutdown.
  absl::Status CheckpointAll();
  // Of all databases with their write-ahead logs.
  absl::StatusOr<uint64_t> StoredBytes();

 private:
  Spaces& spaces_;
  Registry& registry_;
  BlobStore& blobs_;
  Projection& projection_;
  const TokenSigner& tokens_;
  const Counters& counters_;
  const ServerKey& key_;
  const std::string data_dir_;
  const int64_t started_ms_;
  uint64_t base_memory_ = 0;  // set once, before the first call
};

}  // namespace dudao::server
