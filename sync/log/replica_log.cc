#include "dudao/sync/log/replica_log.h"

#include <utility>

#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {

absl::StatusOr<IngestOutcome> ReplicaLog::Ingest(absl::Span<const std::string> segments,
                                                 const ReplicaId& from, IngestPolicy policy,
                                                 std::optional<PeerState> peer_after) {
  Arrival arrival;
  arrival.segments = segments;
  arrival.from = from;
  arrival.policy = std::move(policy);
  arrival.peer_after = std::move(peer_after);
  return Ingest(arrival);
}

ReplicaId ForkReplica(const ReplicaId& replica, uint64_t common, const Hash& next) {
  std::string name;
  PutBytes(name, "dudao.fork.1");
  PutBytes(name, replica.AsBytes());
  PutVarint(name, common);
  PutBytes(name, HashBytes(next));
  return ReplicaId::FromBytes(HashBytes(Sha256(name)).substr(0, kReplicaIdBytes));
}

}  // namespace dudao::sync
