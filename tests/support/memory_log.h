// A ReplicaLog in memory: the plainest thing that satisfies the contract. Tests of the exchange run
// on it, and stores are compared with it. It keeps every change and derives all else.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dudao/sync/crdt/record.h"
#include "dudao/sync/log/replica_log.h"

namespace dudao::testing {

// A replica id that reads well: Replica('A') for Alice.
sync::ReplicaId Replica(char name);

class MemoryLog : public sync::ReplicaLog {
 public:
  MemoryLog(char name, std::string space, std::string history_id = "history1");

  // One save with everything held here as context, or `seen`.
  const sync::Change& Commit(std::vector<sync::Operation> ops,
                             std::optional<sync::Context> seen = std::nullopt);

  const std::string& space() const override { return space_; }
  sync::ReplicaId self() const override { return self_; }
  const std::string& history_id() const override { return history_id_; }
  absl::StatusOr<sync::VersionVector> Delivered() override { return delivered_; }
  absl::StatusOr<std::optional<sync::Head>> HeadOf(const sync::ReplicaId& replica) override;
  absl::StatusOr<std::optional<sync::Hash>> HashAt(const sync::Dot& dot) override;
  absl::StatusOr<sync::SegmentBatch> SegmentsSince(const sync::VersionVector& known,
                                                   size_t bytes_max) override;
  absl::StatusOr<sync::SegmentBatch> SegmentsAfter(uint64_t cursor, const sync::ReplicaId& skip,
                                                   size_t bytes_max) override;
  // Believes every proof, keeps none.
  absl::StatusOr<sync::IngestOutcome> Ingest(const sync::Arrival& arrival) override;
  using ReplicaLog::Ingest;
  absl::StatusOr<sync::PeerState> LoadPeer(std::string_view peer) override;
  absl::StatusOr<std::optional<sync::Receipt>> NewestReceipt() override { return receipt_; }
  absl::StatusOr<bool> NewIncarnation(const sync::FreshIdentity& fresh, uint64_t common) override;
  absl::Status CutFork(const sync::ReplicaId& replica, uint64_t common,
                       const std::string& history_id) override;
  bool WroteAs(const sync::ReplicaId&) const override { return false; }

  // Takes a change out of the records, or puts it in; what it says is asked of no one.
  void SetMerged(const sync::Dot& dot, bool merged);

  // Equal for replicas that hold equal records.
  std::string Digest() const;
  const std::map<sync::RecordId, sync::Record>& records() const { return records_; }
  const std::vector<sync::Change>& changes() const { return changes_; }
  const std::set<sync::Dot>& aside() const { return aside_; }
  // As after a restore from a backup: only the first `count` changes are left, under a new history
  // id.
  void RestoreTo(size_t count, std::string history_id);
  // The same, and nobody noticed.
  void RollBackTo(size_t count) { RestoreTo(count, history_id_); }

 private:
  void Add(const sync::Change& change, const sync::ReplicaId& from);
  void Cut(const sync::ReplicaId& replica, uint64_t common, const std::string& history_id);
  // Derives everything from the changes that `keep` wants, in their order.
  void Rebuild(const std::function<bool(const sync::Change&)>& keep);

  sync::ReplicaId self_;
  std::set<sync::ReplicaId> ours_;  // that it was before
  std::string space_;
  std::string history_id_;
  std::vector<sync::Change> changes_;        // in arrival order
  std::vector<sync::ReplicaId> deliverers_;  // of the same index
  std::map<sync::Dot, sync::Hash> hashes_;   // of the chain, after each
  std::set<sync::Dot> aside_;
  std::map<sync::ReplicaId, sync::Head> heads_;
  sync::VersionVector delivered_;
  std::map<sync::RecordId, sync::Record> records_;
  std::map<std::string, sync::PeerState, std::less<>> peers_;
  std::optional<sync::Receipt> receipt_;
};

}  // namespace dudao::testing
