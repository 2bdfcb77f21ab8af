#include "verdict_table.h"

#include <algorithm>

#include "dudao/sync/crdt/status_macros.h"

namespace dudao::sync {

absl::Status VerdictTable::Load(int64_t space) {
  space_ = space;
  verdicts_.clear();
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT replica, seq, released, hash FROM verdict WHERE space = ?1"));
  rows.BindInt(1, space_);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    DUDAO_ASSIGN(const ReplicaId replica, replicas_.IdOf(rows.Int(0)));
    verdicts_[{replica, static_cast<uint64_t>(rows.Int(1))}].emplace_back(
        HashFromBytes(rows.Blob(3)), rows.Int(2) != 0);
  }
}

absl::Status VerdictTable::Put(const Dot& dot, const Hash& change_hash, bool released) {
  auto& list = verdicts_[dot];
  const auto it = std::find_if(list.begin(), list.end(),
                               [&](const auto& entry) { return entry.first == change_hash; });
  if (it != list.end() && it->second == released) return absl::OkStatus();
  if (it != list.end()) {
    it->second = released;
  } else {
    list.emplace_back(change_hash, released);
  }
  DUDAO_ASSIGN(const int64_t replica, replicas_.Intern(dot.replica));
  DUDAO_ASSIGN(Statement put,
               db_.Prepare("INSERT OR REPLACE INTO verdict(space, replica, seq, released, hash) "
                           "VALUES(?1, ?2, ?3, ?4, ?5)"));
  put.BindInt(1, space_).BindInt(2, replica).BindInt(3, static_cast<int64_t>(dot.seq));
  put.BindInt(4, released ? 1 : 0).BindBlob(5, HashBytes(change_hash));
  return put.Run();
}

std::optional<bool> VerdictTable::On(std::string_view space, const Change& change) const {
  const auto it = verdicts_.find(change.dot());
  if (it == verdicts_.end()) return std::nullopt;
  const Hash hash = Sha256(CanonicalChange(space, change));
  for (const auto& [judged, released] : it->second) {
    if (judged == hash) return released;
  }
  return std::nullopt;
}

}  // namespace dudao::sync
