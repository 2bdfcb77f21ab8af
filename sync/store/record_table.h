// Merged records of a space: a write-back cache of decoded records over the `record` table.
//
// Load gives the record as it is now, whether the file has caught up or not; Changed marks it;
// WriteBack makes the file catch up. The scans read the file, so the owner writes back first.
// Pointers live until Trim or Reload. Not synchronised; borrows the database. Errors are the
// database's, and DATA_LOSS for a row that is no record.
#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/record.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"

namespace dudao::sync {

struct CachedRecord {
  RecordId id;
  Record record;
  int64_t ix = 0;         // 0 until it has a row
  uint64_t revision = 0;  // 0 until it was written
  size_t bytes = 0;       // estimate of what it takes in memory
  bool dirty = false;
  uint64_t mark = 0;  // free for the caller: who has seen it last
};

class RecordTable {
 public:
  explicit RecordTable(Database& db) : db_(db) {}

  // Forgets what is in memory.
  absl::Status Reload(int64_t space);

  // The record, an empty one if it was never written. Never null.
  absl::StatusOr<CachedRecord*> Load(const RecordId& id);
  // Tells that an operation of about so many bytes was applied; a later revision is given once per
  // change and record.
  void Changed(CachedRecord& record, size_t bytes);
  void NextRevision(CachedRecord& record) { record.revision = ++revision_; }
  // Empties a record that is to be written anew.
  void Clear(CachedRecord& record);
  // The row's number. REQUIRES: written back.
  absl::StatusOr<int64_t> IxOf(const RecordId& id);

  // REQUIRES: a transaction.
  absl::Status WriteBack();
  // Forgets the records that nobody asked for lately. Invalidates pointers.
  void Trim();
  size_t dirty_bytes() const { return dirty_bytes_; }
  const std::vector<CachedRecord*>& dirty() const { return dirty_; }

  // At most kScanBatch rows each. REQUIRES: written back.
  absl::StatusOr<std::vector<StoredRecord>> After(uint32_t type, std::string_view key);
  absl::StatusOr<std::vector<StoredRecord>> TouchedAfter(uint64_t revision);
  absl::StatusOr<std::vector<ConflictEntry>> InConflict(const RecordId& after, size_t count_max);
  // Records that wait for dots they know to be overwritten.
  absl::StatusOr<std::vector<RecordId>> Unsettled();
  absl::StatusOr<Hash> Digest();
  absl::StatusOr<uint64_t> Count();
  absl::StatusOr<uint64_t> CountInConflict();

 private:
  using Items = std::list<CachedRecord>;  // least recently loaded first
  absl::Status Fetch(CachedRecord& item);
  absl::Status Put(CachedRecord& item);
  absl::StatusOr<std::vector<StoredRecord>> ReadBatch(Statement& rows);

  Database& db_;
  int64_t space_ = 0;
  uint64_t revision_ = 0;
  Items items_;
  absl::flat_hash_map<RecordId, Items::iterator> by_id_;
  std::vector<CachedRecord*> dirty_;
  size_t bytes_ = 0;
  size_t dirty_bytes_ = 0;
};

}  // namespace dudao::sync
