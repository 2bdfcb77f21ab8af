#include "ingestion.h"

#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "tuning.h"

namespace dudao::sync {

Ingestion::Ingestion(SpaceTables& tables, const Arrival& arrival, BatchChain& chain, int64_t source,
                     uint64_t number)
    : tables_(tables),
      arrival_(arrival),
      chain_(chain),
      source_(source),
      number_(number),
      held_(tables) {
  for (const Quarantined& verdict : arrival_.set_aside) verdicts_[verdict.dot] = &verdict;
}

absl::Status Ingestion::Add(std::string_view bytes, std::vector<Change> changes) {
  DUDAO_ASSIGN(const bool repeated, AddRepeated(bytes, changes));
  if (repeated) return absl::OkStatus();
  DUDAO_TRY(OpenSavesFirst(changes));
  std::vector<char> stored(changes.size(), 0);
  pending_.clear();
  for (size_t i = 0; i < changes.size(); ++i) {
    DUDAO_ASSIGN(const Fate fate, Take(changes[i]));
    if (fate == Fate::kLeft) continue;
    stored[i] = 1;
    pending_[changes[i].dot()] = &changes[i];
  }
  pending_.clear();
  const bool all = std::find(stored.begin(), stored.end(), 0) == stored.end();
  if (!all) {
    size_t next = 0;
    std::erase_if(changes, [&](const Change&) { return stored[next++] == 0; });
  }
  if (changes.empty()) return absl::OkStatus();
  DUDAO_ASSIGN(const uint64_t pos,
               tables_.segments.Add(
                   changes, all ? std::string(bytes) : EncodeSegment(tables_.space, changes),
                   source_, [this](const Dot& dot) -> absl::StatusOr<Hash> {
                     const Hash* hash = chain_.HashOf(dot);
                     if (hash == nullptr)
                       return absl::InternalError("a change was taken out of order");
                     return *hash;
                   }));
  stored_.push_back({pos, std::move(changes)});
  if (tables_.records.dirty_bytes() <= kIngestDirtyBytesMax) return absl::OkStatus();
  DUDAO_TRY(tables_.WriteBack());
  tables_.records.Trim();
  return absl::OkStatus();
}

// The common repeat, a whole segment sent again, is told by its bytes alone.
absl::StatusOr<bool> Ingestion::AddRepeated(std::string_view bytes,
                                            const std::vector<Change>& changes) {
  if (changes.empty()) return true;
  const Dot first = changes.front().dot();
  if (!tables_.heads.delivered().Contains(first)) return false;
  DUDAO_ASSIGN(const bool verbatim, held_.IsVerbatim(first, bytes));
  if (!verbatim) return false;
  outcome_.duplicate += changes.size();
  for (const Change& change : changes) {
    const Quarantined* aside = tables_.quarantine.Aside(change.dot());
    if (aside != nullptr) outcome_.quarantined.push_back(*aside);
  }
  return true;
}

// Own changes that come back from a peer (this file is older than what the peer holds) continue the
// log after our open saves, so those are given their place first.
absl::Status Ingestion::OpenSavesFirst(const std::vector<Change>& changes) {
  const uint64_t own = tables_.heads.Get(tables_.self).seq;
  const bool returning = std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
    return change.replica == tables_.self && change.seq > own;
  });
  if (!returning || tables_.fresh.size() == 0) return absl::OkStatus();
  DUDAO_TRY(tables_.WriteBack());
  while (tables_.fresh.size() > 0) DUDAO_TRY(tables_.Seal(kSealBytesMax));
  return absl::OkStatus();
}

absl::StatusOr<Ingestion::Fate> Ingestion::Take(const Change& change) {
  if (change.seq == 0 || change.replica.IsZero()) {
    // It has no place in any log, so nothing waits for it.
    Quarantined what{{}, kMalformedChange, "no replica or number", {}, {}, {}};
    DUDAO_TRY(SetAside(change, std::move(what), /*in_log=*/false, JudgedState::kPending));
    return Fate::kLeft;
  }
  if (arrival_.on_fork == OnFork::kLeaveOut && chain_.forked().contains(change.replica)) {
    LeaveUnproven(change.replica);
    return Fate::kLeft;
  }
  const HeadState head = tables_.heads.Get(change.replica);
  if (change.seq <= head.seq) {
    DUDAO_TRY(Compare(change));
    return Fate::kLeft;
  }
  if (change.seq != head.seq + 1) {
    if (!unproven_.contains(change.replica)) ++outcome_.gap;
    return Fate::kLeft;
  }
  const std::string_view signer = chain_.SignerOf(change.dot());
  const Hash* hash = chain_.HashOf(change.dot());
  if (hash == nullptr || (arrival_.proofs_required && signer.empty())) {
    LeaveUnproven(change.replica);
    return Fate::kLeft;
  }
  const std::optional<bool> released = tables_.verdicts.On(tables_.space, change);
  if (std::optional<Quarantined> objection = Objection(change, released)) {
    DUDAO_TRY(SetAside(change, *std::move(objection), /*in_log=*/true,
                       released ? JudgedState::kRefused : JudgedState::kPending));
    tables_.heads.Advance(change.replica, {change.seq, *hash, change.time});
    return Fate::kStored;
  }
  DUDAO_TRY(Merge(change, *hash));
  DUDAO_TRY(tables_.quarantine.Admit(tables_.space, change));
  ++outcome_.applied;
  times_.push_back(change.time);
  return Fate::kStored;
}

void Ingestion::LeaveUnproven(const ReplicaId& replica) {
  unproven_.try_emplace(replica, tables_.heads.Get(replica).seq);
}

absl::Status Ingestion::Merge(const Change& change, const Hash& hash) {
  CachedRecord* record = nullptr;
  for (const Operation& op : change.ops) {
    if (record == nullptr || record->id != op.record) {
      DUDAO_ASSIGN(record, tables_.records.Load(op.record));
    }
    if (record->mark != number_) {
      record->mark = number_;
      tables_.records.NextRevision(*record);
      outcome_.touched.push_back(record->id);
    }
    tables_.Apply(*record, change, op);
  }
  tables_.heads.Advance(change.replica, {change.seq, hash, change.time});
  return absl::OkStatus();
}

absl::Status Ingestion::Compare(const Change& change) {
  const auto pending = pending_.find(change.dot());
  absl::StatusOr<Change> held;
  if (pending != pending_.end()) {
    held = *pending->second;
  } else {
    held = held_.Get(change.dot());
  }
  DUDAO_TRY(held.status());
  const bool same = *held == change ||
                    CanonicalChange(tables_.space, *held) == CanonicalChange(tables_.space, change);
  if (!same) {
    if (arrival_.proofs_required && !chain_.IsSignedFork(change.dot())) {
      LeaveUnproven(change.replica);
      return absl::OkStatus();
    }
    Quarantined what;
    what.reason = kDotReused;
    what.detail = "another change of this replica has this number";
    return SetAside(change, std::move(what), /*in_log=*/false, JudgedState::kPending);
  }
  ++outcome_.duplicate;
  // Whoever repeats it may not have heard the first answer.
  const Quarantined* aside = tables_.quarantine.Aside(change.dot());
  if (aside != nullptr) outcome_.quarantined.push_back(*aside);
  return absl::OkStatus();
}

// A verdict goes before what the peer and the policy say; what no replica can merge goes before
// all.
std::optional<Quarantined> Ingestion::Objection(const Change& change,
                                                std::optional<bool> released) const {
  if (const absl::Status status = CheckChange(change); !status.ok()) {
    Quarantined what;
    what.reason = kMalformedChange;
    what.detail = std::string(status.message());
    return what;
  }
  if (released.value_or(false)) return std::nullopt;
  if (const auto it = verdicts_.find(change.dot()); it != verdicts_.end()) return *it->second;
  std::optional<Quarantined> objection;
  if (arrival_.policy) objection = arrival_.policy(change, chain_.SignerOf(change.dot()));
  if (!objection && released) objection = Quarantined{{}, kDecidedAgainst, "", {}, {}, {}};
  return objection;
}

absl::Status Ingestion::SetAside(const Change& change, Quarantined what, bool in_log,
                                 JudgedState state) {
  what.dot = change.dot();
  what.hash = Sha256(CanonicalChange(tables_.space, change));
  what.time = change.time;
  what.author = change.author;
  DUDAO_TRY(tables_.quarantine.Add(change, what, source_, in_log, state));
  outcome_.quarantined.push_back(std::move(what));
  return absl::OkStatus();
}

// Nothing here changes what anybody sees, so the records keep their revision.
absl::Status Ingestion::Settle() {
  DUDAO_ASSIGN(const std::vector<RecordId> unsettled, tables_.records.Unsettled());
  std::vector<CachedRecord*> waiting = tables_.records.dirty();
  for (const RecordId& id : unsettled) {
    DUDAO_ASSIGN(CachedRecord * record, tables_.records.Load(id));
    waiting.push_back(record);
  }
  for (CachedRecord* record : waiting) {
    const size_t before = record->record.overtakers();
    if (before == 0) continue;
    record->record.Settle(tables_.heads.delivered());
    if (record->record.overtakers() != before) tables_.records.Changed(*record, 0);
  }
  return absl::OkStatus();
}

// What the peer keeps aside and is merged here moves aside here, unless it was released.
absl::Status Ingestion::KeepHeldAside() {
  absl::btree_set<RecordId> stale;
  for (const Quarantined& verdict : arrival_.set_aside) {
    const Dot& dot = verdict.dot;
    if (!tables_.heads.delivered().Contains(dot) || tables_.quarantine.Aside(dot) != nullptr)
      continue;
    DUDAO_ASSIGN(const Change change, held_.Get(dot));
    const std::optional<bool> released = tables_.verdicts.On(tables_.space, change);
    if (released.value_or(false)) continue;
    const JudgedState state = released ? JudgedState::kRefused : JudgedState::kPending;
    DUDAO_TRY(tables_.MoveAside(change, verdict, source_, state, stale));
    if (dot.replica != tables_.self) outcome_.quarantined.push_back(*tables_.quarantine.Aside(dot));
  }
  outcome_.touched.insert(outcome_.touched.end(), stale.begin(), stale.end());
  return tables_.Rebuild(stale);
}

absl::Status Ingestion::KeepProofs() {
  for (const HeadProof& proof : chain_.believed()) {
    const ReplicaId replica = ReplicaId::FromBytes(proof.replica());
    if (proof.seq() <= tables_.heads.Get(replica).seq) DUDAO_TRY(tables_.proofs.Put(proof));
  }
  for (const HeadProof& proof : chain_.of_forks()) DUDAO_TRY(tables_.proofs.PutLapsed(proof));
  return absl::OkStatus();
}

absl::StatusOr<IngestOutcome> Ingestion::Finish() {
  DUDAO_TRY(Settle());
  DUDAO_TRY(tables_.WriteBack());
  for (const Stored& stored : stored_) {
    DUDAO_TRY(tables_.LinkRecords(stored.pos, stored.changes));
  }
  DUDAO_TRY(KeepHeldAside());
  DUDAO_TRY(KeepProofs());
  std::vector<RecordId>& touched = outcome_.touched;
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  for (const auto& [replica, seq] : unproven_) outcome_.unproven.push_back({replica, seq});
  outcome_.bad_proofs = std::move(chain_.bad());
  outcome_.own_proof_bad = chain_.own_bad();
  return std::move(outcome_);
}

}  // namespace dudao::sync
