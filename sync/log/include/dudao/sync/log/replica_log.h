// What the exchange needs of a replica: its log, seen from outside.
//
// The store (sync/store) implements it over SQLite; tests implement it in memory. One caller at a
// time. Errors are those of the storage below (RESOURCE_EXHAUSTED: disk full; DATA_LOSS: damaged
// file; UNAVAILABLE: try again).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dudao/sync/crdt/context.h"
#include "dudao/sync/crdt/ids.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/log/chain.h"

namespace dudao::sync {

// Newest change of a replica that this one holds.
struct Head {
  ReplicaId replica;
  uint64_t seq = 0;
  Hash hash{};
};

// Why a change is kept aside instead of merged.
struct Quarantined {
  Dot dot;
  std::string reason;  // stable, UPPER_SNAKE_CASE: one of quarantine_reason.h
  std::string detail;  // for people, English; the reason has texts in both languages
  Hash hash{};
  HybridTime time;
  std::string author;
};

// A run of encoded segments to hand to a peer.
struct SegmentBatch {
  std::vector<std::string> segments;
  // Position after the last segment (cursor mode), in arrival order of this replica's log.
  uint64_t cursor = 0;
  // True where more is waiting than fitted the budget.
  bool more = false;
  // SegmentsSince: what the peer will hold once it has these segments, `known` included.
  VersionVector reaches;
  // Those changes in the segments that are kept aside here: whoever takes the segments keeps them
  // aside too.
  std::vector<Quarantined> set_aside;
};

// Decides, for each change that arrives, whether it may be merged: nothing to merge it, a reason to
// keep it aside.
using IngestPolicy = std::function<std::optional<Quarantined>(const Change&)>;

struct IngestOutcome {
  uint64_t applied = 0;    // changes merged now
  uint64_t duplicate = 0;  // changes already held
  uint64_t gap = 0;  // changes left aside because an earlier one of their replica has not arrived;
                     // offered again later
  std::vector<Quarantined> quarantined;
  std::vector<RecordId> touched;  // records that changed, each once
};

// What a replica remembers of a peer between exchanges.
struct PeerState {
  std::string name;        // under which it is kept
  std::string history_id;  // the peer's history; empty before the first exchange
  uint64_t cursor = 0;     // read position in the peer's log
  VersionVector known;     // what the peer is known to hold
};

class ReplicaLog {
 public:
  virtual ~ReplicaLog() = default;

  virtual const std::string& space() const = 0;
  virtual ReplicaId self() const = 0;
  // Changes whenever this replica's log may have lost something it once confirmed (restored,
  // rebuilt). Random.
  virtual const std::string& history_id() const = 0;

  virtual absl::StatusOr<VersionVector> Delivered() = 0;
  virtual absl::StatusOr<std::optional<Head>> HeadOf(const ReplicaId& replica) = 0;

  // Everything that `known` lacks, at least one segment if anything, then up to about `bytes_max`.
  virtual absl::StatusOr<SegmentBatch> SegmentsSince(const VersionVector& known,
                                                     size_t bytes_max) = 0;
  // Everything that arrived here after `cursor`, except what `skip` itself delivered.
  virtual absl::StatusOr<SegmentBatch> SegmentsAfter(uint64_t cursor, const ReplicaId& skip,
                                                     size_t bytes_max) = 0;

  // Merges segments of a peer in one transaction with the peer's new state: after OK both survive
  // power loss, after an error neither is changed. `peer_after` is kept with its `known` joined by
  // everything the segments carried, for the sender evidently holds it. `from` is who delivered
  // them; a segment that cannot be decoded fails the whole call with INVALID_ARGUMENT.
  virtual absl::StatusOr<IngestOutcome> Ingest(absl::Span<const std::string> segments,
                                               const ReplicaId& from, const IngestPolicy& policy,
                                               const std::optional<PeerState>& peer_after) = 0;

  virtual absl::StatusOr<PeerState> LoadPeer(std::string_view peer) = 0;
};

}  // namespace dudao::sync
