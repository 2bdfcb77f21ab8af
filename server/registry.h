// What the server knows about itself, in server.db: its spaces, its own replica ids, its secret
// key.
//
// Thread-safe. Errors are those of the storage below (dudao/sync/store/database.h).
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dudao/sync/crdt/ids.h"
#include "dudao/sync/store/database.h"
#include "permission.h"

namespace dudao::server {

class Registry {
 public:
  static absl::StatusOr<std::unique_ptr<Registry>> Open(const std::string& path);

  // 32 random bytes, made once.
  absl::StatusOr<std::string> TokenKey();

  absl::StatusOr<std::vector<SpaceTraits>> Spaces();
  absl::Status PutSpace(const SpaceTraits& space);

  // Every replica id that this server ever had in the space: changes of all of them are its own.
  absl::StatusOr<std::set<sync::ReplicaId>> OwnReplicas(std::string_view space);
  absl::Status AddOwnReplica(std::string_view space, const sync::ReplicaId& replica);

  absl::Status Checkpoint();
  int64_t StoredBytes();

 private:
  explicit Registry(std::unique_ptr<sync::Database> db) : db_(std::move(db)) {}

  absl::Mutex mutex_;
  std::unique_ptr<sync::Database> db_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
