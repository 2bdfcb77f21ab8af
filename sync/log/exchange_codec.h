// Version vectors between their own type and the exchange's messages. Private to sync/log; pure.
#pragma once

#include "dudao/sync/crdt/context.h"
#include "dudao/sync/log/replica_log.h"
#include "dudao/sync/v1/sync.pb.h"

namespace dudao::sync {

inline v1::VersionVector ToProto(const VersionVector& vector) {
  v1::VersionVector out;
  for (const auto& [replica, seq] : vector.entries()) {
    v1::VersionVectorEntry* entry = out.add_entries();
    entry->set_replica(std::string(replica.AsBytes()));
    entry->set_seq(seq);
  }
  return out;
}

inline VersionVector FromProto(const v1::VersionVector& vector) {
  VersionVector out;
  for (const v1::VersionVectorEntry& entry : vector.entries()) {
    if (entry.replica().size() == kReplicaIdBytes)
      out.Set(ReplicaId::FromBytes(entry.replica()), entry.seq());
  }
  return out;
}

inline void ToProto(const Quarantined& change, v1::QuarantinedChange& out) {
  out.set_replica(std::string(change.dot.replica.AsBytes()));
  out.set_seq(change.dot.seq);
  out.set_reason(change.reason);
  out.set_detail(change.detail);
}

inline Quarantined FromProto(const v1::QuarantinedChange& change) {
  Quarantined out;
  out.dot = {ReplicaId::FromBytes(change.replica()), change.seq()};
  out.reason = change.reason();
  out.detail = change.detail();
  return out;
}

}  // namespace dudao::sync
