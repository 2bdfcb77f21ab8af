// Copying files durably and with their hash, for backups and restores.
//
// Any thread. Errors: RESOURCE_EXHAUSTED (STORAGE_FULL), UNAVAILABLE (STORAGE_BUSY), NOT_FOUND
// (ARCHIVE_FILE_MISSING). Durability: a copy that returned OK survives power loss once the folder
// that holds it was synced.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/store/database.h"

namespace dudao::server {

struct Copied {
  int64_t bytes = 0;
  std::string sha256;  // hex
};
// Makes `to` and the folders above it; what stood there is replaced.
absl::StatusOr<Copied> CopyFile(const std::string& from, const std::string& to);
// The same with nothing under the name `to` until all of it is there.
absl::StatusOr<Copied> CopyFileInOneStep(const std::string& from, const std::string& to);

// A database of a server's folder or of a backup, whoever else has it open.
absl::StatusOr<std::unique_ptr<sync::Database>> OpenToRead(const std::string& path);

// ab/cd/<hash>, as the server keeps its files.
std::string BlobPlace(const std::string& hex);
// Hashes (hex) of the complete files that a blobs.db names, each once, in order.
absl::StatusOr<std::vector<std::string>> BlobsNamedIn(const std::string& blobs_db);

// Everything below `folder`, by path within it, in order. Without folders.
absl::StatusOr<std::vector<std::string>> FilesBelow(const std::string& folder);
// Syncs every folder from `folder` down.
absl::Status SyncTree(const std::string& folder);
absl::Status RemoveTree(const std::string& folder);
// fs::rename that survives power loss. REQUIRES: the same folder above both.
absl::Status RenameDurably(const std::string& from, const std::string& to);

// Without a slash at its end.
std::string NormalFolder(const std::string& folder);

}  // namespace dudao::server
