#include "record_table.h"

#include <algorithm>

#include "dudao/sync/crdt/status_macros.h"
#include "tuning.h"

namespace dudao::sync {
namespace {

// A decoded record takes about so many times its encoded size, and an entry takes something by
// itself.
constexpr size_t kDecodedFactor = 4;
constexpr size_t kEntryBytes = 256;

// Column `flags`; the schema's partial indexes know the first two.
constexpr int64_t kInConflict = 1;
constexpr int64_t kUnsettled = 2;
constexpr int64_t kDeleted = 4;

int64_t FlagsOf(const Record& record) {
  return (record.HasConflict() ? kInConflict : 0) | (record.overtakers() > 0 ? kUnsettled : 0) |
         (record.exists() ? 0 : kDeleted);
}

}  // namespace

absl::Status RecordTable::Reload(int64_t space) {
  space_ = space;
  dirty_.clear();
  by_id_.clear();
  items_.clear();
  bytes_ = 0;
  dirty_bytes_ = 0;
  DUDAO_ASSIGN(Statement max, db_.Prepare("SELECT max(revision) FROM record WHERE space = ?1"));
  max.BindInt(1, space_);
  DUDAO_TRY(max.Step().status());
  revision_ = static_cast<uint64_t>(max.Int(0));
  return absl::OkStatus();
}

absl::StatusOr<CachedRecord*> RecordTable::Load(const RecordId& id) {
  if (const auto it = by_id_.find(id); it != by_id_.end()) {
    items_.splice(items_.end(), items_, it->second);
    return &*it->second;
  }
  CachedRecord item;
  item.id = id;
  DUDAO_TRY(Fetch(item));
  bytes_ += item.bytes;
  items_.push_back(std::move(item));
  by_id_[id] = std::prev(items_.end());
  return &items_.back();
}

absl::Status RecordTable::Fetch(CachedRecord& item) {
  item.bytes = kEntryBytes;
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT ix, revision, state FROM record "
                                           "WHERE space = ?1 AND type = ?2 AND key = ?3"));
  find.BindInt(1, space_).BindInt(2, item.id.type).BindBlob(3, item.id.key);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return absl::OkStatus();
  item.ix = find.Int(0);
  item.revision = static_cast<uint64_t>(find.Int(1));
  item.bytes += kDecodedFactor * find.Blob(2).size();
  DUDAO_ASSIGN(item.record, Record::Decode(find.Blob(2)));
  return absl::OkStatus();
}

void RecordTable::Changed(CachedRecord& record, size_t bytes) {
  if (!record.dirty) {
    record.dirty = true;
    dirty_.push_back(&record);
    dirty_bytes_ += record.bytes;
  }
  record.bytes += bytes;
  bytes_ += bytes;
  dirty_bytes_ += bytes;
}

void RecordTable::Clear(CachedRecord& record) {
  record.record = Record();
  NextRevision(record);
  Changed(record, 0);
}

absl::StatusOr<int64_t> RecordTable::IxOf(const RecordId& id) {
  if (const auto it = by_id_.find(id); it != by_id_.end() && it->second->ix != 0) {
    return it->second->ix;
  }
  DUDAO_ASSIGN(Statement find,
               db_.Prepare("SELECT ix FROM record WHERE space = ?1 AND type = ?2 AND key = ?3"));
  find.BindInt(1, space_).BindInt(2, id.type).BindBlob(3, id.key);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return absl::DataLossError("a record of the log is missing");
  return find.Int(0);
}

absl::Status RecordTable::WriteBack() {
  for (CachedRecord* item : dirty_) DUDAO_TRY(Put(*item));
  dirty_.clear();
  dirty_bytes_ = 0;
  return absl::OkStatus();
}

absl::Status RecordTable::Put(CachedRecord& item) {
  const std::string state = item.record.Encode();
  const int64_t flags = FlagsOf(item.record);
  if (item.ix == 0) {
    DUDAO_ASSIGN(Statement insert,
                 db_.Prepare("INSERT INTO record(space, type, key, revision, flags, state) "
                             "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
    insert.BindInt(1, space_).BindInt(2, item.id.type).BindBlob(3, item.id.key);
    insert.BindInt(4, static_cast<int64_t>(item.revision)).BindInt(5, flags).BindBlob(6, state);
    DUDAO_TRY(insert.Run());
    item.ix = db_.last_row();
  } else {
    DUDAO_ASSIGN(
        Statement update,
        db_.Prepare("UPDATE record SET revision = ?2, flags = ?3, state = ?4 WHERE ix = ?1"));
    update.BindInt(1, item.ix).BindInt(2, static_cast<int64_t>(item.revision));
    update.BindInt(3, flags).BindBlob(4, state);
    DUDAO_TRY(update.Run());
  }
  item.dirty = false;
  const size_t bytes = kEntryBytes + kDecodedFactor * state.size();
  bytes_ = bytes_ - item.bytes + bytes;
  item.bytes = bytes;
  return absl::OkStatus();
}

void RecordTable::Trim() {
  for (auto it = items_.begin(); it != items_.end() && bytes_ - dirty_bytes_ > kCleanBytesMax;) {
    if (it->dirty) {
      ++it;
      continue;
    }
    bytes_ -= it->bytes;
    by_id_.erase(it->id);
    it = items_.erase(it);
  }
}

}  // namespace dudao::sync
