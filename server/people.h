// Passwords of people: scrypt hashes and lockout. Who somebody is and what they may do is the
// control log's.
//
// Five wrong passwords lock an id for 15 minutes, then twice as long each time, up to a day,
// whether or not there is such a person; a right password clears it. Wrong id and wrong password
// get the same answer after the same work. Thread-safe; the hashing runs outside all locks, at most
// a few at a time. Errors: UNAUTHENTICATED (CREDENTIALS_WRONG, ACCOUNT_LOCKED), INVALID_ARGUMENT
// (PASSWORD_WEAK), RESOURCE_EXHAUSTED (SERVER_BUSY). Durability: passwords and lockouts survive
// power loss.
#pragma once

#include <atomic>
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
#include "dudao/sync/trust/sealing.h"
#include "server_db.h"

namespace dudao::server {

// At least 10 characters, not among the common ones, not one character or a run, not the id.
absl::Status CheckPasswordRules(std::string_view person_id, std::string_view password);

class People {
 public:
  static absl::StatusOr<std::unique_ptr<People>> Open(ServerDb& db, sync::ScryptCost cost);

  // OK for the right password. `known`: there is such a person and they are active; a password of
  // somebody who is not never counts as right.
  absl::Status CheckPassword(std::string_view person_id, std::string_view password, bool known,
                             int64_t now_ms);
  // Lifts a lockout as well.
  absl::Status SetPassword(std::string_view person_id, std::string_view password, bool must_change);
  absl::Status RememberSignIn(std::string_view person_id, int64_t now_ms);

  struct State {
    bool has_password = false;
    bool must_change = false;
    int64_t locked_until_ms = 0;  // 0 or in the past: not locked
    int64_t last_sign_in_ms = 0;
  };
  State StateOf(std::string_view person_id) const;

  // 14 characters that are told apart on paper.
  static std::string RandomPassword();

 private:
  struct Secret {
    std::string hash;
    bool must_change = false;
    int64_t last_sign_in_ms = 0;
  };
  struct Attempts {
    int wrong = 0;
    int locks = 0;
    int64_t locked_until_ms = 0;
    int64_t last_ms = 0;
  };
  People(ServerDb& db, sync::ScryptCost cost) : db_(db), cost_(cost) {}
  absl::Status Load();
  absl::Status StoreSecret(const std::string& person_id, const Secret& secret)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status StoreAttempts(const std::string& person_id, const Attempts& attempts)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts a try before it is known whether it is right, so that many at once are not free.
  absl::StatusOr<std::string> BeginTry(const std::string& person_id, bool known, int64_t now_ms);
  absl::Status ForgetTries(const std::string& person_id);
  absl::Status ForgetStrangers(const std::string& keep) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ServerDb& db_;
  const sync::ScryptCost cost_;
  std::string decoy_;  // hash that stands in for that of nobody
  std::atomic<int> hashing_{0};
  mutable absl::Mutex mutex_;
  std::map<std::string, Secret, std::less<>> secrets_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Attempts, std::less<>> attempts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
