// What the exchange needs of a replica: its log, seen from outside.
//
// The store (sync/store) implements it over SQLite; tests implement it in memory. One caller at a
// time. Errors are those of the storage below (RESOURCE_EXHAUSTED: disk full; DATA_LOSS: damaged
// file; UNAVAILABLE: try again). Callbacks are called within the transaction and must not use the
// log.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
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
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::sync {

using trust::v1::HeadProof;
using trust::v1::Receipt;

// SegmentsSince: in place of the number that the peer has of a replica. Nothing of that replica
// goes to it, for it has another chain or does not believe this one.
inline constexpr uint64_t kLeftOut = std::numeric_limits<uint64_t>::max();

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
  Hash hash{};         // SHA-256 of the canonical change
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
  // aside too. SegmentsSince: also those that the peer holds already, for it may have missed it.
  std::vector<Quarantined> set_aside;
  // Of each replica in the segments the newest proof held for what they carry of it.
  std::vector<HeadProof> proofs;
  // Changes in the segments that only this device can vouch for, because it wrote them: the newest
  // one each of this replica and of those that this file was before.
  std::vector<Head> to_prove;
};

// Decides, for each change that arrives, whether it may be merged: nothing to merge it, a reason to
// keep it aside. `signer`: HeadProof::signer of the valid proof that covers the change; empty where
// none does.
using IngestPolicy =
    std::function<std::optional<Quarantined>(const Change& change, std::string_view signer)>;
// OK: the signature holds and the signer may own this replica. `proof.hash` is filled in. Else why
// it is not believed.
using ProofCheck = std::function<absl::Status(const HeadProof& proof)>;
// Signs a receipt in which all but suite, key and signature is filled in.
using ReceiptSigner = std::function<absl::Status(Receipt& receipt)>;

// What a replica remembers of a peer between exchanges.
struct PeerState {
  std::string name;        // under which it is kept
  std::string history_id;  // the peer's history; empty before the first exchange
  uint64_t cursor = 0;     // read position in the peer's log
  VersionVector known;     // what the peer is known to hold
  // The cursor does not count, for changes were taken out of the log since: vectors are compared
  // first. Stays until they have been, whatever happens in between.
  bool compare = false;
};

// What becomes of a replica's changes that lead to another chain than the one held here.
enum class OnFork : uint8_t {
  kKeepAside,  // those whose number is taken are DOT_REUSED; the others need a proof of our chain
  kLeaveOut,   // nothing of that replica is taken, and it is told as unproven
  kRefuse,     // nothing at all is stored, so that the next exchange finds the fork again
};

// What comes from a peer at once.
struct Arrival {
  absl::Span<const std::string> segments;
  absl::Span<const HeadProof> proofs;
  ReplicaId from;          // who delivers
  IngestPolicy policy;     // null: all may be merged
  ProofCheck check_proof;  // null: proofs are believed
  // True: a change that no valid proof covers is not taken.
  bool proofs_required = false;
  OnFork on_fork = OnFork::kKeepAside;
  std::optional<PeerState> peer_after;
  // The peer's verdicts: these changes are kept aside, whether they are in `segments` or held
  // already, unless they were released here.
  std::vector<Quarantined> set_aside;
  // A receipt that the peer gave, checked by the caller.
  std::optional<Receipt> receipt;
  // null: no receipt is given. Else one for the head of `from`, in the same transaction.
  ReceiptSigner sign_receipt;
  int64_t receipt_time_ms = 0;
  uint64_t control_position = 0;
};

struct IngestOutcome {
  uint64_t applied = 0;    // changes merged now
  uint64_t duplicate = 0;  // changes already held
  uint64_t gap = 0;  // changes left aside because an earlier one of their replica has not arrived;
                     // offered again later
  std::vector<Quarantined> quarantined;
  std::vector<RecordId> touched;  // records that changed, each once
  // Replicas of which changes were not taken because no valid proof covers them, each with the last
  // number held (0: none).
  std::vector<Dot> unproven;
  std::vector<absl::Status> bad_proofs;  // one for each proof that was not believed
  // A proof for `from` itself was not believed, although everything that it covers is here.
  bool own_proof_bad = false;
  std::optional<Receipt> receipt;  // for the head of `from`
  // Replicas whose chain is another here. With OnFork::kRefuse nothing was stored if there are any.
  std::vector<ReplicaId> forked;
};

// Who a replica becomes when it must not go on under its id. Both random.
struct FreshIdentity {
  ReplicaId replica;
  std::string history_id;  // 8 bytes
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
  // Chain hash right after a change that is held; nothing where it is not. Zeros for number 0.
  virtual absl::StatusOr<std::optional<Hash>> HashAt(const Dot& dot) = 0;

  // Everything that `known` lacks, at least one segment if anything, then up to about `bytes_max`;
  // more where a proof of somebody else's changes would otherwise not be reached. A segment that
  // carries a replica which is kLeftOut goes without it.
  virtual absl::StatusOr<SegmentBatch> SegmentsSince(const VersionVector& known,
                                                     size_t bytes_max) = 0;
  // Everything that arrived here after `cursor`, except what `skip` itself delivered of its own.
  virtual absl::StatusOr<SegmentBatch> SegmentsAfter(uint64_t cursor, const ReplicaId& skip,
                                                     size_t bytes_max) = 0;

  // Merges segments of a peer in one transaction with the peer's new state: after OK both survive
  // power loss, after an error neither is changed. `peer_after` is kept with its `known` joined by
  // everything the segments carried, for the sender evidently holds it. A segment that cannot be
  // decoded fails the whole call with INVALID_ARGUMENT.
  virtual absl::StatusOr<IngestOutcome> Ingest(const Arrival& arrival) = 0;
  // The same where nothing is proven.
  absl::StatusOr<IngestOutcome> Ingest(absl::Span<const std::string> segments,
                                       const ReplicaId& from, IngestPolicy policy,
                                       std::optional<PeerState> peer_after);

  virtual absl::StatusOr<PeerState> LoadPeer(std::string_view peer) = 0;
  // The receipt that was kept or given last in this space; nothing if none.
  virtual absl::StatusOr<std::optional<Receipt>> NewestReceipt() = 0;

  // Another replica goes by our id (a clone, or this file is older than what it once sent), and
  // only our first `common` changes are everybody's. From now on this replica is `fresh`; what it
  // wrote after `common` is made again with its author, time and context, under ForkReplica, and is
  // forgotten under the old id. True if anything was made again.
  virtual absl::StatusOr<bool> NewIncarnation(const FreshIdentity& fresh, uint64_t common) = 0;
  // What is held of another replica after `common` makes room for what the server holds. What this
  // file wrote itself, under an id that it had before, is made again like that; what others wrote
  // is kept aside as DOT_REUSED. `history_id` is fresh.
  virtual absl::Status CutFork(const ReplicaId& replica, uint64_t common,
                               const std::string& history_id) = 0;
  // Whether this file wrote under that id before: it was this replica, or it made changes again as
  // it.
  virtual bool WroteAs(const ReplicaId& replica) const = 0;
};

// The replica under whose id the changes of a fork are made again. It follows from the fork, so
// that clones who hold the same changes make the same ones of them, and nothing is doubled. `next`:
// chain hash after the first change that is not everybody's.
ReplicaId ForkReplica(const ReplicaId& replica, uint64_t common, const Hash& next);

}  // namespace dudao::sync
