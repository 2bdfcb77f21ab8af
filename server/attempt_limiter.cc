#include "attempt_limiter.h"

namespace dudao::server {
namespace {

// So many origins at most are told apart; those whose window is over make room.
constexpr size_t kOriginsMost = 10'000;

}  // namespace

bool AttemptLimiter::MayTry(std::string_view origin, int64_t now_ms) const {
  absl::MutexLock lock(&mutex_);
  const auto found = windows_.find(origin);
  return found == windows_.end() || now_ms - found->second.began_ms >= window_ms_ ||
         found->second.failures < most_;
}

void AttemptLimiter::Failed(std::string_view origin, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  if (windows_.size() >= kOriginsMost) {
    std::erase_if(windows_, [&](const auto& window) {
      return now_ms - window.second.began_ms >= window_ms_;
    });
    if (windows_.size() >= kOriginsMost) windows_.clear();
  }
  Window& window = windows_[std::string(origin)];
  if (now_ms - window.began_ms >= window_ms_) window = {now_ms, 0};
  ++window.failures;
}

}  // namespace dudao::server
