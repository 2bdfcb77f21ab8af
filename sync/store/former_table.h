// Ids under which this file wrote before: replicas that it was, and those under which forks were
// made again. All in memory. Not synchronised; borrows the
// database. Errors are the database's.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "dudao/sync/crdt/ids.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"
#include "replica_table.h"

namespace dudao::sync {

class FormerTable {
 public:
  struct Former {
    ReplicaId replica;
    uint64_t common = 0;  // its changes up to here are everybody's
    ReplicaId next;       // under which the changes after `common` were made again; zero if none
    uint64_t made = 0;    // so many
  };

  FormerTable(Database& db, ReplicaTable& replicas) : db_(db), replicas_(replicas) {}

  absl::Status Load(int64_t space);
  // REQUIRES: a transaction.
  absl::Status Add(const Former& former);
  bool Contains(const ReplicaId& replica) const { return ids_.contains(replica); }
  // All ids under which this file wrote, but for the present one.
  const std::set<ReplicaId>& ids() const { return ids_; }
  // A form that was opened before a change of id, with the changes named as they are now.
  FormContext Translate(FormContext form) const;

 private:
  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
  void Keep(const Former& former);

  std::vector<Former> list_;  // oldest first
  std::set<ReplicaId> ids_;
};

// `seen` with the dots of `former` after `common` under their new name.
Context Renamed(const Context& seen, const FormerTable::Former& former);

}  // namespace dudao::sync
