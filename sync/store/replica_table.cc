#include "replica_table.h"

#include "dudao/sync/crdt/status_macros.h"

namespace dudao::sync {

absl::StatusOr<std::optional<int64_t>> ReplicaTable::Find(const ReplicaId& id) {
  if (const auto it = by_id_.find(id); it != by_id_.end()) return it->second;
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT ix FROM replica WHERE id = ?1"));
  find.BindBlob(1, id.AsBytes());
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return std::nullopt;
  Keep(id, find.Int(0));
  return find.Int(0);
}

absl::StatusOr<int64_t> ReplicaTable::Intern(const ReplicaId& id) {
  DUDAO_ASSIGN(const std::optional<int64_t> known, Find(id));
  if (known) return *known;
  DUDAO_ASSIGN(Statement insert, db_.Prepare("INSERT INTO replica(id) VALUES(?1)"));
  insert.BindBlob(1, id.AsBytes());
  DUDAO_TRY(insert.Run());
  const int64_t ix = db_.last_row();
  Keep(id, ix);
  return ix;
}

absl::StatusOr<ReplicaId> ReplicaTable::IdOf(int64_t ix) {
  if (const auto it = by_ix_.find(ix); it != by_ix_.end()) return it->second;
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT id FROM replica WHERE ix = ?1"));
  find.BindInt(1, ix);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return absl::DataLossError("a replica number without its id");
  const ReplicaId id = ReplicaId::FromBytes(find.Blob(0));
  Keep(id, ix);
  return id;
}

void ReplicaTable::Keep(const ReplicaId& id, int64_t ix) {
  by_id_[id] = ix;
  by_ix_[ix] = id;
}

void ReplicaTable::Forget() {
  by_id_.clear();
  by_ix_.clear();
}

}  // namespace dudao::sync
