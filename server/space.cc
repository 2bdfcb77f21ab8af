#include "space.h"

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/store/sqlite_store.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr size_t kHistoryIdBytes = 8;

}  // namespace

absl::StatusOr<std::unique_ptr<Space>> Space::Open(const std::string& path, const std::string& name,
                                                   const std::string& token, Registry& registry) {
  DUDAO_ASSIGN(auto db, sync::Database::Open(path));
  sync::IncarnationOptions incarnation;
  incarnation.fresh_replica = sync::ReplicaId::FromBytes(RandomBytes(sync::kReplicaIdBytes));
  incarnation.fresh_history_id = RandomBytes(kHistoryIdBytes);
  incarnation.token = token;
  DUDAO_ASSIGN(auto store, sync::SqliteStore::Open(*db, name, incarnation));
  DUDAO_TRY(registry.AddOwnReplica(name, store->self()));
  DUDAO_ASSIGN(auto own, registry.OwnReplicas(name));
  std::unique_ptr<Space> space(new Space(name, path));
  space->own_ = std::move(own);
  absl::MutexLock lock(&space->mutex_);
  space->db_ = std::move(db);
  space->store_ = std::move(store);
  return space;
}

int64_t Space::StoredBytes() const { return FileBytes(path_) + FileBytes(path_ + "-wal"); }

absl::Status Space::Checkpoint() { return store_->Checkpoint(); }

}  // namespace dudao::server
