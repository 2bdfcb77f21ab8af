// Version vectors between their own type and the exchange's messages. Private to sync/log; pure.
#pragma once

#include "dudao/sync/crdt/context.h"
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

}  // namespace dudao::sync
