// One process at a time in a folder: a lock on its file `lock`, until destruction or the end of the
// process, however it ends.
//
// Not thread-safe. Errors: UNAVAILABLE with the reason that was given where somebody else holds it,
// and those of files.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dudao::server {

class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // `taken`: the reason that is told where it is held.
  absl::Status Take(const std::string& folder, std::string_view taken);

 private:
  int fd_ = -1;
};

}  // namespace dudao::server
