// The newest change of each replica of a space: number, chain hash, time. All in memory, written
// back with the records. Not synchronised; borrows the database. Errors are the database's.
#pragma once

#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "dudao/sync/crdt/context.h"
#include "dudao/sync/crdt/hybrid_time.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/store/database.h"
#include "replica_table.h"

namespace dudao::sync {

struct HeadState {
  uint64_t seq = 0;
  Hash hash{};
  HybridTime time;
  bool dirty = false;
};

class HeadTable {
 public:
  HeadTable(Database& db, ReplicaTable& replicas) : db_(db), replicas_(replicas) {}

  // Forgets what is in memory and reads the file.
  absl::Status Load(int64_t space);
  // The zero head of a replica that is not known.
  HeadState Get(const ReplicaId& replica) const;
  void Advance(const ReplicaId& replica, const HeadState& head);
  // Goes back; the zero head forgets the replica. REQUIRES: a transaction.
  absl::Status Retreat(const ReplicaId& replica, const HeadState& head);
  // REQUIRES: a transaction.
  absl::Status WriteBack();
  // How far each replica has been taken in.
  const VersionVector& delivered() const { return delivered_; }

 private:
  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
  VersionVector delivered_;
  absl::flat_hash_map<ReplicaId, HeadState> heads_;
};

}  // namespace dudao::sync
