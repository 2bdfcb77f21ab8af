// server.db: one SQLite file with what the server knows beside its spaces, and the mutex that
// everybody takes who touches it.
//
// Tables: secret, space (before the control log: only read once), own_replica, control, access,
// person_secret, sign_in_attempt, session, device, enrolment. Lock order: the mutex is taken last,
// after a space's or the control log's. Errors: those of dudao/sync/store/database.h. Durability: a
// statement or transaction that returned OK survives power loss.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dudao/sync/store/database.h"

namespace dudao::server {

class ServerDb {
 public:
  // Creates what is absent.
  static absl::StatusOr<std::unique_ptr<ServerDb>> Open(const std::string& path);

  absl::Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }
  sync::Database& db() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return *db_; }

  absl::Status Checkpoint();
  int64_t StoredBytes();

 private:
  explicit ServerDb(std::unique_ptr<sync::Database> db) : db_(std::move(db)) {}

  absl::Mutex mutex_;
  std::unique_ptr<sync::Database> db_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
