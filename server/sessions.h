// Sessions of people: a random token, of which only the SHA-256 is kept.
//
// A session ends by sign-out, by idling, by age, with a new password, and with its person. It says
// who somebody is, never what they may do: that is asked of the control log at every call.
// Thread-safe. Errors are the storage's. Durability: a session that Start returned and an End that
// returned survive power loss; the time of last use may be a minute behind.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server_db.h"

namespace dudao::server {

struct SessionLimits {
  absl::Duration idle = absl::Hours(8);
  absl::Duration absolute = absl::Hours(7 * 24);
};

class Sessions {
 public:
  static absl::StatusOr<std::unique_ptr<Sessions>> Open(ServerDb& db, SessionLimits limits);

  struct Started {
    std::string token;
    int64_t expires_ms = 0;
  };
  absl::StatusOr<Started> Start(std::string_view person_id, int64_t now_ms);
  // The person; nothing for a token that is unknown or has ended. Counts as use.
  std::optional<std::string> Use(std::string_view token, int64_t now_ms);
  // The same without counting as use.
  std::optional<std::string> PersonOf(std::string_view token, int64_t now_ms) const;
  absl::Status End(std::string_view token);
  // `but`: a token that stays, or empty.
  absl::Status EndAllOf(std::string_view person_id, std::string_view but = {});

 private:
  struct Session {
    std::string person_id;
    int64_t started_ms = 0;
    int64_t used_ms = 0;
    int64_t stored_ms = 0;  // used_ms as it is on disk
  };
  Sessions(ServerDb& db, SessionLimits limits) : db_(db), limits_(limits) {}
  bool Ended(const Session& session, int64_t now_ms) const;
  absl::Status Remove(const std::string& hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status MakeRoom(std::string_view person_id, int64_t now_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ServerDb& db_;
  const SessionLimits limits_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Session, std::less<>> sessions_ ABSL_GUARDED_BY(mutex_);  // by hash
};

}  // namespace dudao::server
