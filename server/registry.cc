#include "registry.h"

#include "dudao/sync/crdt/status_macros.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr const char* kSteps[] = {R"sql(
CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE space(name TEXT PRIMARY KEY, team_id TEXT NOT NULL, shared INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE own_replica(space TEXT NOT NULL, replica BLOB NOT NULL, PRIMARY KEY(space, replica)) WITHOUT ROWID;
)sql"};

constexpr size_t kTokenKeyBytes = 32;

}  // namespace

absl::StatusOr<std::unique_ptr<Registry>> Registry::Open(const std::string& path) {
  DUDAO_ASSIGN(auto db, sync::Database::Open(path));
  DUDAO_TRY(db->Migrate(kSteps));
  return std::unique_ptr<Registry>(new Registry(std::move(db)));
}

absl::StatusOr<std::string> Registry::TokenKey() {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto insert, db_->Prepare("INSERT OR IGNORE INTO secret VALUES('token', ?)"));
  insert.BindBlob(1, RandomBytes(kTokenKeyBytes));
  DUDAO_TRY(insert.Run());
  DUDAO_ASSIGN(auto read, db_->Prepare("SELECT value FROM secret WHERE name = 'token'"));
  DUDAO_ASSIGN(const bool found, read.Step());
  return found ? std::string(read.Blob(0)) : std::string();
}

absl::StatusOr<std::vector<SpaceTraits>> Registry::Spaces() {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read, db_->Prepare("SELECT name, team_id, shared FROM space ORDER BY name"));
  std::vector<SpaceTraits> spaces;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return spaces;
    spaces.push_back({std::string(read.Text(0)), std::string(read.Text(1)), read.Int(2) != 0});
  }
}

absl::Status Registry::PutSpace(const SpaceTraits& space) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto put, db_->Prepare("INSERT OR REPLACE INTO space VALUES(?, ?, ?)"));
  put.BindText(1, space.name).BindText(2, space.team_id).BindInt(3, space.shared ? 1 : 0);
  return put.Run();
}

absl::StatusOr<std::set<sync::ReplicaId>> Registry::OwnReplicas(std::string_view space) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read, db_->Prepare("SELECT replica FROM own_replica WHERE space = ?"));
  read.BindText(1, space);
  std::set<sync::ReplicaId> own;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return own;
    own.insert(sync::ReplicaId::FromBytes(read.Blob(0)));
  }
}

absl::Status Registry::AddOwnReplica(std::string_view space, const sync::ReplicaId& replica) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto put, db_->Prepare("INSERT OR IGNORE INTO own_replica VALUES(?, ?)"));
  put.BindText(1, space).BindBlob(2, replica.AsBytes());
  return put.Run();
}

absl::Status Registry::Checkpoint() {
  absl::MutexLock lock(&mutex_);
  return db_->Checkpoint();
}

int64_t Registry::StoredBytes() {
  absl::MutexLock lock(&mutex_);
  return FileBytes(db_->path()) + FileBytes(db_->path() + "-wal");
}

}  // namespace dudao::server
