// When something last changed in each space, as one growing number: for pages that show what is
// new without asking all the time.
//
// Numbers start at the time of the start, so that they go on growing over restarts. Kept in memory
// only. Thread-safe; Changed never blocks for long.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

class Revisions {
 public:
  explicit Revisions(int64_t started_ms) : newest_(static_cast<uint64_t>(started_ms)) {}

  // Something was taken in or decided there.
  void Changed(std::string_view space);
  // The newest of these spaces.
  uint64_t Newest(const std::vector<std::string>& spaces) const;
  // Called after each change, by whoever made it: it must only pass the word on. Null: nobody.
  void SetWake(std::function<void()> wake);

 private:
  mutable absl::Mutex mutex_;
  uint64_t newest_ ABSL_GUARDED_BY(mutex_);
  const uint64_t first_ = newest_;
  std::map<std::string, uint64_t, std::less<>> by_space_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
