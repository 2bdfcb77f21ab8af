// Changes kept aside, for ever. Their dots are in memory, for every repeated delivery asks for
// them. Not synchronised; borrows the database. Errors are the database's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
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
  absl::Status Add(const Change& change, const Quarantined& what, int64_t source, bool in_log,
                   JudgedState state = JudgedState::kPending);
  // REQUIRES: a transaction; the entry exists.
  absl::Status SetState(const Dot& dot, const Hash& hash, JudgedState state);
  // The change is no longer the one that has its dot in the log. REQUIRES: a transaction.
  absl::Status TakeOutOfLog(const Dot& dot, const Hash& hash);
  // Tells that a change was merged: one that was aside while another had its number is so no more.
  // REQUIRES: a transaction.
  absl::Status Admit(std::string_view space, const Change& change);
  // The entry of the change that has this dot in the log and is not merged, or null.
  const Quarantined* Aside(const Dot& dot) const;
  // Those of a replica's changes from `first` to `last`.
  void AddAside(const ReplicaId& replica, uint64_t first, uint64_t last,
                std::vector<Quarantined>& out) const;
  absl::StatusOr<std::optional<QuarantineEntry>> Find(const Dot& dot, const Hash& hash);
  absl::StatusOr<std::vector<QuarantineEntry>> List();
  absl::StatusOr<uint64_t> Count();

 private:
  absl::StatusOr<QuarantineEntry> ReadRow(Statement& rows);

  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
  std::map<Dot, Quarantined> aside_;  // those in the log that are not merged
  std::set<Dot> apart_;               // of those that are not in the log
};

}  // namespace dudao::sync
