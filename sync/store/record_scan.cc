// The part of RecordTable that reads many rows.
#include <limits>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "record_table.h"
#include "tuning.h"

namespace dudao::sync {

// Columns: type, key, revision, state.
absl::StatusOr<std::vector<StoredRecord>> RecordTable::ReadBatch(Statement& rows) {
  std::vector<StoredRecord> batch;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return batch;
    StoredRecord& stored = batch.emplace_back();
    stored.id = {static_cast<uint32_t>(rows.Int(0)), std::string(rows.Blob(1))};
    stored.revision = static_cast<uint64_t>(rows.Int(2));
    DUDAO_ASSIGN(stored.record, Record::Decode(rows.Blob(3)));
  }
}

absl::StatusOr<std::vector<StoredRecord>> RecordTable::After(uint32_t type, std::string_view key) {
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT type, key, revision, state FROM record WHERE space = ?1 "
                           "AND type = ?2 AND key > ?3 ORDER BY key LIMIT ?4"));
  rows.BindInt(1, space_).BindInt(2, type).BindBlob(3, key).BindInt(4, kScanBatch);
  return ReadBatch(rows);
}

absl::StatusOr<std::vector<StoredRecord>> RecordTable::TouchedAfter(uint64_t revision) {
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT type, key, revision, state FROM record WHERE space = ?1 "
                           "AND revision > ?2 ORDER BY revision LIMIT ?3"));
  rows.BindInt(1, space_).BindInt(2, static_cast<int64_t>(revision)).BindInt(3, kScanBatch);
  return ReadBatch(rows);
}

absl::StatusOr<std::vector<ConflictEntry>> RecordTable::InConflict(const RecordId& after,
                                                                   size_t count_max) {
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT type, key, revision FROM record WHERE space = ?1 AND flags & 1 "
                           "AND (type, key) > (?2, ?3) ORDER BY type, key LIMIT ?4"));
  constexpr auto kMax = static_cast<size_t>(std::numeric_limits<int32_t>::max());
  rows.BindInt(1, space_).BindInt(2, after.type).BindBlob(3, after.key);
  rows.BindInt(4, static_cast<int64_t>(std::min(count_max, kMax)));
  std::vector<ConflictEntry> entries;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return entries;
    entries.push_back({{static_cast<uint32_t>(rows.Int(0)), std::string(rows.Blob(1))},
                       static_cast<uint64_t>(rows.Int(2))});
  }
}

absl::StatusOr<std::vector<RecordId>> RecordTable::Unsettled() {
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT type, key FROM record WHERE space = ?1 AND flags & 2"));
  rows.BindInt(1, space_);
  std::vector<RecordId> ids;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return ids;
    ids.push_back({static_cast<uint32_t>(rows.Int(0)), std::string(rows.Blob(1))});
  }
}

// SHA-256 over one SHA-256 a record, in the order of type and key. Each covers type, key and shared
// state.
absl::StatusOr<Hash> RecordTable::Digest() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT type, key, state FROM record WHERE space = ?1 "
                                           "ORDER BY type, key"));
  rows.BindInt(1, space_);
  std::string leaves;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return Sha256(leaves);
    DUDAO_ASSIGN(const Record record, Record::Decode(rows.Blob(2)));
    // All that wrote it was set aside: others may never have had it.
    if (record.cells().empty()) continue;
    std::string leaf;
    PutVarint(leaf, static_cast<uint64_t>(rows.Int(0)));
    PutBytes(leaf, rows.Blob(1));
    PutBytes(leaf, record.EncodeShared());
    leaves.append(HashBytes(Sha256(leaf)));
  }
}

absl::StatusOr<uint64_t> RecordTable::Count() {
  DUDAO_ASSIGN(Statement count, db_.Prepare("SELECT count(*) FROM record WHERE space = ?1 "
                                            "AND NOT (flags = 4 AND length(state) = ?2)"));
  count.BindInt(1, space_).BindInt(2, static_cast<int64_t>(Record().Encode().size()));
  DUDAO_TRY(count.Step().status());
  return static_cast<uint64_t>(count.Int(0));
}

absl::StatusOr<uint64_t> RecordTable::CountInConflict() {
  DUDAO_ASSIGN(Statement count,
               db_.Prepare("SELECT count(*) FROM record WHERE space = ?1 AND flags & 1"));
  count.BindInt(1, space_);
  DUDAO_TRY(count.Step().status());
  return static_cast<uint64_t>(count.Int(0));
}

}  // namespace dudao::sync
