#include "disk_watch.h"

#include <sys/statvfs.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int64_t kLookEveryMs = 1000;

}  // namespace

void DiskWatch::Look(int64_t now_ms) {
  if (known_ && std::abs(now_ms - looked_ms_) < kLookEveryMs) return;
  looked_ms_ = now_ms;
  const std::optional<DiskSpace> space = probe_();
  known_ = space.has_value();
  if (space) space_ = *space;
}

DiskSpace DiskWatch::Now(int64_t now_ms, uint64_t bytes, DiskLevel& level) {
  DiskSpace space;
  bool told = false;
  {
    absl::MutexLock lock(&mutex_);
    Look(now_ms);
    space = space_;
    level = DiskLevel::kEnough;
    if (known_) {
      const int64_t left = space_.free_bytes - static_cast<int64_t>(bytes);
      if (left < marks_.warn_below_bytes) level = DiskLevel::kWarn;
      if (left < marks_.refuse_below_bytes) level = DiskLevel::kLow;
      if (level != DiskLevel::kLow) space_.free_bytes = left;
    }
    told = level != level_;
    level_ = level;
  }
  if (told && changed_) changed_(level, space);
  return space;
}

absl::Status DiskWatch::AdmitBytes(uint64_t bytes, int64_t now_ms) {
  DiskLevel level = DiskLevel::kEnough;
  const DiskSpace space = Now(now_ms, bytes, level);
  if (level != DiskLevel::kLow) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, "DISK_LOW",
               absl::StrCat(space.free_bytes >> 20, " MiB free"));
}

DiskLevel DiskWatch::Level(int64_t now_ms) {
  DiskLevel level = DiskLevel::kEnough;
  Now(now_ms, 0, level);
  return level;
}

DiskSpace DiskWatch::Space(int64_t now_ms) {
  DiskLevel level = DiskLevel::kEnough;
  return Now(now_ms, 0, level);
}

std::optional<DiskSpace> SpaceAt(const std::string& path) {
  struct statvfs info {};
  if (statvfs(path.c_str(), &info) != 0) return std::nullopt;
  return DiskSpace{static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize),
                   static_cast<int64_t>(info.f_blocks) * static_cast<int64_t>(info.f_frsize)};
}

int64_t FolderBytes(const std::string& path, size_t files_max) {
  namespace fs = std::filesystem;
  int64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied, error);
  for (size_t seen = 0; !error && at != fs::recursive_directory_iterator() && seen < files_max;
       at.increment(error), ++seen) {
    std::error_code ignored;
    if (!at->is_regular_file(ignored)) continue;
    const auto size = at->file_size(ignored);
    if (!ignored) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace dudao::server
