#include "proof_table.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"
#include "lapsed_kind.h"

namespace dudao::sync {
namespace {

int64_t Bound(uint64_t seq) {
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  return static_cast<int64_t>(seq < kMax ? seq : kMax);
}

}  // namespace

absl::Status ProofTable::Put(const HeadProof& proof) {
  DUDAO_ASSIGN(const int64_t replica, replicas_.Intern(ReplicaId::FromBytes(proof.replica())));
  DUDAO_ASSIGN(Statement insert,
               db_.Prepare("INSERT OR IGNORE INTO proof(space, replica, seq, signer, body) "
                           "VALUES(?1, ?2, ?3, ?4, ?5)"));
  insert.BindInt(1, space_).BindInt(2, replica).BindInt(3, static_cast<int64_t>(proof.seq()));
  insert.BindText(4, proof.signer()).BindBlob(5, proof.SerializeAsString());
  return insert.Run();
}

absl::Status ProofTable::PutLapsed(const HeadProof& proof) {
  const std::string body = proof.SerializeAsString();
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT 1 FROM lapsed WHERE space = ?1 AND body = ?2"));
  find.BindInt(1, space_).BindBlob(2, body);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (found) return absl::OkStatus();
  DUDAO_ASSIGN(Statement insert,
               db_.Prepare("INSERT INTO lapsed(space, kind, body) VALUES(?1, ?2, ?3)"));
  insert.BindInt(1, space_).BindInt(2, kLapsedProof).BindBlob(3, body);
  return insert.Run();
}

absl::Status ProofTable::CheckSigner(const HeadProof& proof) {
  const ReplicaId replica = ReplicaId::FromBytes(proof.replica());
  DUDAO_ASSIGN(const std::optional<int64_t> ix, replicas_.Find(replica));
  if (!ix) return absl::OkStatus();
  DUDAO_ASSIGN(Statement find,
               db_.Prepare("SELECT signer, seq FROM proof WHERE space = ?1 AND replica = ?2 "
                           "AND signer <> ?3 ORDER BY seq LIMIT 1"));
  find.BindInt(1, space_).BindInt(2, *ix).BindText(3, kServerSigner);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return absl::OkStatus();
  const std::string owner(find.Text(0));
  const bool vouched_before =
      proof.signer() == kServerSigner && static_cast<int64_t>(proof.seq()) < find.Int(1);
  if (owner == proof.signer() || vouched_before) return absl::OkStatus();
  return absl::UnauthenticatedError(absl::StrCat("PROOF_INVALID: replica ", replica.Short(),
                                                 " belongs to ", owner, ", not to ",
                                                 proof.signer()));
}

absl::StatusOr<std::optional<HeadProof>> ProofTable::Covering(const ReplicaId& replica,
                                                              uint64_t seq) {
  DUDAO_ASSIGN(const std::optional<int64_t> ix, replicas_.Find(replica));
  if (!ix) return std::nullopt;
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT body FROM proof WHERE space = ?1 "
                                           "AND replica = ?2 AND seq >= ?3 ORDER BY seq LIMIT 1"));
  rows.BindInt(1, space_).BindInt(2, *ix).BindInt(3, Bound(seq));
  return First(rows);
}

absl::StatusOr<std::optional<HeadProof>> ProofTable::NewestWithin(const ReplicaId& replica,
                                                                  uint64_t first, uint64_t last) {
  DUDAO_ASSIGN(const std::optional<int64_t> ix, replicas_.Find(replica));
  if (!ix) return std::nullopt;
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT body FROM proof WHERE space = ?1 AND replica = ?2 "
                           "AND seq BETWEEN ?3 AND ?4 ORDER BY seq DESC LIMIT 1"));
  rows.BindInt(1, space_).BindInt(2, *ix).BindInt(3, Bound(first)).BindInt(4, Bound(last));
  return First(rows);
}

absl::StatusOr<std::vector<HeadProof>> ProofTable::All() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT body FROM proof WHERE space = ?1"));
  rows.BindInt(1, space_);
  return Read(rows);
}

absl::Status ProofTable::LapseAfter(const ReplicaId& replica, uint64_t seq) {
  DUDAO_ASSIGN(const int64_t ix, replicas_.Intern(replica));
  DUDAO_ASSIGN(Statement keep,
               db_.Prepare("INSERT INTO lapsed(space, kind, body) SELECT space, ?4, body "
                           "FROM proof WHERE space = ?1 AND replica = ?2 AND seq > ?3"));
  keep.BindInt(1, space_).BindInt(2, ix).BindInt(3, Bound(seq)).BindInt(4, kLapsedProof);
  DUDAO_TRY(keep.Run());
  DUDAO_ASSIGN(Statement remove, db_.Prepare("DELETE FROM proof WHERE space = ?1 AND "
                                             "replica = ?2 AND seq > ?3"));
  remove.BindInt(1, space_).BindInt(2, ix).BindInt(3, Bound(seq));
  return remove.Run();
}

absl::StatusOr<std::vector<HeadProof>> ProofTable::Read(Statement& rows) {
  std::vector<HeadProof> proofs;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return proofs;
    if (!proofs.emplace_back().ParseFromString(std::string(rows.Blob(0))))
      return absl::DataLossError("the list of proofs is damaged");
  }
}

absl::StatusOr<std::optional<HeadProof>> ProofTable::First(Statement& rows) {
  DUDAO_ASSIGN(std::vector<HeadProof> proofs, Read(rows));
  if (proofs.empty()) return std::nullopt;
  return std::move(proofs.front());
}

}  // namespace dudao::sync
