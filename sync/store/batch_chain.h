// What an arriving batch does to the chains: the hash of each change that continues one, and the
// proofs that cover them.
//
// For one ingest, inside its transaction: looks at the log as it was before the batch, changes
// nothing. Each change is hashed once; Ingestion takes the hashes from here. A proof covers a
// change if it is of the change's replica, at its number or later, and its hash is the chain's
// there, so that a batch that is cut before the next proof covers nothing after the last one.
// Errors are the database's.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dudao/sync/log/replica_log.h"
#include "space_tables.h"

namespace dudao::sync {

class BatchChain {
 public:
  explicit BatchChain(SpaceTables& tables) : tables_(tables) {}

  void Link(absl::Span<const std::vector<Change>> segments);
  // Finds the replicas of which the batch repeats other changes than those held here. REQUIRES:
  // Link.
  absl::Status FindForks(absl::Span<const std::vector<Change>> segments);
  // REQUIRES: Link.
  absl::Status CheckProofs(const Arrival& arrival, absl::Span<const std::vector<Change>> segments);

  // Chain hash after a change that continues its replica's chain; null for any other.
  const Hash* HashOf(const Dot& dot) const;
  // Signer of the proof that covers the change; empty where none does.
  std::string_view SignerOf(const Dot& dot) const;
  // True where the change is one of a fork that its device has signed.
  bool IsSignedFork(const Dot& dot) const;

  // Replicas whose chain is another here, as FindForks and the proofs show.
  const std::set<ReplicaId>& forked() const { return forked_; }

  // Proofs of what is in the log once the batch is taken, and of forks.
  const std::vector<HeadProof>& believed() const { return believed_; }
  const std::vector<HeadProof>& of_forks() const { return of_forks_; }
  std::vector<absl::Status>& bad() { return bad_; }
  bool own_bad() const { return own_bad_; }

 private:
  struct End {
    uint64_t seq = 0;
    Hash hash{};
  };
  absl::Status CompareEnd(const ReplicaId& replica, const End& end);
  absl::Status CheckOne(const Arrival& arrival, const HeadProof& proof,
                        absl::Span<const std::vector<Change>> segments);
  // The checks that need no chain.
  absl::Status Believe(const Arrival& arrival, const HeadProof& proof);
  absl::StatusOr<std::optional<Hash>> HashHere(const Dot& dot);
  // The hash that the sender's own versions of held changes lead to.
  absl::StatusOr<std::optional<Hash>> ForkHash(const Dot& dot,
                                               absl::Span<const std::vector<Change>> segments);

  SpaceTables& tables_;
  absl::flat_hash_map<ReplicaId, End> ends_;
  absl::flat_hash_map<Dot, Hash> hashes_;
  std::map<ReplicaId, std::map<uint64_t, std::string>> signers_;  // by number of the proof
  std::map<ReplicaId, std::string> devices_;                      // who signed first in this batch
  std::map<ReplicaId, uint64_t> forks_;
  std::set<ReplicaId> forked_;
  std::vector<HeadProof> believed_;
  std::vector<HeadProof> of_forks_;
  std::vector<absl::Status> bad_;
  bool own_bad_ = false;
};

}  // namespace dudao::sync
