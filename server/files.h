// Random bytes from the operating system, and folders and small files written safely.
//
// Any thread. Errors: UNAVAILABLE or RESOURCE_EXHAUSTED from the file system.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dudao::server {

std::string RandomBytes(size_t count);

// STORAGE_FULL for a full disk or quota, else STORAGE_BUSY; `what` names the file for the log.
absl::Status FileError(int error_number, const std::string& what);
// Creates the folder and those above it.
absl::Status MakeFolder(const std::string& path);
// Makes the entries of a folder durable.
absl::Status SyncFolder(const std::string& path);
// Nothing but "" for a file that is not there.
absl::StatusOr<std::string> ReadFile(const std::string& path);
// Replaces the file in one durable step.
absl::Status WriteFile(const std::string& path, const std::string& content);
// 0 for a file that is not there.
int64_t FileBytes(const std::string& path);

}  // namespace dudao::server
