#include "rate_limiter.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr double kMsPerSecond = 1000.0;
// Shared by those for whom there is no room. No caller can have this name: real keys are not empty.
constexpr char kTheRest[] = "";
constexpr size_t kSubscriberBytes = 8;  // of an IPv6 address
constexpr size_t kTextMax = 64;

// Milliseconds until `tokens` are above zero again.
double Wait(double tokens, double per_second) {
  return tokens >= 1 ? 0 : (1 - tokens) / per_second * kMsPerSecond;
}

}  // namespace

RateLimiter::Buckets RateLimiter::Full(int64_t now_ms) const {
  return {rate_.calls_burst, rate_.bytes_burst, now_ms, {}};
}

void RateLimiter::Refill(Buckets& buckets, int64_t now_ms) const {
  const double seconds =
      static_cast<double>(std::max<int64_t>(0, now_ms - buckets.at_ms)) / kMsPerSecond;
  buckets.calls = std::min(rate_.calls_burst, buckets.calls + seconds * rate_.calls_per_second);
  buckets.bytes = std::min(rate_.bytes_burst, buckets.bytes + seconds * rate_.bytes_per_second);
  buckets.at_ms = std::max(buckets.at_ms, now_ms);
}

// Forgets the caller that has been quiet longest, if it could start anew without gaining anything.
bool RateLimiter::MakeRoom(int64_t now_ms) {
  if (callers_.size() < callers_max_) return true;
  for (const std::string& name : oldest_first_) {
    if (name == kTheRest) continue;
    const auto found = callers_.find(name);
    Buckets then = found->second;
    Refill(then, now_ms);
    if (then.calls < rate_.calls_burst || then.bytes < rate_.bytes_burst) return false;
    oldest_first_.erase(found->second.turn);
    callers_.erase(found);
    return true;
  }
  return false;
}

RateLimiter::Buckets& RateLimiter::Find(std::string_view caller, int64_t now_ms) {
  std::string name(caller);
  auto found = callers_.find(name);
  if (found == callers_.end() && !MakeRoom(now_ms)) {
    name = kTheRest;
    found = callers_.find(name);
  }
  if (found == callers_.end()) {
    found = callers_.emplace(name, Full(now_ms)).first;
    found->second.turn = oldest_first_.insert(oldest_first_.end(), name);
  } else {
    oldest_first_.splice(oldest_first_.end(), oldest_first_, found->second.turn);
  }
  Refill(found->second, now_ms);
  return found->second;
}

absl::Status RateLimiter::Ask(const Buckets& buckets) {
  const double wait_ms = std::max(Wait(buckets.calls, rate_.calls_per_second),
                                  Wait(buckets.bytes, rate_.bytes_per_second));
  if (wait_ms <= 0) return absl::OkStatus();
  ++refused_;
  return Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
               absl::StrCat("retry_after_ms ", static_cast<int64_t>(std::ceil(wait_ms))));
}

absl::Status RateLimiter::Admit(std::string_view caller, uint64_t bytes, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  Buckets& buckets = Find(caller, now_ms);
  DUDAO_TRY(Ask(buckets));
  buckets.calls -= 1;
  buckets.bytes -= static_cast<double>(bytes);
  return absl::OkStatus();
}

// Whoever is not remembered has taken nothing.
absl::Status RateLimiter::Check(std::string_view caller, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  auto found = callers_.find(std::string(caller));
  if (found == callers_.end() && callers_.size() >= callers_max_) found = callers_.find(kTheRest);
  if (found == callers_.end()) return absl::OkStatus();
  Refill(found->second, now_ms);
  return Ask(found->second);
}

void RateLimiter::Charge(std::string_view caller, double calls, uint64_t bytes, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  Buckets& buckets = Find(caller, now_ms);
  buckets.calls -= calls;
  buckets.bytes -= static_cast<double>(bytes);
}

size_t RateLimiter::callers() const {
  absl::MutexLock lock(&mutex_);
  return callers_.size();
}

uint64_t RateLimiter::refused() const {
  absl::MutexLock lock(&mutex_);
  return refused_;
}

std::string AddressOf(std::string_view peer) {
  const size_t scheme = peer.find(':');
  const size_t port = peer.rfind(':');
  if (peer.starts_with("ipv4:") && port > scheme)
    return std::string(peer.substr(scheme + 1, port - scheme - 1));
  if (!peer.starts_with("ipv6:")) return std::string(peer.substr(0, kTextMax));
  std::string inside;
  for (size_t i = scheme + 1; i < peer.size(); ++i) {
    // gRPC writes the brackets as %5B and %5D.
    if (peer.substr(i).starts_with("%5B")) {
      i += 2;
    } else if (peer[i] == ']' || peer.substr(i).starts_with("%5D")) {
      break;
    } else if (peer[i] != '[') {
      inside += peer[i];
    }
  }
  std::array<unsigned char, sizeof(in6_addr)> address{};
  const std::string bare = inside.substr(0, inside.find('%'));
  if (inet_pton(AF_INET6, bare.c_str(), address.data()) != 1)
    return std::string(peer.substr(0, kTextMax));
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (std::equal(kMapped.begin(), kMapped.end(), address.begin())) {
    inet_ntop(AF_INET, address.data() + kMapped.size(), text.data(), text.size());
    return text.data();
  }
  std::fill(address.begin() + kSubscriberBytes, address.end(), 0);
  inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  return absl::StrCat(text.data(), "/64");
}

}  // namespace dudao::server
