#include "registry.h"

#include "dudao/sync/crdt/status_macros.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr size_t kTokenKeyBytes = 32;

}  // namespace

absl::StatusOr<std::string> Registry::TokenKey() {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto insert, db_.db().Prepare("INSERT OR IGNORE INTO secret VALUES('token', ?)"));
  insert.BindBlob(1, RandomBytes(kTokenKeyBytes));
  DUDAO_TRY(insert.Run());
  DUDAO_ASSIGN(auto read, db_.db().Prepare("SELECT value FROM secret WHERE name = 'token'"));
  DUDAO_ASSIGN(const bool found, read.Step());
  return found ? std::string(read.Blob(0)) : std::string();
}

absl::StatusOr<std::vector<trust::v1::SpaceRule>> Registry::OldSpaces() {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read,
               db_.db().Prepare("SELECT name, team_id, shared FROM space ORDER BY name"));
  std::vector<trust::v1::SpaceRule> spaces;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return spaces;
    trust::v1::SpaceRule& space = spaces.emplace_back();
    space.set_space(std::string(read.Text(0)));
    space.set_team_id(std::string(read.Text(1)));
    space.set_shared(read.Int(2) != 0);
  }
}

absl::StatusOr<std::set<sync::ReplicaId>> Registry::OwnReplicas(std::string_view space) {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read, db_.db().Prepare("SELECT replica FROM own_replica WHERE space = ?"));
  read.BindText(1, space);
  std::set<sync::ReplicaId> own;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return own;
    own.insert(sync::ReplicaId::FromBytes(read.Blob(0)));
  }
}

absl::Status Registry::AddOwnReplica(std::string_view space, const sync::ReplicaId& replica) {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto put, db_.db().Prepare("INSERT OR IGNORE INTO own_replica VALUES(?, ?)"));
  put.BindText(1, space).BindBlob(2, replica.AsBytes());
  return put.Run();
}

}  // namespace dudao::server
