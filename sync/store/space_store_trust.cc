// Verdicts, proofs and receipts of a space.
#include <utility>

#include "absl/container/btree_set.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "held_changes.h"
#include "space_store.h"

namespace dudao::sync {

absl::Status SpaceStore::SetAside(const Dot& dot, std::string_view reason,
                                  std::string_view detail) {
  DUDAO_TRY(Ready());
  if (!tables_.heads.delivered().Contains(dot))
    return absl::NotFoundError("the change is not held here");
  if (tables_.quarantine.Aside(dot) != nullptr) return absl::OkStatus();
  Quarantined what;
  what.reason = std::string(reason);
  what.detail = std::string(detail);
  return Guard(MoveAside(dot, std::move(what)));
}

absl::Status SpaceStore::MoveAside(const Dot& dot, Quarantined what) {
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(tables_.db));
  DUDAO_TRY(tables_.WriteBack());
  HeldChanges held(tables_);
  DUDAO_ASSIGN(const Change change, held.Get(dot));
  const std::optional<bool> released = tables_.verdicts.On(tables_.space, change);
  if (released.value_or(false)) return absl::OkStatus();
  const JudgedState state = released ? JudgedState::kRefused : JudgedState::kPending;
  DUDAO_ASSIGN(const int64_t source, tables_.replicas.Intern(tables_.self));
  absl::btree_set<RecordId> stale;
  DUDAO_TRY(tables_.MoveAside(change, std::move(what), source, state, stale));
  DUDAO_TRY(tables_.Rebuild(stale));
  return transaction.Commit();
}

absl::Status SpaceStore::Judge(const Dot& dot, const Hash& change_hash, bool released) {
  DUDAO_TRY(Ready());
  DUDAO_ASSIGN(const bool found, Guard(JudgeHere(dot, change_hash, released)));
  return found ? absl::OkStatus() : absl::NotFoundError("the change is not kept aside here");
}

// False where nothing here has this hash.
absl::StatusOr<bool> SpaceStore::JudgeHere(const Dot& dot, const Hash& change_hash, bool released) {
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(tables_.db));
  DUDAO_TRY(tables_.WriteBack());
  DUDAO_TRY(tables_.verdicts.Put(dot, change_hash, released));
  DUDAO_ASSIGN(const std::optional<QuarantineEntry> entry,
               tables_.quarantine.Find(dot, change_hash));
  absl::btree_set<RecordId> stale;
  bool found = entry.has_value();
  if (entry) {
    DUDAO_TRY(JudgeEntry(*entry, released, stale));
  } else if (tables_.heads.delivered().Contains(dot)) {
    HeldChanges held(tables_);
    DUDAO_ASSIGN(const Change change, held.Get(dot));
    found = Sha256(CanonicalChange(tables_.space, change)) == change_hash;
    if (found && !released) {
      DUDAO_ASSIGN(const int64_t source, tables_.replicas.Intern(tables_.self));
      DUDAO_TRY(tables_.MoveAside(change, {{}, kDecidedAgainst, "", {}, {}, {}}, source,
                                  JudgedState::kRefused, stale));
    }
  }
  DUDAO_TRY(tables_.Rebuild(stale));
  DUDAO_TRY(transaction.Commit());
  return found;
}

absl::Status SpaceStore::JudgeEntry(const QuarantineEntry& entry, bool released,
                                    absl::btree_set<RecordId>& stale) {
  const JudgedState state = released ? JudgedState::kReleased : JudgedState::kRefused;
  if (entry.state == state) return absl::OkStatus();
  const bool was_merged = entry.in_log && entry.state == JudgedState::kReleased;
  const bool moves = entry.in_log && released != was_merged;
  if (!moves) return tables_.quarantine.SetState(entry.what.dot, entry.what.hash, state);
  HeldChanges held(tables_);
  DUDAO_ASSIGN(const Change change, held.Get(entry.what.dot));
  if (released) {
    // What no replica can merge stays aside, whatever somebody says.
    if (!CheckChange(change).ok()) return absl::OkStatus();
    return tables_.MoveBack(change, entry.what.hash, stale);
  }
  for (const Operation& op : change.ops) stale.insert(op.record);
  return tables_.quarantine.SetState(entry.what.dot, entry.what.hash, state);
}

absl::Status SpaceStore::PutProof(const HeadProof& proof) {
  DUDAO_TRY(Ready());
  const Dot dot{ReplicaId::FromBytes(proof.replica()), proof.seq()};
  DUDAO_ASSIGN(const std::optional<Hash> hash, tables_.HashAt(dot));
  if (dot.seq == 0 || !hash || HashBytes(*hash) != proof.hash())
    return absl::InvalidArgumentError("the proof is not of a head in this log");
  DUDAO_TRY(tables_.proofs.CheckSigner(proof));
  return Guard(InTransaction([&] { return tables_.proofs.Put(proof); }));
}

absl::Status SpaceStore::PutReceipt(const Receipt& receipt) {
  DUDAO_TRY(Ready());
  return Guard(InTransaction([&] { return tables_.receipts.Put(receipt); }));
}

absl::Status SpaceStore::InTransaction(const std::function<absl::Status()>& work) {
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(tables_.db));
  DUDAO_TRY(work());
  return transaction.Commit();
}

absl::StatusOr<std::vector<HeadProof>> SpaceStore::Proofs() {
  DUDAO_TRY(Ready());
  return tables_.proofs.All();
}

absl::StatusOr<std::vector<Receipt>> SpaceStore::Receipts(uint64_t after, size_t count) {
  DUDAO_TRY(Ready());
  return tables_.receipts.List(after, count);
}

absl::StatusOr<std::optional<Receipt>> SpaceStore::NewestReceipt() {
  DUDAO_TRY(Ready());
  return tables_.receipts.Newest();
}

absl::StatusOr<std::optional<Hash>> SpaceStore::HashAt(const Dot& dot) {
  DUDAO_TRY(Ready());
  return tables_.HashAt(dot);
}

}  // namespace dudao::sync
