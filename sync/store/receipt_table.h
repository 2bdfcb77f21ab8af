// Receipts of a space: those that were given (a server) or received (a tablet).
// Not synchronised; borrows the database. Errors are the database's, and DATA_LOSS for rows that
// are no receipts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/log/replica_log.h"
#include "dudao/sync/store/database.h"
#include "replica_table.h"

namespace dudao::sync {

class ReceiptTable {
 public:
  ReceiptTable(Database& db, ReplicaTable& replicas) : db_(db), replicas_(replicas) {}

  void Load(int64_t space) { space_ = space; }
  // The same bytes once. REQUIRES: a transaction.
  absl::Status Put(const Receipt& receipt);
  // By the order in which they were put.
  absl::StatusOr<std::optional<Receipt>> Newest();
  absl::StatusOr<std::optional<Receipt>> NewestOf(const ReplicaId& replica);
  absl::StatusOr<std::vector<Receipt>> List(uint64_t after, size_t count);
  // Moves those of `replica` after `seq` aside as evidence. REQUIRES: a transaction.
  absl::Status LapseAfter(const ReplicaId& replica, uint64_t seq);

 private:
  absl::StatusOr<std::vector<Receipt>> Read(Statement& rows);
  absl::StatusOr<std::optional<Receipt>> First(Statement& rows);

  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
};

}  // namespace dudao::sync
