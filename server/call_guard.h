// What every call meets before and after its handler, whoever calls: rates, sizes, room on the
// disk, counting.
//
// Addresses are limited where nobody has signed in (open methods, and calls whose credentials were
// refused), devices and people everywhere else. What adds data in bulk is refused while the disk is
// low; everything else works. Does not know credentials or content. Thread-safe. Errors:
// RESOURCE_EXHAUSTED (RATE_LIMITED, DISK_LOW, MESSAGE_TOO_LARGE).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "disk_watch.h"
#include "dudao/server/server.h"
#include "metrics.h"
#include "permission.h"
#include "principal.h"
#include "rate_limiter.h"

namespace dudao::server {

class CallGuard {
 public:
  CallGuard(const Limits& limits, DiskWatch::Probe disk,
            std::function<void(DiskLevel, DiskSpace)> disk_changed);

  // Before it is known who calls. `peer`: the caller's address.
  absl::Status AdmitAddress(const MethodRule& rule, std::string_view peer, uint64_t bytes);
  // Once that is known; nobody for open methods.
  absl::Status AdmitCaller(const MethodRule& rule, const Principal& principal,
                           std::string_view body);
  // Credentials from there did not hold.
  void RefusedCredentials(std::string_view peer);
  // `rule`: null for a method that is not served.
  void Ended(const MethodRule* rule, const Principal& principal, std::string_view code,
             int64_t micros, uint64_t bytes_in, uint64_t bytes_out);

  DiskLevel LookAtDisk();
  void Write(MetricsText& text);

 private:
  RateLimiter open_;         // addresses, methods that are open to everybody
  RateLimiter credentials_;  // addresses, refused credentials
  RateLimiter callers_;      // devices and people
  DiskWatch disk_;
  CallMetrics calls_;
};

}  // namespace dudao::server
