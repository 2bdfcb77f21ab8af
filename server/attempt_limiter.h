// Tries that fail, counted by where they come from: whoever fails too often waits.
//
// Keeps nothing over a restart and forgets after a window. A value per purpose; thread-safe;
// nothing here fails.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

class AttemptLimiter {
 public:
  // At most `most` failures of one origin within `window_ms`.
  AttemptLimiter(int most, int64_t window_ms) : most_(most), window_ms_(window_ms) {}

  bool MayTry(std::string_view origin, int64_t now_ms) const;
  void Failed(std::string_view origin, int64_t now_ms);

 private:
  struct Window {
    int64_t began_ms = 0;
    int failures = 0;
  };
  const int most_;
  const int64_t window_ms_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
