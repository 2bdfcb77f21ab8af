// Whether the disk has room, so that uploads are refused in time and reading goes on.
//
// SQLite on a full disk fails in the middle of a write, and even reading wants a little room for
// its index of the write-ahead log. So a reserve is kept: below it, what would add data is refused
// with DISK_LOW and everything else works. Below a higher mark it only warns. Does not: free
// anything. Asks the file system at most once a second; bytes admitted since are counted as gone.
// Thread-safe. Where the file system does not answer, nothing is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

struct DiskMarks {
  int64_t refuse_below_bytes = int64_t{512} << 20;
  int64_t warn_below_bytes = int64_t{4} << 30;
};

struct DiskSpace {
  int64_t free_bytes = 0;  // for this process's user
  int64_t total_bytes = 0;
};

enum class DiskLevel : uint8_t { kEnough = 0, kWarn = 1, kLow = 2 };

class DiskWatch {
 public:
  using Probe = std::function<std::optional<DiskSpace>()>;
  // `changed`, if given, hears of every new level, from the thread that noticed it.
  DiskWatch(DiskMarks marks, Probe probe,
            std::function<void(DiskLevel, DiskSpace)> changed = nullptr)
      : marks_(marks), probe_(std::move(probe)), changed_(std::move(changed)) {}

  // OK, or RESOURCE_EXHAUSTED (DISK_LOW) where the reserve would be touched by `bytes` more.
  absl::Status AdmitBytes(uint64_t bytes, int64_t now_ms);
  DiskLevel Level(int64_t now_ms);
  DiskSpace Space(int64_t now_ms);

 private:
  void Look(int64_t now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Looks, and tells of a new level without holding the lock.
  DiskSpace Now(int64_t now_ms, uint64_t bytes, DiskLevel& level);

  const DiskMarks marks_;
  const Probe probe_;
  const std::function<void(DiskLevel, DiskSpace)> changed_;
  absl::Mutex mutex_;
  bool known_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t looked_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  DiskSpace space_ ABSL_GUARDED_BY(mutex_);
  DiskLevel level_ ABSL_GUARDED_BY(mutex_) = DiskLevel::kEnough;
};

// The file system that holds `path`; nothing where it does not say.
std::optional<DiskSpace> SpaceAt(const std::string& path);
// Bytes of the files in a folder and those below it, as they lie on the disk; at most `files_max`
// files are looked at.
int64_t FolderBytes(const std::string& path, size_t files_max = 100000);

}  // namespace dudao::server
