// The list of a backup's files with their hashes: manifest.json, written last. A folder without one
// is no backup.
//
// Errors: DATA_LOSS (BACKUP_INCOMPLETE) for a file that is none, and those of files. Plain data;
// any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "anchor.h"
#include "dudao/sync/store/audit.h"

namespace dudao::server {

inline constexpr char kManifestName[] = "manifest.json";

struct Manifest {
  struct File {
    std::string path;  // within the backup
    int64_t bytes = 0;
    std::string sha256;  // hex
  };
  int64_t time_ms = 0;
  std::vector<File> files;
  // How far the folder was: receipts, control log, number of files.
  Anchor reached;
  // Chain heads by space and replica (hex).
  std::map<std::string, std::map<std::string, sync::SpaceState::Head>> heads;
  // Files whose content was not that of their hash when the backup was made (hex).
  std::vector<std::string> damaged_blobs;
};

absl::StatusOr<Manifest> ReadManifest(const std::string& backup);
absl::Status WriteManifest(const std::string& backup, const Manifest& manifest);
bool HasManifest(const std::string& folder);
// Nothing where all files are there and as they were.
absl::StatusOr<std::optional<sync::AuditBreak>> CheckFiles(const std::string& backup,
                                                           const Manifest& manifest);

}  // namespace dudao::server
