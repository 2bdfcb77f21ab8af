#include "quarantine_table.h"

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"

namespace dudao::sync {
namespace {

// Columns: those that ReadRow knows.
constexpr std::string_view kAll =
    "SELECT replica, seq, source, hash, reason, detail, body, in_log, state FROM quarantine "
    "WHERE space = ?1 ORDER BY ix";
constexpr std::string_view kOne =
    "SELECT replica, seq, source, hash, reason, detail, body, in_log, state FROM quarantine "
    "WHERE space = ?1 AND replica = ?2 AND seq = ?3 AND hash = ?4";

}  // namespace

absl::StatusOr<QuarantineEntry> QuarantineTable::ReadRow(Statement& rows) {
  QuarantineEntry entry;
  DUDAO_ASSIGN(entry.what.dot.replica, replicas_.IdOf(rows.Int(0)));
  entry.what.dot.seq = static_cast<uint64_t>(rows.Int(1));
  DUDAO_ASSIGN(entry.from, replicas_.IdOf(rows.Int(2)));
  entry.what.hash = HashFromBytes(rows.Blob(3));
  entry.what.reason = std::string(rows.Text(4));
  entry.what.detail = std::string(rows.Text(5));
  entry.change_hash = std::string(rows.Blob(3));
  entry.change = std::string(rows.Blob(6));
  entry.in_log = rows.Int(7) != 0;
  entry.state = static_cast<JudgedState>(rows.Int(8));
  if (const auto change = DecodeChange(entry.change); change.ok()) {
    entry.what.time = change->time;
    entry.what.author = change->author;
  }
  return entry;
}

absl::Status QuarantineTable::Load(int64_t space) {
  space_ = space;
  aside_.clear();
  apart_.clear();
  DUDAO_ASSIGN(Statement rows, db_.Prepare(kAll));
  rows.BindInt(1, space_);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    DUDAO_ASSIGN(QuarantineEntry entry, ReadRow(rows));
    if (!entry.in_log) apart_.insert(entry.what.dot);
    if (!entry.in_log || entry.state == JudgedState::kReleased) continue;
    aside_[entry.what.dot] = std::move(entry.what);
  }
}

absl::Status QuarantineTable::Add(const Change& change, const Quarantined& what, int64_t source,
                                  bool in_log, JudgedState state) {
  DUDAO_ASSIGN(const int64_t replica, replicas_.Intern(change.replica));
  DUDAO_ASSIGN(
      Statement insert,
      db_.Prepare("INSERT INTO quarantine(space, replica, seq, in_log, source, hash, reason, "
                  "detail, body, state) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
                  "ON CONFLICT DO UPDATE SET in_log = 1, state = ?10, reason = ?7, detail = ?8 "
                  "WHERE ?4"));
  insert.BindInt(1, space_).BindInt(2, replica).BindInt(3, static_cast<int64_t>(change.seq));
  insert.BindInt(4, in_log ? 1 : 0).BindInt(5, source).BindBlob(6, HashBytes(what.hash));
  insert.BindText(7, what.reason).BindText(8, what.detail).BindBlob(9, EncodeChange(change));
  insert.BindInt(10, static_cast<int64_t>(state));
  DUDAO_TRY(insert.Run());
  if (!in_log) apart_.insert(change.dot());
  if (in_log && state != JudgedState::kReleased) aside_[change.dot()] = what;
  return absl::OkStatus();
}

absl::Status QuarantineTable::SetState(const Dot& dot, const Hash& hash, JudgedState state) {
  DUDAO_ASSIGN(const std::optional<QuarantineEntry> entry, Find(dot, hash));
  if (!entry) return absl::NotFoundError("the change is not kept aside");
  DUDAO_ASSIGN(const int64_t replica, replicas_.Intern(dot.replica));
  DUDAO_ASSIGN(Statement update,
               db_.Prepare("UPDATE quarantine SET state = ?5 WHERE space = ?1 AND replica = ?2 "
                           "AND seq = ?3 AND hash = ?4"));
  update.BindInt(1, space_).BindInt(2, replica).BindInt(3, static_cast<int64_t>(dot.seq));
  update.BindBlob(4, HashBytes(hash)).BindInt(5, static_cast<int64_t>(state));
  DUDAO_TRY(update.Run());
  if (!entry->in_log) return absl::OkStatus();
  if (state == JudgedState::kReleased) {
    aside_.erase(dot);
  } else {
    aside_[dot] = entry->what;
  }
  return absl::OkStatus();
}

absl::Status QuarantineTable::TakeOutOfLog(const Dot& dot, const Hash& hash) {
  aside_.erase(dot);
  apart_.insert(dot);
  DUDAO_ASSIGN(const int64_t replica, replicas_.Intern(dot.replica));
  DUDAO_ASSIGN(Statement update,
               db_.Prepare("UPDATE quarantine SET in_log = 0 WHERE space = ?1 AND replica = ?2 "
                           "AND seq = ?3 AND hash = ?4"));
  update.BindInt(1, space_).BindInt(2, replica).BindInt(3, static_cast<int64_t>(dot.seq));
  update.BindBlob(4, HashBytes(hash));
  return update.Run();
}

absl::Status QuarantineTable::Admit(std::string_view space, const Change& change) {
  if (!apart_.contains(change.dot())) return absl::OkStatus();
  const Hash hash = Sha256(CanonicalChange(space, change));
  DUDAO_ASSIGN(const std::optional<QuarantineEntry> entry, Find(change.dot(), hash));
  if (!entry) return absl::OkStatus();
  return Add(change, entry->what, 0, /*in_log=*/true, JudgedState::kReleased);
}

const Quarantined* QuarantineTable::Aside(const Dot& dot) const {
  const auto it = aside_.find(dot);
  return it == aside_.end() ? nullptr : &it->second;
}

void QuarantineTable::AddAside(const ReplicaId& replica, uint64_t first, uint64_t last,
                               std::vector<Quarantined>& out) const {
  for (auto it = aside_.lower_bound({replica, first});
       it != aside_.end() && it->first <= Dot{replica, last}; ++it) {
    out.push_back(it->second);
  }
}

absl::StatusOr<std::optional<QuarantineEntry>> QuarantineTable::Find(const Dot& dot,
                                                                     const Hash& hash) {
  DUDAO_ASSIGN(const std::optional<int64_t> replica, replicas_.Find(dot.replica));
  if (!replica) return std::nullopt;
  DUDAO_ASSIGN(Statement rows, db_.Prepare(kOne));
  rows.BindInt(1, space_).BindInt(2, *replica).BindInt(3, static_cast<int64_t>(dot.seq));
  rows.BindBlob(4, HashBytes(hash));
  DUDAO_ASSIGN(const bool found, rows.Step());
  if (!found) return std::nullopt;
  DUDAO_ASSIGN(QuarantineEntry entry, ReadRow(rows));
  return entry;
}

absl::StatusOr<std::vector<QuarantineEntry>> QuarantineTable::List() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare(kAll));
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
