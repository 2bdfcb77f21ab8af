#include "dudao/sync/log/replica_log.h"

#include <utility>

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

}  // namespace dudao::sync
