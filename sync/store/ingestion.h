// One Ingest: changes of a peer become part of the log and of the records, inside one transaction
// that the store opens and commits.
//
// For each change, in order: held already (then compared), not next in its replica's order (left),
// refused (set aside, but it takes its place in the log, so that later changes of its replica are
// not held up), not proven (left), or merged. Lives as long as the call. After an error the store
// rolls back and loads again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "batch_chain.h"
#include "dudao/sync/log/replica_log.h"
#include "held_changes.h"
#include "space_tables.h"

namespace dudao::sync {

class Ingestion {
 public:
  // `number` tells this ingest from all others of the store; `chain` has linked and checked all
  // that is going to be added.
  Ingestion(SpaceTables& tables, const Arrival& arrival, BatchChain& chain, int64_t source,
            uint64_t number);

  // One segment: its bytes and what they hold.
  absl::Status Add(std::string_view bytes, std::vector<Change> changes);
  // Settles, writes back, links; keeps aside what the peer says; keeps the proofs.
  absl::StatusOr<IngestOutcome> Finish();
  // Latest stamps of what was merged, for the clock.
  const std::vector<HybridTime>& times() const { return times_; }

 private:
  // What became of a change.
  enum class Fate { kStored, kLeft };
  struct Stored {
    uint64_t pos;
    std::vector<Change> changes;
  };

  absl::StatusOr<Fate> Take(const Change& change);
  absl::Status Merge(const Change& change, const Hash& hash);
  absl::Status Compare(const Change& change);
  absl::Status SetAside(const Change& change, Quarantined what, bool in_log, JudgedState state);
  std::optional<Quarantined> Objection(const Change& change, std::optional<bool> released) const;
  void LeaveUnproven(const ReplicaId& replica);
  absl::Status KeepHeldAside();
  absl::Status KeepProofs();
  absl::Status OpenSavesFirst(const std::vector<Change>& changes);
  absl::StatusOr<bool> AddRepeated(std::string_view bytes, const std::vector<Change>& changes);
  absl::Status Settle();

  SpaceTables& tables_;
  const Arrival& arrival_;
  BatchChain& chain_;
  const int64_t source_;
  const uint64_t number_;
  HeldChanges held_;
  absl::flat_hash_map<Dot, const Change*> pending_;  // of the segment being added
  std::vector<Stored> stored_;
  std::vector<HybridTime> times_;
  absl::flat_hash_map<Dot, const Quarantined*> verdicts_;  // of the peer
  std::map<ReplicaId, uint64_t> unproven_;
  IngestOutcome outcome_;
};

}  // namespace dudao::sync
