// Two replicas under one id: this one steps aside, or makes room for what the server holds.
#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "space_store.h"
#include "tuning.h"

namespace dudao::sync {

absl::StatusOr<bool> SpaceStore::NewIncarnation(const FreshIdentity& fresh, uint64_t common) {
  DUDAO_TRY(Ready());
  if (fresh.replica.IsZero() || fresh.history_id.empty() || fresh.replica == tables_.self)
    return absl::InvalidArgumentError("a fresh replica id and history id are needed");
  return Guard(Reincarnate(fresh, common));
}

absl::StatusOr<bool> SpaceStore::Reincarnate(const FreshIdentity& fresh, uint64_t common) {
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(tables_.db));
  const ReplicaId old = tables_.self;
  DUDAO_TRY(tables_.SealAll());
  DUDAO_TRY(tables_.BecomeReplica(fresh, tables_.token()));
  DUDAO_ASSIGN(const bool made, MakeAgain(old, common, /*certainly_ours=*/true));
  DUDAO_TRY(transaction.Commit());
  return made;
}

absl::Status SpaceStore::CutFork(const ReplicaId& replica, uint64_t common,
                                 const std::string& history_id) {
  DUDAO_TRY(Ready());
  if (replica == tables_.self || history_id.empty())
    return absl::InvalidArgumentError("a fork is of another replica and needs a fresh history id");
  return Guard(InTransaction([&]() -> absl::Status {
    if (tables_.formers.Contains(replica)) {
      DUDAO_TRY(MakeAgain(replica, common, /*certainly_ours=*/false).status());
    } else {
      DUDAO_TRY(KeepForkAside(replica, common));
    }
    return tables_.RenewHistory(history_id);
  }));
}

absl::Status SpaceStore::KeepForkAside(const ReplicaId& replica, uint64_t common) {
  DUDAO_ASSIGN(const std::vector<Change> removed, tables_.CutAfter(replica, common));
  return KeepAside(removed);
}

absl::Status SpaceStore::KeepAside(absl::Span<const Change> changes) {
  DUDAO_ASSIGN(const int64_t source, tables_.replicas.Intern(tables_.self));
  for (const Change& change : changes) {
    Quarantined what;
    what.dot = change.dot();
    what.reason = kDotReused;
    what.detail = "another change of this replica has this number";
    what.hash = Sha256(CanonicalChange(tables_.space, change));
    DUDAO_TRY(tables_.quarantine.Add(change, what, source, /*in_log=*/false));
  }
  return absl::OkStatus();
}

// What is ours and nobody else's, under the id that follows from the fork.
absl::StatusOr<bool> SpaceStore::MakeAgain(const ReplicaId& replica, uint64_t common,
                                           bool certainly_ours) {
  FormerTable::Former former{replica, common, {}, 0};
  DUDAO_ASSIGN(const std::optional<Hash> next, tables_.HashAt({replica, common + 1}));
  if (next) former.next = ForkReplica(replica, common, *next);
  DUDAO_ASSIGN(std::vector<Change> again, tables_.CutAfter(replica, common));
  former.made = again.size();
  DUDAO_TRY(tables_.formers.Add(former));
  for (Change& change : again) {
    change.replica = former.next;
    change.seq -= common;
    change.seen = Renamed(change.seen, former);
  }
  DUDAO_TRY(AppendAgain(former.next, std::move(again), certainly_ours));
  return former.made > 0;
}

// A clone may have made some of them again before, and have gone on differently. Which of the two
// stays under this id, only the server can say, so nothing is made again a second time here: where
// both are held, the later comparison finds them.
absl::Status SpaceStore::AppendAgain(const ReplicaId& replica, std::vector<Change> changes,
                                     bool certainly_ours) {
  const uint64_t head = tables_.heads.Get(replica).seq;
  std::vector<Hash> hashes;
  size_t known = 0;
  for (const Change& change : changes) {
    const Hash before = hashes.empty() ? Hash{} : hashes.back();
    hashes.push_back(ChainHash(before, tables_.space, change));
    if (change.seq > head) continue;
    DUDAO_ASSIGN(const std::optional<Hash> here, tables_.HashAt(change.dot()));
    if (here == hashes.back()) ++known;
  }
  const absl::Span<const Change> rest = absl::MakeConstSpan(changes).subspan(known);
  if (rest.empty()) return absl::OkStatus();
  if (known < head && !certainly_ours) return KeepAside(rest);
  if (known < head) DUDAO_TRY(KeepForkAside(replica, known));
  return SealAgain(rest, {hashes.begin() + static_cast<ptrdiff_t>(known), hashes.end()});
}

absl::Status SpaceStore::SealAgain(absl::Span<const Change> changes,
                                   const std::vector<Hash>& hashes) {
  DUDAO_ASSIGN(const int64_t source, tables_.replicas.Intern(tables_.self));
  for (size_t first = 0; first < changes.size();) {
    size_t count = 0;
    for (size_t bytes = 0; first + count < changes.size() && count < kSealChangesMax; ++count) {
      bytes += EncodeChange(changes[first + count]).size();
      if (count > 0 && bytes > kSealBytesMax) break;
    }
    const absl::Span<const Change> run = changes.subspan(first, count);
    for (size_t i = 0; i < count; ++i) DUDAO_TRY(tables_.ApplyChange(run[i], hashes[first + i]));
    DUDAO_TRY(tables_.WriteBack());
    const Hash last = hashes[first + count - 1];
    DUDAO_ASSIGN(const uint64_t pos,
                 tables_.segments.Add(run, EncodeSegment(tables_.space, run), source,
                                      [&](const Dot&) -> absl::StatusOr<Hash> { return last; }));
    DUDAO_TRY(tables_.LinkRecords(pos, run));
    first += count;
  }
  return absl::OkStatus();
}

}  // namespace dudao::sync
