// How backups lie in their folder, for Backup and Restore.
//
//   <target>/blobs/ab/cd/<sha256>          files, once for all backups
//   <target>/20260921T090000Z/...          one backup: manifest.json and what it lists
//   <target>/20260921T090000Z.partial/     one that did not end; the next backup removes it
//
// Errors are those of archive.h.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dudao::server {

inline constexpr char kPartialSuffix[] = ".partial";
// In a restored folder until the server has noticed: it then takes new replica ids and histories.
inline constexpr char kRestoredMark[] = "new_incarnation";

// Folders below `target` that hold a whole backup, oldest first.
absl::StatusOr<std::vector<std::string>> WholeBackups(const std::string& target);
// Files shared by the backups beside `backup`.
std::string SharedBlobs(const std::string& backup);

}  // namespace dudao::server
