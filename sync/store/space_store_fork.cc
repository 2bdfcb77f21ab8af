// Two replicas under one id: this one steps aside, or makes room for what the server holds.
#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "space_store.h"

namespace dudao::sync {

absl::StatusOr<bool> SpaceStore::NewIncarnation(const FreshIdentity& fresh, uint64_t common) {
  DUDAO_TRY(Ready());
  if (fresh.replica.IsZero() || fresh.history_id.empty() || fresh.replica == tables_.self)
    return absl::InvalidArgumentError("a fresh replica id and history id are needed");
  DUDAO_ASSIGN(const bool made, Guard(Reincarnate(fresh, common)));
  stale_ = true;  // reads back what was written: no other path is as rare
  DUDAO_TRY(Ready());
  return made;
}

absl::StatusOr<bool> SpaceStore::Reincarnate(const FreshIdentity& fresh, uint64_t common) {
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(tables_.db));
  const ReplicaId old = tables_.self;
  DUDAO_ASSIGN(std::vector<Change> again, tables_.CutAfter(old, common));
  const FormerTable::Former former{old, common, fresh.replica, again.size()};
  DUDAO_TRY(tables_.formers.Add(former));
  DUDAO_TRY(tables_.BecomeReplica(fresh, tables_.token()));
  Hash hash{};
  for (Change& change : again) {
    change.replica = fresh.replica;
    change.seq -= common;
    change.seen = Renamed(change.seen, former);
    hash = ChainHash(hash, tables_.space, change);
    DUDAO_TRY(tables_.fresh.Append(change.seq, hash, EncodeChange(change)));
    DUDAO_TRY(tables_.ApplyChange(change, hash));
  }
  DUDAO_TRY(tables_.WriteBack());
  DUDAO_TRY(transaction.Commit());
  return !again.empty();
}

absl::Status SpaceStore::CutFork(const ReplicaId& replica, uint64_t common,
                                 const std::string& history_id) {
  DUDAO_TRY(Ready());
  if (replica == tables_.self || history_id.empty())
    return absl::InvalidArgumentError("a fork is of another replica and needs a fresh history id");
  return Guard(InTransaction([&]() -> absl::Status {
    DUDAO_ASSIGN(const int64_t source, tables_.replicas.Intern(tables_.self));
    DUDAO_ASSIGN(const std::vector<Change> removed, tables_.CutAfter(replica, common));
    for (const Change& change : removed) {
      Quarantined what;
      what.dot = change.dot();
      what.reason = kDotReused;
      what.detail = "the server holds another change of this replica under this number";
      what.hash = Sha256(CanonicalChange(tables_.space, change));
      DUDAO_TRY(tables_.quarantine.Add(change, what, source, /*in_log=*/false));
    }
    return tables_.RenewHistory(history_id);
  }));
}

}  // namespace dudao::sync
