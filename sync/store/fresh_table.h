// Own saves that are in no segment yet: the durable form of a local save, one row each.
//
// In memory it keeps only where the rows are. A row's hash is the chain's after it, so damage shows
// when it is replayed. Not synchronised; borrows the database. Errors are the database's, and
// DATA_LOSS for rows that do not fit together.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/store/database.h"

namespace dudao::sync {

class FreshTable {
 public:
  explicit FreshTable(Database& db) : db_(db) {}

  // Forgets what is in memory, reads the file and hands each save after `seq` to `replay`.
  absl::Status Load(int64_t space, uint64_t seq,
                    const std::function<absl::Status(const Change&, const Hash&)>& replay);

  // One row, in a transaction of its own unless one is open. Unchanged by an error.
  absl::Status Append(uint64_t seq, const Hash& hash, std::string_view body);

  size_t size() const { return rows_.size(); }
  bool Holds(uint64_t seq) const;
  // How many rows from the first make up at most so many changes and about so many bytes; at least
  // one if there is any.
  size_t CountWithin(size_t changes_max, size_t bytes_max) const;
  absl::StatusOr<Change> Read(uint64_t seq);
  // Chain hash after a save.
  absl::StatusOr<Hash> HashOf(uint64_t seq);
  absl::StatusOr<std::vector<Change>> ReadFirst(size_t count);
  // REQUIRES: a transaction.
  absl::Status RemoveFirst(size_t count);

 private:
  struct Row {
    int64_t ix;
    uint64_t seq;
    size_t bytes;
  };
  absl::StatusOr<Change> ReadRow(const Row& row);

  Database& db_;
  int64_t space_ = 0;
  std::deque<Row> rows_;  // consecutive seqs
};

}  // namespace dudao::sync
