// Signed heads of chains in the log. A replica id belongs to the device that signed it first.
// Not synchronised; borrows the database. Errors are the database's, and DATA_LOSS for rows that
// are no proofs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/log/replica_log.h"
#include "dudao/sync/store/database.h"
#include "replica_table.h"

namespace dudao::sync {

class ProofTable {
 public:
  ProofTable(Database& db, ReplicaTable& replicas) : db_(db), replicas_(replicas) {}

  void Load(int64_t space) { space_ = space; }
  // The first one of a signer for a head is kept. REQUIRES: a transaction; proof.hash is the
  // log's.
  absl::Status Put(const HeadProof& proof);
  // Keeps a proof of changes that are not in the log, for evidence. REQUIRES: a transaction.
  absl::Status PutLapsed(const HeadProof& proof);
  // UNAUTHENTICATED where the replica belongs to another signer. The server may have vouched for
  // what came before the first signature of a device.
  absl::Status CheckSigner(const HeadProof& proof);

  // The oldest one at or after `seq`.
  absl::StatusOr<std::optional<HeadProof>> Covering(const ReplicaId& replica, uint64_t seq);
  // The newest one at `first` to `last`.
  absl::StatusOr<std::optional<HeadProof>> NewestWithin(const ReplicaId& replica, uint64_t first,
                                                        uint64_t last);
  absl::StatusOr<std::vector<HeadProof>> All();
  // Moves those after `seq` aside as evidence. REQUIRES: a transaction.
  absl::Status LapseAfter(const ReplicaId& replica, uint64_t seq);

 private:
  absl::StatusOr<std::vector<HeadProof>> Read(Statement& rows);
  absl::StatusOr<std::optional<HeadProof>> First(Statement& rows);

  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
};

}  // namespace dudao::sync
