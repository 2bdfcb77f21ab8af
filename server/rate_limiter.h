// How many calls and bytes one caller may have: a pair of token buckets for each.
//
// A caller is a key of the dispatcher's choice: a device, a person, or an address where nobody has
// signed in yet. A call is let through while both buckets hold something; its bytes are then taken
// even where they are more, so that one large message passes and the next ones wait for it. Does
// not: block, or know what a call is about. Memory is bounded: when the table is full, callers that
// have been quiet long enough to have full buckets are forgotten, which changes nothing for them;
// if there are none, new callers share one pair of buckets. Thread-safe. Times are the caller's, in
// milliseconds of any steady clock; one that goes backwards refills nothing.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

struct Rate {
  double calls_per_second = 50;
  double calls_burst = 400;
  double bytes_per_second = 16 << 20;
  double bytes_burst = 256 << 20;
};

class RateLimiter {
 public:
  RateLimiter(Rate rate, size_t callers_max) : rate_(rate), callers_max_(callers_max) {}

  // Takes one call and `bytes`. RESOURCE_EXHAUSTED (RATE_LIMITED) where nothing is left; the detail
  // says after how many milliseconds to come again.
  absl::Status Admit(std::string_view caller, uint64_t bytes, int64_t now_ms);
  // The same without taking anything.
  absl::Status Check(std::string_view caller, int64_t now_ms);
  // Takes without asking: the bytes of an answer, or calls that turned out to cost more.
  void Charge(std::string_view caller, double calls, uint64_t bytes, int64_t now_ms);
  // Callers that are remembered; at most callers_max and one.
  size_t callers() const;
  // Calls refused since the start.
  uint64_t refused() const;

 private:
  struct Buckets {
    double calls = 0;
    double bytes = 0;
    int64_t at_ms = 0;
    std::list<std::string>::iterator turn;  // place in oldest_first_
  };
  // OK, or refused and counted.
  absl::Status Ask(const Buckets& buckets) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Buckets& Find(std::string_view caller, int64_t now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MakeRoom(int64_t now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refill(Buckets& buckets, int64_t now_ms) const;
  Buckets Full(int64_t now_ms) const;

  const Rate rate_;
  const size_t callers_max_;
  mutable absl::Mutex mutex_;
  std::unordered_map<std::string, Buckets> callers_ ABSL_GUARDED_BY(mutex_);
  std::list<std::string> oldest_first_ ABSL_GUARDED_BY(mutex_);  // by last call
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The address of a gRPC peer ("ipv4:1.2.3.4:567", "ipv6:%5B::1%5D:567"): an IPv4 address, or the
// first 64 bits of an IPv6 one, since that is what one subscriber has. The text itself where it is
// neither.
std::string AddressOf(std::string_view peer);

}  // namespace dudao::server
