// Replica ids as small integers, shared by all spaces of a file.
// Not synchronised; borrows the database. Errors are the database's.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/ids.h"
#include "dudao/sync/store/database.h"

namespace dudao::sync {

class ReplicaTable {
 public:
  explicit ReplicaTable(Database& db) : db_(db) {}

  // REQUIRES: a transaction, for the id may be new.
  absl::StatusOr<int64_t> Intern(const ReplicaId& id);
  absl::StatusOr<std::optional<int64_t>> Find(const ReplicaId& id);
  absl::StatusOr<ReplicaId> IdOf(int64_t ix);
  // After a rollback: what was interned may be gone.
  void Forget();

 private:
  void Keep(const ReplicaId& id, int64_t ix);

  Database& db_;
  absl::flat_hash_map<ReplicaId, int64_t> by_id_;
  absl::flat_hash_map<int64_t, ReplicaId> by_ix_;
};

}  // namespace dudao::sync
