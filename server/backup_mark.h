// When a server's folder was last backed up, for whoever watches the server.
//
// A small text file beside the folder, <data_dir>.backup, replaced in one step by each backup that
// is whole and without a damaged file. Says nothing of whether that backup still exists. Any
// thread. Errors: those of files.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace dudao::server {

std::string BackupMarkPath(const std::string& data_dir);
absl::Status WriteBackupMark(const std::string& data_dir, int64_t begun_ms);
// 0 where there is none, or none that can be read.
int64_t LastBackupMs(const std::string& data_dir);

}  // namespace dudao::server
