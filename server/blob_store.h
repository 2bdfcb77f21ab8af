// Files by content: <folder>/ab/cd/<sha256>, unfinished ones beside them as <sha256>.<space>.part;
// what belongs to which space in blobs.db.
//
// A file is readable through a space that it was sent to: who may read the space may read the file.
// A space's first upload always sends all bytes, so that nobody gets a file by knowing its hash.
// Partial files survive restarts. Thread-safe. Durability: what Put answered survives power loss.
// Errors: INVALID_ARGUMENT (HASH_INVALID, BLOB_OFFSET, BLOB_HASH_MISMATCH, BLOB_TOO_LARGE,
// BLOB_SIZE_CHANGED), NOT_FOUND (BLOB_UNKNOWN), RESOURCE_EXHAUSTED (STORAGE_FULL), DATA_LOSS
// (STORAGE_DAMAGED).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dudao/blob/v1/blob.pb.h"
#include "dudao/sync/store/database.h"

namespace dudao::server {

class BlobStore {
 public:
  // Creates what is absent in `folder`; `bytes_max` is the largest file accepted.
  static absl::StatusOr<std::unique_ptr<BlobStore>> Open(const std::string& folder,
                                                         int64_t bytes_max);

  absl::StatusOr<blob::v1::StatBlobResponse> Stat(const blob::v1::StatBlobRequest& request);
  absl::StatusOr<blob::v1::PutChunkResponse> Put(const blob::v1::PutChunkRequest& request);
  absl::StatusOr<blob::v1::GetChunkResponse> Get(const blob::v1::GetChunkRequest& request);
  absl::StatusOr<blob::v1::ListMissingBlobsResponse> Missing(
      const blob::v1::ListMissingBlobsRequest& request);

  struct Totals {
    int64_t count = 0;
    int64_t bytes = 0;           // of complete files
    int64_t database_bytes = 0;  // of blobs.db
  };
  absl::StatusOr<Totals> Count();
  absl::Status Checkpoint();

 private:
  BlobStore(std::string folder, int64_t bytes_max)
      : folder_(std::move(folder)), bytes_max_(bytes_max) {}

  struct Known {
    bool complete = false;
    int64_t total = 0;
    std::string media_type;
  };
  std::string PathOf(std::string_view sha256) const;
  std::string PartOf(std::string_view space, std::string_view sha256) const;
  absl::StatusOr<Known> Find(std::string_view space, std::string_view sha256)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Begin(const blob::v1::PutChunkRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Append(const blob::v1::PutChunkRequest& request, int64_t held)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Finish(std::string_view space, std::string_view sha256)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string folder_;
  const int64_t bytes_max_;
  absl::Mutex mutex_;
  std::unique_ptr<sync::Database> db_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
