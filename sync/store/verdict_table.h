// What was decided on changes, whether they are here or not: a verdict may arrive before its
// change. All in memory, for every change that arrives is looked up. Not synchronised; borrows the
// database. Errors are the database's.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/store/database.h"
#include "replica_table.h"

namespace dudao::sync {

class VerdictTable {
 public:
  VerdictTable(Database& db, ReplicaTable& replicas) : db_(db), replicas_(replicas) {}

  absl::Status Load(int64_t space);
  // The later one holds. REQUIRES: a transaction.
  absl::Status Put(const Dot& dot, const Hash& change_hash, bool released);
  // True: released; false: refused; nothing where nobody decided. Hashes the change only if there
  // is something on its dot.
  std::optional<bool> On(std::string_view space, const Change& change) const;

 private:
  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
  absl::flat_hash_map<Dot, std::vector<std::pair<Hash, bool>>> verdicts_;
};

}  // namespace dudao::sync
