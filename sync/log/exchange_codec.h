// Between the log's own types and the exchange's messages. Private to sync/log; pure but for the
// hashes, which come from the log.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dudao/sync/crdt/context.h"
#include "dudao/sync/log/replica_log.h"
#include "dudao/sync/v1/sync.pb.h"

namespace dudao::sync {

// So much of a chain hash tells two chains apart where nobody means harm; proofs carry all of it.
inline constexpr size_t kShortHashBytes = 8;

// Equal as far as `part` goes; an empty part tells nothing.
inline bool Agrees(const Hash& hash, std::string_view part) {
  return HashBytes(hash).substr(0, part.size()) == part;
}

inline v1::VersionVectorEntry ToProto(const Dot& dot, std::string_view hash) {
  v1::VersionVectorEntry entry;
  entry.set_replica(std::string(dot.replica.AsBytes()));
  entry.set_seq(dot.seq);
  entry.set_hash(std::string(hash));
  return entry;
}

inline v1::VersionVector ToProto(const VersionVector& vector) {
  v1::VersionVector out;
  for (const auto& [replica, seq] : vector.entries())
    *out.add_entries() = ToProto({replica, seq}, "");
  return out;
}

// With the first bytes of each head's chain hash.
absl::Status FillVector(ReplicaLog& log, v1::VersionVector& out);

inline VersionVector FromProto(const v1::VersionVector& vector) {
  VersionVector out;
  for (const v1::VersionVectorEntry& entry : vector.entries()) {
    if (entry.replica().size() == kReplicaIdBytes)
      out.Set(ReplicaId::FromBytes(entry.replica()), entry.seq());
  }
  return out;
}

inline Dot DotOf(const v1::VersionVectorEntry& entry) {
  return {ReplicaId::FromBytes(entry.replica()), entry.seq()};
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

// What `prove` is asked to sign for a head.
absl::StatusOr<HeadProof> UnsignedProof(ReplicaLog& log, const Head& head);

}  // namespace dudao::sync
