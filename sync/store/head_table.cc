#include "head_table.h"

#include "dudao/sync/crdt/status_macros.h"

namespace dudao::sync {

absl::Status HeadTable::Load(int64_t space) {
  space_ = space;
  heads_.clear();
  delivered_ = VersionVector();
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT replica, seq, time, hash FROM head WHERE space = ?1"));
  rows.BindInt(1, space_);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    DUDAO_ASSIGN(const ReplicaId replica, replicas_.IdOf(rows.Int(0)));
    HeadState head;
    head.seq = static_cast<uint64_t>(rows.Int(1));
    head.time = HybridTime::Unpack(static_cast<uint64_t>(rows.Int(2)));
    head.hash = HashFromBytes(rows.Blob(3));
    heads_[replica] = head;
    delivered_.Set(replica, head.seq);
  }
}

HeadState HeadTable::Get(const ReplicaId& replica) const {
  const auto it = heads_.find(replica);
  return it == heads_.end() ? HeadState() : it->second;
}

void HeadTable::Advance(const ReplicaId& replica, const HeadState& head) {
  HeadState& held = heads_[replica];
  held = head;
  held.dirty = true;
  delivered_.Set(replica, head.seq);
}

absl::Status HeadTable::Retreat(const ReplicaId& replica, const HeadState& head) {
  if (head.seq > 0) {
    Advance(replica, head);
    return absl::OkStatus();
  }
  heads_.erase(replica);
  delivered_.Set(replica, 0);
  DUDAO_ASSIGN(const int64_t ix, replicas_.Intern(replica));
  DUDAO_ASSIGN(Statement remove, db_.Prepare("DELETE FROM head WHERE space = ?1 AND replica = ?2"));
  remove.BindInt(1, space_).BindInt(2, ix);
  return remove.Run();
}

absl::Status HeadTable::WriteBack() {
  for (auto& [replica, head] : heads_) {
    if (!head.dirty) continue;
    DUDAO_ASSIGN(const int64_t ix, replicas_.Intern(replica));
    DUDAO_ASSIGN(Statement put,
                 db_.Prepare("INSERT OR REPLACE INTO head(space, replica, seq, time, hash) "
                             "VALUES(?1, ?2, ?3, ?4, ?5)"));
    put.BindInt(1, space_).BindInt(2, ix).BindInt(3, static_cast<int64_t>(head.seq));
    put.BindInt(4, static_cast<int64_t>(head.time.Pack())).BindBlob(5, HashBytes(head.hash));
    DUDAO_TRY(put.Run());
    head.dirty = false;
  }
  return absl::OkStatus();
}

}  // namespace dudao::sync
