// What is remembered of peers between exchanges.
// Not synchronised; borrows the database. Errors are the database's.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/log/replica_log.h"
#include "dudao/sync/store/database.h"

namespace dudao::sync {

class PeerTable {
 public:
  explicit PeerTable(Database& db) : db_(db) {}

  void Load(int64_t space) { space_ = space; }
  // An empty state under that name if the peer was never met.
  absl::StatusOr<PeerState> Get(std::string_view name);
  absl::Status Put(const PeerState& peer);
  // A replica's changes after `seq` were taken out of the log: no peer is known to hold any, and
  // positions in the peers' logs do not count before vectors were compared. REQUIRES: a
  // transaction.
  absl::Status Lower(const ReplicaId& replica, uint64_t seq);

 private:
  Database& db_;
  int64_t space_ = 0;
};

bool operator==(const PeerState& a, const PeerState& b);

}  // namespace dudao::sync
