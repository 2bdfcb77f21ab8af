#include "web_crowd.h"

#include <utility>
#include <vector>

namespace dudao::server {

std::shared_ptr<WebCrowd::Guest> WebCrowd::MakeRoom() {
  while (!waiting_.empty()) {
    const auto longest = waiting_.begin();
    Entry& entry = guests_[longest->second];
    waiting_.erase(longest);
    entry.waits_since = 0;
    // One that is going anyway is no room yet.
    std::shared_ptr<Guest> guest = entry.guest.lock();
    if (guest == nullptr) continue;
    ++displaced_;
    return guest;
  }
  return nullptr;
}

bool WebCrowd::Enter(const std::shared_ptr<Guest>& guest, const std::string& address) {
  std::shared_ptr<Guest> leaves;
  {
    absl::MutexLock lock(&mutex_);
    const auto from_there = by_address_.find(address);
    const bool crowded = from_there != by_address_.end() && from_there->second >= address_max_;
    if (!crowded && guests_.size() >= guests_max_) leaves = MakeRoom();
    if (crowded || (guests_.size() >= guests_max_ && leaves == nullptr)) {
      ++refused_;
      return false;
    }
    guests_[guest.get()] = {guest, address, 0};
    if (!address.empty()) ++by_address_[address];
  }
  if (leaves != nullptr) leaves->Leave();
  return true;
}

void WebCrowd::Waits(const Guest& guest) {
  absl::MutexLock lock(&mutex_);
  const auto found = guests_.find(&guest);
  if (found == guests_.end()) return;
  waiting_.erase(found->second.waits_since);
  found->second.waits_since = ++turn_;
  waiting_[turn_] = &guest;
}

void WebCrowd::Works(const Guest& guest) {
  absl::MutexLock lock(&mutex_);
  const auto found = guests_.find(&guest);
  if (found == guests_.end()) return;
  waiting_.erase(std::exchange(found->second.waits_since, 0));
}

void WebCrowd::Left(const Guest& guest) {
  absl::MutexLock lock(&mutex_);
  const auto found = guests_.find(&guest);
  if (found == guests_.end()) return;
  waiting_.erase(found->second.waits_since);
  const auto address = by_address_.find(found->second.address);
  if (address != by_address_.end() && --address->second == 0) by_address_.erase(address);
  guests_.erase(found);
}

void WebCrowd::Close() {
  std::vector<std::shared_ptr<Guest>> guests;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [key, entry] : guests_) guests.push_back(entry.guest.lock());
  }
  for (const auto& guest : guests) {
    if (guest != nullptr) guest->Leave();
  }
}

size_t WebCrowd::count() const {
  absl::MutexLock lock(&mutex_);
  return guests_.size();
}

uint64_t WebCrowd::refused() const {
  absl::MutexLock lock(&mutex_);
  return refused_;
}

uint64_t WebCrowd::displaced() const {
  absl::MutexLock lock(&mutex_);
  return displaced_;
}

}  // namespace dudao::server
