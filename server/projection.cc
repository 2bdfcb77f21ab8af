#include "projection.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "projection_rows.h"

namespace dudao::server {
namespace {

constexpr const char* kSteps[] = {R"sql(
CREATE TABLE progress(space TEXT PRIMARY KEY, revision INTEGER NOT NULL, history BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE visit(
  id INTEGER PRIMARY KEY, space TEXT NOT NULL, key BLOB NOT NULL, temp_no TEXT NOT NULL, team_id TEXT NOT NULL,
  unit_code TEXT NOT NULL, visit_date TEXT NOT NULL, state INTEGER NOT NULL, arrived_ms INTEGER NOT NULL, left_ms INTEGER NOT NULL,
  findings INTEGER NOT NULL, evidence INTEGER NOT NULL, conflicts INTEGER NOT NULL, changed_ms INTEGER NOT NULL, text TEXT NOT NULL,
  UNIQUE(space, key));
CREATE INDEX visit_by_date ON visit(visit_date DESC, space, key);
CREATE INDEX visit_by_unit ON visit(unit_code);
CREATE VIRTUAL TABLE visit_text USING fts5(text, content='', contentless_delete=1, tokenize='trigram');
CREATE TABLE place(code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE team(id TEXT PRIMARY KEY, name TEXT NOT NULL, quota INTEGER NOT NULL, active INTEGER NOT NULL) WITHOUT ROWID;
)sql",
                                  R"sql(
CREATE TABLE file_use(
  space TEXT NOT NULL, sha256 BLOB NOT NULL, key BLOB NOT NULL, personal INTEGER NOT NULL,
  PRIMARY KEY(space, sha256, key)) WITHOUT ROWID;
CREATE INDEX file_use_by_record ON file_use(space, key);
DELETE FROM progress;
DELETE FROM visit_text;
DELETE FROM visit;
)sql"};

absl::StatusOr<std::unique_ptr<sync::Database>> OpenFile(const std::string& path) {
  DUDAO_ASSIGN(auto db, sync::Database::Open(path));
  DUDAO_TRY(db->Migrate(kSteps));
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
  return std::unique_ptr<Projection>(new Projection(path, *std::move(db)));
}

absl::Status Projection::ForgetLocked(std::string_view space) {
  for (const char* sql :
       {"DELETE FROM visit_text WHERE rowid IN (SELECT id FROM visit WHERE space = ?)",
        "DELETE FROM visit WHERE space = ?", "DELETE FROM file_use WHERE space = ?",
        "DELETE FROM progress WHERE space = ?"}) {
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
    projected = ProjectRecord(*db_, space, stored);
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
  for (const char* sql : {"SELECT space, hex(key), temp_no, team_id, unit_code, visit_date, state, "
                          "arrived_ms, left_ms, findings, evidence, conflicts, "
                          "changed_ms, text FROM visit ORDER BY space, key",
                          "SELECT code, name, '', '', '', '', '', '', '', '', '', '', '', '' FROM "
                          "place ORDER BY code",
                          "SELECT id, name, quota, active, '', '', '', '', '', '', '', '', '', '' "
                          "FROM team ORDER BY id"}) {
    DUDAO_ASSIGN(auto read, db_->Prepare(sql));
    while (true) {
      DUDAO_ASSIGN(const bool more, read.Step());
      if (!more) break;
      for (int column = 0; column < 14; ++column)
        absl::StrAppend(&out, std::string(read.Text(column)), "|");
      out += '\n';
    }
  }
  return out;
}

int64_t Projection::StoredBytes() const { return FileBytes(path_) + FileBytes(path_ + "-wal"); }

absl::Status Projection::Checkpoint() {
  absl::MutexLock lock(&mutex_);
  return db_->Checkpoint();
}

}  // namespace dudao::server
