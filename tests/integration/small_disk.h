// A file system of its own, small and soon full, for tests of full disks.
//
// A tmpfs in a mount namespace of this process and its children: nobody else sees it, and it goes
// with them. Fill makes it truly full for everybody, without writing anything. Used by the test's
// thread, before any other thread is started. Needs root or user namespaces; where neither is to be
// had, `why_not` says so and the test is to be skipped.
#pragma once

#include <cstdint>
#include <string>

namespace dudao::integration {

class SmallDisk {
 public:
  // Mounted on a new folder of this name.
  SmallDisk(std::string folder, int64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& folder() const { return folder_; }
  // Empty where it is mounted.
  const std::string& why_not() const { return why_not_; }
  // Leaves so many bytes free, or a page less.
  void Fill(int64_t free_bytes = 0);
  // Back to its first size.
  void Free();

 private:
  bool Mount(unsigned long flags, int64_t bytes);

  const std::string folder_;
  const int64_t bytes_;
  std::string why_not_;
};

}  // namespace dudao::integration
