#include "quarantine_table.h"

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"

namespace dudao::sync {
namespace {

constexpr std::string_view kColumns =
    "SELECT replica, seq, source, hash, reason, detail, body, in_log FROM quarantine "
    "WHERE space = ?1 ORDER BY ix";

}  // namespace

absl::StatusOr<QuarantineEntry> QuarantineTable::ReadRow(Statement& rows) {
  QuarantineEntry entry;
  DUDAO_ASSIGN(entry.what.dot.replica, replicas_.IdOf(rows.Int(0)));
  entry.what.dot.seq = static_cast<uint64_t>(rows.Int(1));
  DUDAO_ASSIGN(entry.from, replicas_.IdOf(rows.Int(2)));
  entry.what.hash = HashFromBytes(rows.Blob(3));
  entry.what.reason = std::string(rows.Text(4));
  entry.what.detail = std::string(rows.Text(5));
  entry.change = std::string(rows.Blob(6));
  if (const auto change = DecodeChange(entry.change); change.ok()) {
    entry.what.time = change->time;
    entry.what.author = change->author;
  }
  return entry;
}

absl::Status QuarantineTable::Load(int64_t space) {
  space_ = space;
  in_log_.clear();
  DUDAO_ASSIGN(Statement rows, db_.Prepare(kColumns));
  rows.BindInt(1, space_);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    if (rows.Int(7) == 0) continue;
    DUDAO_ASSIGN(QuarantineEntry entry, ReadRow(rows));
    in_log_[entry.what.dot] = std::move(entry.what);
  }
}

absl::Status QuarantineTable::Add(const Change& change, const Quarantined& what, int64_t source,
                                  bool in_log) {
  DUDAO_ASSIGN(const int64_t replica, replicas_.Intern(change.replica));
  DUDAO_ASSIGN(
      Statement insert,
      db_.Prepare("INSERT OR IGNORE INTO quarantine(space, replica, seq, in_log, source, "
                  "hash, reason, detail, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  insert.BindInt(1, space_).BindInt(2, replica).BindInt(3, static_cast<int64_t>(change.seq));
  insert.BindInt(4, in_log ? 1 : 0).BindInt(5, source).BindBlob(6, HashBytes(what.hash));
  insert.BindText(7, what.reason).BindText(8, what.detail).BindBlob(9, EncodeChange(change));
  DUDAO_TRY(insert.Run());
  if (in_log) in_log_[change.dot()] = what;
  return absl::OkStatus();
}

const Quarantined* QuarantineTable::InLog(const Dot& dot) const {
  const auto it = in_log_.find(dot);
  return it == in_log_.end() ? nullptr : &it->second;
}

absl::StatusOr<std::vector<QuarantineEntry>> QuarantineTable::List() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare(kColumns));
  rows.BindInt(1, space_);
  std::vector<QuarantineEntry> entries;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return entries;
    DUDAO_ASSIGN(QuarantineEntry entry, ReadRow(rows));
    entries.push_back(std::move(entry));
  }
}

absl::StatusOr<uint64_t> QuarantineTable::Count() {
  DUDAO_ASSIGN(Statement count, db_.Prepare("SELECT count(*) FROM quarantine WHERE space = ?1"));
  count.BindInt(1, space_);
  DUDAO_TRY(count.Step().status());
  return static_cast<uint64_t>(count.Int(0));
}

}  // namespace dudao::sync
