// Changes kept aside, for ever. Their dots are in memory, for every repeated delivery asks for
// them. Not synchronised; borrows the database. Errors are the database's.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"
#include "replica_table.h"

namespace dudao::sync {

class QuarantineTable {
 public:
  QuarantineTable(Database& db, ReplicaTable& replicas) : db_(db), replicas_(replicas) {}

  absl::Status Load(int64_t space);
  // Keeps `change` aside as `what` says; the same bytes once only. `in_log`: it took its place in
  // the log, without being merged. REQUIRES: a transaction.
  absl::Status Add(const Change& change, const Quarantined& what, int64_t source, bool in_log);
  // The entry of the change that has this dot in the log, or null.
  const Quarantined* InLog(const Dot& dot) const;
  bool NoneInLog() const { return in_log_.empty(); }
  absl::StatusOr<std::vector<QuarantineEntry>> List();
  absl::StatusOr<uint64_t> Count();

 private:
  absl::StatusOr<QuarantineEntry> ReadRow(Statement& rows);

  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
  std::map<Dot, Quarantined> in_log_;
};

}  // namespace dudao::sync
