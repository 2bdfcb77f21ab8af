#include "revisions.h"

#include <algorithm>
#include <utility>

namespace dudao::server {

void Revisions::Changed(std::string_view space) {
  absl::MutexLock lock(&mutex_);
  by_space_[std::string(space)] = ++newest_;
  if (wake_) wake_();
}

uint64_t Revisions::Newest(const std::vector<std::string>& spaces) const {
  absl::MutexLock lock(&mutex_);
  uint64_t newest = first_;
  for (const std::string& space : spaces) {
    const auto found = by_space_.find(space);
    if (found != by_space_.end()) newest = std::max(newest, found->second);
  }
  return newest;
}

void Revisions::SetWake(std::function<void()> wake) {
  absl::MutexLock lock(&mutex_);
  wake_ = std::move(wake);
}

}  // namespace dudao::server
