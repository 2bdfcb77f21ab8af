#include "peer_table.h"

#include <algorithm>
#include <string>
#include <vector>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {
namespace {

std::string EncodeVector(const VersionVector& vector) {
  std::string out;
  for (const auto& [replica, seq] : vector.entries()) {
    out.append(replica.AsBytes());
    PutVarint(out, seq);
  }
  return out;
}

absl::StatusOr<VersionVector> DecodeVector(std::string_view bytes) {
  VersionVector vector;
  Reader in(bytes);
  while (!in.done()) {
    const ReplicaId replica = ReplicaId::FromBytes(in.Raw(kReplicaIdBytes));
    vector.Set(replica, in.Varint());
  }
  if (!in.ok()) return absl::DataLossError("the state of a peer is damaged");
  return vector;
}

}  // namespace

bool operator==(const PeerState& a, const PeerState& b) {
  return a.name == b.name && a.history_id == b.history_id && a.cursor == b.cursor &&
         a.known == b.known && a.compare == b.compare;
}

absl::StatusOr<PeerState> PeerTable::Get(std::string_view name) {
  PeerState peer;
  peer.name = std::string(name);
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT cursor, history_id, known, compare FROM peer "
                                           "WHERE space = ?1 AND name = ?2"));
  find.BindInt(1, space_).BindText(2, name);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return peer;
  peer.cursor = static_cast<uint64_t>(find.Int(0));
  peer.history_id = std::string(find.Blob(1));
  DUDAO_ASSIGN(peer.known, DecodeVector(find.Blob(2)));
  peer.compare = find.Int(3) != 0;
  return peer;
}

absl::Status PeerTable::Lower(const ReplicaId& replica, uint64_t seq) {
  std::vector<std::string> names;
  {
    DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT name FROM peer WHERE space = ?1"));
    rows.BindInt(1, space_);
    while (true) {
      DUDAO_ASSIGN(const bool row, rows.Step());
      if (!row) break;
      names.emplace_back(rows.Text(0));
    }
  }
  for (const std::string& name : names) {
    DUDAO_ASSIGN(PeerState peer, Get(name));
    peer.known.Set(replica, std::min(seq, peer.known.Get(replica)));
    peer.compare = true;
    DUDAO_TRY(Put(peer));
  }
  return absl::OkStatus();
}

absl::Status PeerTable::Put(const PeerState& peer) {
  DUDAO_ASSIGN(Statement put,
               db_.Prepare("INSERT OR REPLACE INTO peer(space, name, cursor, "
                           "history_id, known, compare) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
  put.BindInt(1, space_).BindText(2, peer.name).BindInt(3, static_cast<int64_t>(peer.cursor));
  put.BindBlob(4, peer.history_id).BindBlob(5, EncodeVector(peer.known));
  put.BindInt(6, peer.compare ? 1 : 0);
  return put.Run();
}

}  // namespace dudao::sync
