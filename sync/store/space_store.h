// Store over the tables of one space. See store.h for the contract and docs/storage.md for the
// reasons.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "dudao/sync/store/sqlite_store.h"
#include "dudao/sync/store/store.h"
#include "space_tables.h"

namespace dudao::sync {

class SpaceStore final : public Store {
 public:
  SpaceStore(Database& db, const std::string& space) : tables_(db, space) {}
  ~SpaceStore() override;

  absl::Status Open(const IncarnationOptions& incarnation);

  const std::string& space() const override { return tables_.space; }
  ReplicaId self() const override { return tables_.self; }
  const std::string& history_id() const override { return tables_.history_id; }

  absl::StatusOr<VersionVector> Delivered() override;
  absl::StatusOr<std::optional<Head>> HeadOf(const ReplicaId& replica) override;
  absl::StatusOr<SegmentBatch> SegmentsSince(const VersionVector& known, size_t bytes_max) override;
  absl::StatusOr<SegmentBatch> SegmentsAfter(uint64_t cursor, const ReplicaId& skip,
                                             size_t bytes_max) override;
  absl::StatusOr<IngestOutcome> Ingest(const Arrival& arrival) override;
  using ReplicaLog::Ingest;
  absl::StatusOr<PeerState> LoadPeer(std::string_view peer) override;
  absl::StatusOr<std::optional<Hash>> HashAt(const Dot& dot) override;
  absl::StatusOr<std::optional<Receipt>> NewestReceipt() override;
  absl::StatusOr<bool> NewIncarnation(const FreshIdentity& fresh, uint64_t common) override;
  absl::Status CutFork(const ReplicaId& replica, uint64_t common,
                       const std::string& history_id) override;
  bool WroteAs(const ReplicaId& replica) const override {
    return tables_.formers.Contains(replica);
  }

  absl::StatusOr<Change> Commit(const LocalEdit& edit) override;
  absl::StatusOr<FormContext> OpenForm() override;
  absl::StatusOr<std::optional<StoredRecord>> Load(const RecordId& id) override;
  absl::Status Scan(uint32_t type, std::string_view after,
                    const std::function<bool(const StoredRecord&)>& visit) override;
  absl::Status ScanTouched(uint64_t revision,
                           const std::function<bool(const StoredRecord&)>& visit) override;
  absl::StatusOr<std::vector<ConflictEntry>> Conflicts(const RecordId& after,
                                                       size_t count_max) override;
  absl::StatusOr<std::vector<HistoryEntry>> History(const RecordId& id, const Path& below) override;
  absl::StatusOr<uint64_t> UnsentChanges(std::string_view peer) override;
  absl::StatusOr<std::vector<QuarantineEntry>> Quarantine() override;
  absl::Status SetAside(const Dot& dot, std::string_view reason, std::string_view detail) override;
  absl::Status Judge(const Dot& dot, const Hash& change_hash, bool released) override;
  absl::Status PutProof(const HeadProof& proof) override;
  absl::Status PutReceipt(const Receipt& receipt) override;
  absl::StatusOr<std::vector<HeadProof>> Proofs() override;
  absl::StatusOr<std::vector<Receipt>> Receipts(uint64_t after, size_t count) override;
  absl::StatusOr<Hash> StateDigest() override;
  absl::StatusOr<StoreSize> Size() override;
  absl::Status Checkpoint() override;

 private:
  // Reads everything again if the last error may have left memory ahead of the file.
  absl::Status Ready();
  // Ready, and the file has caught up with memory.
  absl::Status ReadyToScan();
  // Passes an error on and remembers to read everything again.
  template <typename T>
  T Guard(T result);
  void WriteBackIfMany();

  absl::StatusOr<Change> MakeChange(const LocalEdit& edit);
  absl::StatusOr<bool> ChangedSince(const FormContext& form, const std::vector<Operation>& ops);
  absl::StatusOr<IngestOutcome> IngestAll(const Arrival& arrival,
                                          std::vector<std::vector<Change>> changes,
                                          const std::optional<PeerState>& peer);
  absl::StatusOr<SegmentBatch> Handed(SegmentBatch batch, const std::vector<uint64_t>& positions,
                                      const VersionVector& known);
  absl::StatusOr<std::string> BodyFor(const VersionVector& known, uint64_t pos);
  absl::StatusOr<bool> OnlyOf(const ReplicaId& replica, uint64_t pos);
  absl::StatusOr<uint64_t> ProofBoundary(const std::vector<uint64_t>& positions);
  absl::StatusOr<std::optional<Receipt>> GiveReceipt(const Arrival& arrival);
  absl::Status MoveAside(const Dot& dot, Quarantined what);
  absl::StatusOr<bool> JudgeHere(const Dot& dot, const Hash& change_hash, bool released);
  absl::Status JudgeEntry(const QuarantineEntry& entry, bool released,
                          absl::btree_set<RecordId>& stale);
  absl::StatusOr<bool> Reincarnate(const FreshIdentity& fresh, uint64_t common);
  absl::StatusOr<bool> MakeAgain(const ReplicaId& replica, uint64_t common, bool certainly_ours);
  absl::Status AppendAgain(const ReplicaId& replica, std::vector<Change> changes,
                           bool certainly_ours);
  absl::Status KeepAside(absl::Span<const Change> changes);
  absl::Status SealAgain(absl::Span<const Change> changes, const std::vector<Hash>& hashes);
  absl::Status KeepForkAside(const ReplicaId& replica, uint64_t common);
  absl::Status InTransaction(const std::function<absl::Status()>& work);
  absl::StatusOr<std::optional<PeerState>> PeerToPut(
      const std::optional<PeerState>& peer_after, const std::vector<std::vector<Change>>& changes);

  SpaceTables tables_;
  bool stale_ = false;
  HybridTime last_time_;
  int64_t last_wall_ms_ = 0;
  uint64_t ingests_ = 0;
};

template <typename T>
T SpaceStore::Guard(T result) {
  if (!result.ok()) stale_ = true;
  return result;
}

}  // namespace dudao::sync
