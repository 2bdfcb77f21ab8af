#include "fresh_table.h"

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"

namespace dudao::sync {
namespace {

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError("the list of local saves is damaged: " + std::string(what));
}

absl::StatusOr<Change> DecodeRow(uint64_t seq, std::string_view body) {
  absl::StatusOr<Change> change = DecodeChange(body);
  if (!change.ok() || change->seq != seq) return Damaged("a row does not hold its change");
  return change;
}

}  // namespace

absl::Status FreshTable::Load(
    int64_t space, uint64_t seq,
    const std::function<absl::Status(const Change&, const Hash&)>& replay) {
  space_ = space;
  rows_.clear();
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT ix, seq, length(body), hash, body FROM fresh "
                                           "WHERE space = ?1 ORDER BY ix"));
  rows.BindInt(1, space_);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const Row held{rows.Int(0), static_cast<uint64_t>(rows.Int(1)),
                   static_cast<size_t>(rows.Int(2))};
    if (!rows_.empty() && held.seq != rows_.back().seq + 1) return Damaged("numbers have a hole");
    rows_.push_back(held);
    if (held.seq <= seq) continue;
    DUDAO_ASSIGN(const Change change, DecodeRow(held.seq, rows.Blob(4)));
    DUDAO_TRY(replay(change, HashFromBytes(rows.Blob(3))));
  }
}

absl::Status FreshTable::Append(uint64_t seq, const Hash& hash, std::string_view body) {
  DUDAO_ASSIGN(Statement insert,
               db_.Prepare("INSERT INTO fresh(space, seq, hash, body) VALUES(?1, ?2, ?3, ?4)"));
  insert.BindInt(1, space_).BindInt(2, static_cast<int64_t>(seq));
  insert.BindBlob(3, HashBytes(hash)).BindBlob(4, body);
  DUDAO_TRY(insert.Run());
  rows_.push_back({db_.last_row(), seq, body.size()});
  return absl::OkStatus();
}

bool FreshTable::Holds(uint64_t seq) const {
  return !rows_.empty() && seq >= rows_.front().seq && seq <= rows_.back().seq;
}

size_t FreshTable::CountWithin(size_t changes_max, size_t bytes_max) const {
  size_t count = 0;
  size_t bytes = 0;
  for (const Row& row : rows_) {
    bytes += row.bytes;
    if (count > 0 && (count == changes_max || bytes > bytes_max)) break;
    ++count;
  }
  return count;
}

absl::StatusOr<Change> FreshTable::ReadRow(const Row& row) {
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT body FROM fresh WHERE ix = ?1"));
  find.BindInt(1, row.ix);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return Damaged("a row is missing");
  return DecodeRow(row.seq, find.Blob(0));
}

absl::StatusOr<Change> FreshTable::Read(uint64_t seq) {
  if (!Holds(seq)) return Damaged("a row is missing");
  return ReadRow(rows_[static_cast<size_t>(seq - rows_.front().seq)]);
}

absl::StatusOr<Hash> FreshTable::HashOf(uint64_t seq) {
  if (!Holds(seq)) return Damaged("a row is missing");
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT hash FROM fresh WHERE ix = ?1"));
  find.BindInt(1, rows_[static_cast<size_t>(seq - rows_.front().seq)].ix);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return Damaged("a row is missing");
  return HashFromBytes(find.Blob(0));
}

absl::StatusOr<std::vector<Change>> FreshTable::ReadFirst(size_t count) {
  std::vector<Change> changes;
  changes.reserve(count);
  for (size_t i = 0; i < count && i < rows_.size(); ++i) {
    DUDAO_ASSIGN(Change change, ReadRow(rows_[i]));
    changes.push_back(std::move(change));
  }
  return changes;
}

absl::Status FreshTable::RemoveFirst(size_t count) {
  for (; count > 0 && !rows_.empty(); --count) {
    DUDAO_ASSIGN(Statement remove, db_.Prepare("DELETE FROM fresh WHERE ix = ?1"));
    remove.BindInt(1, rows_.front().ix);
    DUDAO_TRY(remove.Run());
    rows_.pop_front();
  }
  return absl::OkStatus();
}

}  // namespace dudao::sync
