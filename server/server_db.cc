#include "server_db.h"

#include "dudao/sync/crdt/status_macros.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr const char* kSteps[] = {
    R"sql(
CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE space(name TEXT PRIMARY KEY, team_id TEXT NOT NULL, shared INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE own_replica(space TEXT NOT NULL, replica BLOB NOT NULL, PRIMARY KEY(space, replica)) WITHOUT ROWID;
)sql",
    // `recovered`: hash of the entry that a Recovered entry carries, else NULL.
    R"sql(
CREATE TABLE control(position INTEGER PRIMARY KEY, entry BLOB NOT NULL, hash BLOB NOT NULL, recovered BLOB);
CREATE INDEX control_hash ON control(hash);
CREATE INDEX control_recovered ON control(recovered) WHERE recovered IS NOT NULL;
CREATE TABLE access(position INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, actor TEXT NOT NULL,
  event TEXT NOT NULL, subject TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TABLE person_secret(person_id TEXT PRIMARY KEY, hash TEXT NOT NULL, must_change INTEGER NOT NULL,
  last_sign_in_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE sign_in_attempt(person_id TEXT PRIMARY KEY, wrong INTEGER NOT NULL, locks INTEGER NOT NULL,
  locked_until_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE session(hash BLOB PRIMARY KEY, person_id TEXT NOT NULL, started_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE device(device_id TEXT PRIMARY KEY, name TEXT NOT NULL, enrolled_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE enrolment(code_hash BLOB PRIMARY KEY, person_id TEXT NOT NULL, expires_ms INTEGER NOT NULL,
  device_id TEXT NOT NULL, key_hash BLOB NOT NULL) WITHOUT ROWID;
)sql"};

}  // namespace

absl::StatusOr<std::unique_ptr<ServerDb>> ServerDb::Open(const std::string& path) {
  DUDAO_ASSIGN(auto db, sync::Database::Open(path));
  DUDAO_TRY(db->Migrate(kSteps));
  return std::unique_ptr<ServerDb>(new ServerDb(std::move(db)));
}

absl::Status ServerDb::Checkpoint() {
  absl::MutexLock lock(&mutex_);
  return db_->Checkpoint();
}

int64_t ServerDb::StoredBytes() {
  absl::MutexLock lock(&mutex_);
  return FileBytes(db_->path()) + FileBytes(db_->path() + "-wal");
}

}  // namespace dudao::server
