#include "space_store.h"

#include <algorithm>
#include <memory>

#include "dudao/sync/crdt/status_macros.h"
#include "tuning.h"

namespace dudao::sync {

absl::StatusOr<std::unique_ptr<Store>> SqliteStore::Open(Database& db, const std::string& space,
                                                         const IncarnationOptions& incarnation) {
  auto store = std::make_unique<SpaceStore>(db, space);
  DUDAO_TRY(store->Open(incarnation));
  return store;
}

SpaceStore::~SpaceStore() {
  // Whatever fails here is replayed from the saves at the next start.
  if (!stale_) tables_.Flush().IgnoreError();
}

absl::Status SpaceStore::Open(const IncarnationOptions& incarnation) {
  DUDAO_TRY(Guard(tables_.Open(incarnation)));
  last_time_ = tables_.heads.Get(tables_.self).time;
  return absl::OkStatus();
}

absl::Status SpaceStore::Ready() {
  if (!stale_) return absl::OkStatus();
  DUDAO_TRY(tables_.Load());
  last_time_ = tables_.heads.Get(tables_.self).time;
  stale_ = false;
  return absl::OkStatus();
}

absl::Status SpaceStore::ReadyToScan() {
  DUDAO_TRY(Ready());
  return Guard(tables_.Flush());
}

// The save itself is durable already, so a failure here is no failure of the save.
void SpaceStore::WriteBackIfMany() {
  if (tables_.saves_not_written_back() > kDirtySavesMax ||
      tables_.records.dirty_bytes() > kDirtyBytesMax) {
    Guard(tables_.Flush()).IgnoreError();
  }
  if (!stale_) tables_.records.Trim();
}

absl::StatusOr<VersionVector> SpaceStore::Delivered() {
  DUDAO_TRY(Ready());
  return tables_.heads.delivered();
}

absl::StatusOr<std::optional<Head>> SpaceStore::HeadOf(const ReplicaId& replica) {
  DUDAO_TRY(Ready());
  const HeadState head = tables_.heads.Get(replica);
  if (head.seq == 0) return std::nullopt;
  return Head{replica, head.seq, head.hash};
}

absl::StatusOr<PeerState> SpaceStore::LoadPeer(std::string_view peer) {
  DUDAO_TRY(Ready());
  return tables_.peers.Get(peer);
}

absl::StatusOr<FormContext> SpaceStore::OpenForm() {
  DUDAO_TRY(Ready());
  return FormContext{tables_.heads.delivered(), {}};
}

absl::StatusOr<std::optional<StoredRecord>> SpaceStore::Load(const RecordId& id) {
  DUDAO_TRY(Ready());
  DUDAO_ASSIGN(const CachedRecord* held, tables_.records.Load(id));
  std::optional<StoredRecord> stored;
  if (held->revision != 0 && !held->record.cells().empty())
    stored = StoredRecord{held->id, held->revision, held->record};
  tables_.records.Trim();
  return stored;
}

// Scans read a batch at a time, so the visitor may use the store.
absl::Status SpaceStore::Scan(uint32_t type, std::string_view after,
                              const std::function<bool(const StoredRecord&)>& visit) {
  std::string key(after);
  while (true) {
    DUDAO_TRY(ReadyToScan());
    DUDAO_ASSIGN(const std::vector<StoredRecord> batch, tables_.records.After(type, key));
    for (const StoredRecord& stored : batch) {
      if (!stored.record.cells().empty() && !visit(stored)) return absl::OkStatus();
    }
    if (batch.size() < kScanBatch) return absl::OkStatus();
    key = batch.back().id.key;
  }
}

absl::Status SpaceStore::ScanTouched(uint64_t revision,
                                     const std::function<bool(const StoredRecord&)>& visit) {
  while (true) {
    DUDAO_TRY(ReadyToScan());
    DUDAO_ASSIGN(const std::vector<StoredRecord> batch, tables_.records.TouchedAfter(revision));
    for (const StoredRecord& stored : batch) {
      if (!visit(stored)) return absl::OkStatus();
    }
    if (batch.size() < kScanBatch) return absl::OkStatus();
    revision = batch.back().revision;
  }
}

absl::StatusOr<std::vector<ConflictEntry>> SpaceStore::Conflicts(const RecordId& after,
                                                                 size_t count_max) {
  DUDAO_TRY(ReadyToScan());
  return tables_.records.InConflict(after, count_max);
}

absl::StatusOr<uint64_t> SpaceStore::UnsentChanges(std::string_view peer) {
  DUDAO_TRY(Ready());
  DUDAO_ASSIGN(const PeerState state, tables_.peers.Get(peer));
  const auto unsent = [&](const ReplicaId& replica) {
    const uint64_t own = tables_.heads.Get(replica).seq;
    return own - std::min(own, state.known.Get(replica));
  };
  uint64_t count = unsent(tables_.self);
  for (const ReplicaId& former : tables_.formers.ids()) count += unsent(former);
  return count;
}

absl::StatusOr<std::vector<QuarantineEntry>> SpaceStore::Quarantine() {
  DUDAO_TRY(Ready());
  return tables_.quarantine.List();
}

absl::StatusOr<Hash> SpaceStore::StateDigest() {
  DUDAO_TRY(ReadyToScan());
  return tables_.records.Digest();
}

absl::StatusOr<StoreSize> SpaceStore::Size() {
  DUDAO_TRY(ReadyToScan());
  StoreSize size;
  size.changes = tables_.heads.delivered().Sum();
  DUDAO_ASSIGN(size.records, tables_.records.Count());
  DUDAO_ASSIGN(size.segments, tables_.segments.Count());
  DUDAO_ASSIGN(size.quarantined, tables_.quarantine.Count());
  DUDAO_ASSIGN(size.conflicts, tables_.records.CountInConflict());
  return size;
}

absl::Status SpaceStore::Checkpoint() {
  DUDAO_TRY(ReadyToScan());
  return tables_.db.Checkpoint();
}

}  // namespace dudao::sync
