#include "folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "files.h"
#include "reason.h"

namespace dudao::server {

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

absl::Status FolderLock::Take(const std::string& folder, std::string_view taken) {
  fd_ = open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return FileError(errno, "lock");
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) return Error(absl::StatusCode::kUnavailable, taken);
  return absl::OkStatus();
}

}  // namespace dudao::server
