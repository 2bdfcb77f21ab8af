// A ReplicaLog in memory: the plainest thing that satisfies the contract. Tests of the exchange run
// on it, and stores are compared with it. It keeps every change and derives all else.
#pragma once

#include <map>
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
  absl::StatusOr<sync::SegmentBatch> SegmentsSince(const sync::VersionVector& known,
                                                   size_t bytes_max) override;
  absl::StatusOr<sync::SegmentBatch> SegmentsAfter(uint64_t cursor, const sync::ReplicaId& skip,
                                                   size_t bytes_max) override;
  absl::StatusOr<sync::IngestOutcome> Ingest(
      absl::Span<const std::string> segments, const sync::ReplicaId& from,
      const sync::IngestPolicy& policy, const std::optional<sync::PeerState>& peer_after) override;
  absl::StatusOr<sync::PeerState> LoadPeer(std::string_view peer) override;

  // Equal for replicas that hold equal records.
  std::string Digest() const;
  const std::map<sync::RecordId, sync::Record>& records() const { return records_; }
  const std::vector<sync::Change>& changes() const { return changes_; }
  // As after a restore from a backup: only the first `count` changes are left, under a new history
  // id.
  void RestoreTo(size_t count, std::string history_id);

 private:
  void Add(const sync::Change& change, const sync::ReplicaId& from);

  sync::ReplicaId self_;
  std::string space_;
  std::string history_id_;
  std::vector<sync::Change> changes_;        // in arrival order
  std::vector<sync::ReplicaId> deliverers_;  // of the same index
  std::map<sync::ReplicaId, sync::Head> heads_;
  sync::VersionVector delivered_;
  std::map<sync::RecordId, sync::Record> records_;
  sync::PeerState peer_;
};

}  // namespace dudao::testing
