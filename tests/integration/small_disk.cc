#include "small_disk.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace dudao::integration {
namespace {

bool WriteTo(const char* path, std::string_view text) {
  std::ofstream out(path);
  out << text << std::flush;
  return out.good();
}

// Of this process alone; empty, or why it cannot be had.
std::string OwnMounts() {
  static const std::string* const why_not = [] {
    const std::string user = "0 " + std::to_string(getuid()) + " 1";
    const std::string group = "0 " + std::to_string(getgid()) + " 1";
    bool own = unshare(CLONE_NEWNS) == 0;
    if (!own && unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
      own = WriteTo("/proc/self/setgroups", "deny") && WriteTo("/proc/self/uid_map", user) &&
            WriteTo("/proc/self/gid_map", group);
    }
    own = own && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return new std::string(own ? "" : std::string("no mounts of its own: ") + strerror(errno));
  }();
  return *why_not;
}

}  // namespace

SmallDisk::SmallDisk(std::string folder, int64_t bytes)
    : folder_(std::filesystem::absolute(folder)), bytes_(bytes), why_not_(OwnMounts()) {
  std::filesystem::create_directories(folder_);
  if (why_not_.empty() && !Mount(0, bytes)) why_not_ = std::string("no tmpfs: ") + strerror(errno);
}

SmallDisk::~SmallDisk() {
  if (why_not_.empty()) umount2(folder_.c_str(), MNT_DETACH);
}

bool SmallDisk::Mount(unsigned long flags, int64_t bytes) {
  const std::string options = "mode=0700,size=" + std::to_string(bytes);
  return mount("dudao", folder_.c_str(), "tmpfs", flags, options.c_str()) == 0;
}

// A tmpfs cannot be made smaller than what it holds, so it may take a second look.
void SmallDisk::Fill(int64_t free_bytes) {
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    struct statvfs info {};
    ASSERT_EQ(statvfs(folder_.c_str(), &info), 0) << strerror(errno);
    const auto used = static_cast<int64_t>((info.f_blocks - info.f_bfree) * info.f_frsize);
    if (Mount(MS_REMOUNT, used + free_bytes)) return;
  }
  FAIL() << "cannot fill " << folder_ << ": " << strerror(errno);
}

void SmallDisk::Free() { ASSERT_TRUE(Mount(MS_REMOUNT, bytes_)) << strerror(errno); }

}  // namespace dudao::integration
