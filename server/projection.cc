#include "projection.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "projection_rows.h"
#include "projection_schema.h"

namespace dudao::server {
namespace {

absl::StatusOr<std::unique_ptr<sync::Database>> OpenFile(const std::string& path) {
  DUDAO_ASSIGN(auto db, sync::Database::Open(path));
  DUDAO_TRY(db->Migrate(kProjectionSteps));
  return db;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Projection>> Projection::Open(const std::string& path) {
  auto db = OpenFile(path);
  if (!db.ok() && (absl::IsDataLoss(db.status()) || absl::IsFailedPrecondition(db.status()))) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
    db = OpenFile(path);
  }
  if (!db.ok()) return db.status();
  std::unique_ptr<Projection> projection(new Projection(path, *std::move(db)));
  absl::MutexLock lock(&projection->mutex_);
  DUDAO_ASSIGN(projection->calendar_, LoadCalendar(*projection->db_));
  return projection;
}

absl::Status Projection::ForgetLocked(std::string_view space) {
  for (const char* sql :
       {"DELETE FROM visit_text WHERE rowid IN (SELECT id FROM visit WHERE space = ?)",
        "DELETE FROM visit WHERE space = ?", "DELETE FROM file_use WHERE space = ?",
        "DELETE FROM finding_text WHERE rowid IN (SELECT id FROM finding WHERE space = ?)",
        "DELETE FROM finding WHERE space = ?", "DELETE FROM finding_person WHERE space = ?",
        "DELETE FROM finding_check WHERE space = ?", "DELETE FROM notice WHERE space = ?",
        "DELETE FROM look_back WHERE space = ?", "DELETE FROM progress WHERE space = ?"}) {
    DUDAO_ASSIGN(auto statement, db_->Prepare(sql));
    statement.BindText(1, space);
    DUDAO_TRY(statement.Run());
  }
  return absl::OkStatus();
}

absl::Status Projection::Forget(std::string_view space) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto transaction, sync::Transaction::Begin(*db_));
  DUDAO_TRY(ForgetLocked(space));
  return transaction.Commit();
}

// A store with another history was restored or replaced: its revisions say nothing about ours.
absl::StatusOr<uint64_t> Projection::Reached(std::string_view space, std::string_view history) {
  DUDAO_ASSIGN(auto read, db_->Prepare("SELECT revision, history FROM progress WHERE space = ?"));
  read.BindText(1, space);
  DUDAO_ASSIGN(const bool found, read.Step());
  if (!found) return 0;
  if (read.Blob(1) == history) return static_cast<uint64_t>(read.Int(0));
  read.Reset();
  DUDAO_TRY(ForgetLocked(space));
  return 0;
}

absl::Status Projection::CatchUp(std::string_view space, sync::Store& store) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto transaction, sync::Transaction::Begin(*db_));
  DUDAO_ASSIGN(const uint64_t from, Reached(space, store.history_id()));
  uint64_t reached = from;
  absl::Status projected;
  DUDAO_TRY(store.ScanTouched(from, [&](const sync::StoredRecord& stored) {
    projected = ProjectRecord(*db_, space, stored, calendar_);
    reached = std::max(reached, stored.revision);
    return projected.ok();
  }));
  DUDAO_TRY(projected);
  if (reached == from && from != 0) return absl::OkStatus();
  DUDAO_ASSIGN(
      auto put,
      db_->Prepare("INSERT OR REPLACE INTO progress(space, revision, history) VALUES(?, ?, ?)"));
  put.BindText(1, space).BindInt(2, static_cast<int64_t>(reached)).BindBlob(3, store.history_id());
  DUDAO_TRY(put.Run());
  return transaction.Commit();
}

absl::StatusOr<std::vector<TeamRow>> Projection::Teams() {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read,
               db_->Prepare("SELECT id, name, quota FROM team WHERE active ORDER BY id"));
  std::vector<TeamRow> teams;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return teams;
    teams.push_back(
        {std::string(read.Text(0)), std::string(read.Text(1)), static_cast<int>(read.Int(2))});
  }
}

absl::StatusOr<std::string> Projection::Dump() {
  absl::MutexLock lock(&mutex_);
  std::string out;
  struct Table {
    const char* sql;
    int columns;
  };
  for (const Table& table :
       {Table{"SELECT space, hex(key), temp_no, team_id, unit_code, visit_date, state, arrived_ms, "
              "left_ms, findings, evidence, conflicts, changed_ms, longitude_e7, latitude_e7, text "
              "FROM "
              "visit ORDER BY space, key",
              16},
        Table{"SELECT code, name, pinyin, initials, parent, unit_type, weak, thin, plannable FROM "
              "place "
              "ORDER BY code",
              9},
        Table{"SELECT id, name, quota, active FROM team ORDER BY id", 4},
        Table{"SELECT space, finding_id, present, hex(visit_key), part, todo, stale, state, "
              "notice_no, "
              "due, green_ms, yellow_ms, wait_ms, look_back, relapse, sources, rework, digest, "
              "found_text, own_text FROM finding ORDER BY space, finding_id, visit_key",
              20},
        Table{"SELECT space, hex(key), finding_id, checker_id, result, submitted FROM look_back "
              "ORDER BY "
              "space, key, finding_id",
              6},
        Table{"SELECT space, finding_id, year, number FROM notice ORDER BY 1, 2, 3, 4", 4}}) {
    DUDAO_ASSIGN(auto read, db_->Prepare(table.sql));
    while (true) {
      DUDAO_ASSIGN(const bool more, read.Step());
      if (!more) break;
      for (int column = 0; column < table.columns; ++column)
        absl::StrAppend(&out, std::string(read.Text(column)), "|");
      out += '\n';
    }
  }
  return out;
}

absl::StatusOr<int64_t> Projection::RowsWritten() {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read, db_->Prepare("SELECT total_changes()"));
  DUDAO_TRY(read.Step().status());
  return read.Int(0);
}

int64_t Projection::StoredBytes() const { return FileBytes(path_) + FileBytes(path_ + "-wal"); }

absl::Status Projection::Checkpoint() {
  absl::MutexLock lock(&mutex_);
  return db_->Checkpoint();
}

}  // namespace dudao::server
