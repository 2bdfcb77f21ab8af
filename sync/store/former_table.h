// Replicas that this file was before it took a new id. All in memory. Not synchronised; borrows the
// database. Errors are the database's.
#pragma once

#include <cstdint>
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
    ReplicaId next;       // who it became
    uint64_t made = 0;    // so many changes after `common` became the first ones of `next`
  };

  FormerTable(Database& db, ReplicaTable& replicas) : db_(db), replicas_(replicas) {}

  absl::Status Load(int64_t space);
  // REQUIRES: a transaction.
  absl::Status Add(const Former& former);
  bool Contains(const ReplicaId& replica) const;
  const std::vector<Former>& all() const { return list_; }
  // A form that was opened before a change of id, with the changes named as they are now.
  FormContext Translate(FormContext form) const;

 private:
  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
  std::vector<Former> list_;  // oldest first
};

// `seen` with the dots of `former` after `common` under their new name.
Context Renamed(const Context& seen, const FormerTable::Former& former);

}  // namespace dudao::sync
