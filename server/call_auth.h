// From a call's metadata to its Principal: a session of a person, or a signature by a device.
//
// A device signs method, body and time of each call (sync/trust/statements.h, CallStatement) as
// <suite>.<key>.<time_ms>.<base64url signature>. The time is the server's as the device knows it;
// outside five minutes, or before this server started, the answer is CLOCK_UNKNOWN with the
// server's time, so that the device can try again by itself. A signature counts once. Thread-safe.
// Errors:
// UNAUTHENTICATED (SIGN_IN_NEEDED, SESSION_ENDED, DEVICE_UNKNOWN, DEVICE_REVOKED,
// SIGNATURE_INVALID, CLOCK_UNKNOWN, CALL_REPLAYED), PERMISSION_DENIED (SESSION_FORBIDDEN,
// DEVICE_FORBIDDEN, DEVICE_RETIRED, PASSWORD_CHANGE_NEEDED).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "control_log.h"
#include "devices.h"
#include "people.h"
#include "permission.h"
#include "principal.h"
#include "sessions.h"

namespace dudao::server {

// What a call brings along.
struct Credentials {
  std::string session;    // metadata dudao-session
  std::string device;     // metadata dudao-device
  std::string signature;  // metadata dudao-signature
};

class CallAuth {
 public:
  CallAuth(ControlLog& control, Sessions& sessions, const People& people, Devices& devices,
           int64_t started_ms)
      : control_(control),
        sessions_(sessions),
        people_(people),
        devices_(devices),
        started_ms_(started_ms) {}

  // Who calls, if this method may be called by such a caller. An empty principal for a method that
  // is open to everybody.
  absl::StatusOr<Principal> Check(const MethodRule& rule, std::string_view body,
                                  const Credentials& credentials, int64_t now_ms);

  // Who holds a session now, without using it; nothing where it has ended.
  std::optional<Principal> HolderOf(std::string_view session, int64_t now_ms) const;

 private:
  absl::StatusOr<Principal> CheckSession(const MethodRule& rule, const std::string& token,
                                         int64_t now_ms);
  absl::StatusOr<Principal> CheckDevice(const MethodRule& rule, std::string_view body,
                                        const Credentials& credentials, int64_t now_ms);
  // A device that enrolled, or changed its key, after the backup from which this server was
  // restored is not known here as it is. It brings along what this server once signed about it;
  // true once that is taken back.
  bool TakeBack(const MethodRule& rule, std::string_view body, const Credentials& credentials,
                int64_t now_ms);
  absl::Status CheckTime(int64_t time_ms, int64_t now_ms) const;
  // False for a signature that was seen before.
  bool RememberCall(const std::string& signature, int64_t time_ms, int64_t now_ms);
  absl::Status Revoked(const domain::Authority& authority, std::string_view device_id) const;

  ControlLog& control_;
  Sessions& sessions_;
  const People& people_;
  Devices& devices_;
  const int64_t started_ms_;
  absl::Mutex mutex_;
  std::set<std::string> seen_ ABSL_GUARDED_BY(mutex_);  // hashes of signatures
  std::set<std::pair<int64_t, std::string>> forget_at_ms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
