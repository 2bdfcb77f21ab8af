// One space on this server: its own database file, its store, and the mutex that everybody takes
// who touches it.
//
// Opened by Spaces and kept open. Lock before use; the store may be used only while the lock is
// held. Lock order: a space, then the projection, the control log or server.db; never two
// spaces.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"
#include "registry.h"

namespace dudao::server {

class Space {
 public:
  // `token` tells a restored or cloned folder from the original.
  static absl::StatusOr<std::unique_ptr<Space>> Open(const std::string& path,
                                                     const std::string& name,
                                                     const std::string& token, Registry& registry);

  const std::string& name() const { return name_; }
  absl::Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }
  sync::Store& store() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return *store_; }
  // True for a replica id that this server has or had.
  bool IsOwn(const sync::ReplicaId& replica) const { return own_.contains(replica); }
  // The file with its write-ahead log.
  int64_t StoredBytes() const;
  absl::Status Checkpoint() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  Space(std::string name, std::string path) : name_(std::move(name)), path_(std::move(path)) {}

  const std::string name_;
  const std::string path_;
  std::set<sync::ReplicaId> own_;  // set once, by Open
  absl::Mutex mutex_;
  std::unique_ptr<sync::Database> db_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<sync::Store> store_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
