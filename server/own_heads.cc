#include "own_heads.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"
#include "reason.h"

namespace dudao::server {
namespace {

std::string NameOf(std::string_view space, std::string_view replica) {
  std::string name(space);
  name.push_back('/');
  name.append(replica);
  return name;
}

}  // namespace

absl::StatusOr<std::unique_ptr<OwnHeads>> OwnHeads::Create(const ServerKey& key, ServerDb& db) {
  absl::MutexLock lock(&db.mutex());
  DUDAO_TRY(
      db.db().Execute("CREATE TABLE IF NOT EXISTS vouched(space TEXT PRIMARY KEY) WITHOUT ROWID"));
  return std::unique_ptr<OwnHeads>(new OwnHeads(key, db));
}

absl::Status OwnHeads::Open(Space& space) {
  DUDAO_ASSIGN(const auto proofs, space.store().Proofs());
  {
    absl::MutexLock lock(&mutex_);
    for (const sync::HeadProof& proof : proofs) {
      const std::string name = NameOf(space.name(), proof.replica());
      if (proof.signer() != sync::kServerSigner) {
        owners_.try_emplace(name, proof.signer());
      } else if (space.IsOwn(sync::ReplicaId::FromBytes(proof.replica()))) {
        uint64_t& newest = signed_[name];
        newest = std::max(newest, proof.seq());
      }
    }
  }
  DUDAO_ASSIGN(const bool vouched, IsVouched(space.name()));
  if (!vouched) DUDAO_TRY(Vouch(space));
  absl::MutexLock lock(&mutex_);
  open_.insert(space.name());
  return absl::OkStatus();
}

// What was there before anybody signed is what this server says it is, from now on provably.
absl::Status OwnHeads::Vouch(Space& space) {
  DUDAO_ASSIGN(const sync::VersionVector delivered, space.store().Delivered());
  for (const auto& [replica, seq] : delivered.entries()) {
    if (!OwnerOf(space.name(), replica.AsBytes()).empty()) continue;
    DUDAO_ASSIGN(const auto head, space.store().HeadOf(replica));
    if (head) DUDAO_TRY(SignHead(space, *head));
  }
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto put, db_.db().Prepare("INSERT OR IGNORE INTO vouched(space) VALUES(?)"));
  put.BindText(1, space.name());
  return put.Run();
}

absl::StatusOr<bool> OwnHeads::IsVouched(const std::string& space) {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read, db_.db().Prepare("SELECT 1 FROM vouched WHERE space = ?"));
  read.BindText(1, space);
  return read.Step();
}

absl::Status OwnHeads::Sign(Space& space) {
  bool open = false;
  {
    absl::MutexLock lock(&mutex_);
    open = open_.contains(space.name());
  }
  if (!open) DUDAO_TRY(Open(space));
  const sync::ReplicaId self = space.store().self();
  DUDAO_ASSIGN(const auto head, space.store().HeadOf(self));
  if (!head || head->seq == 0) return absl::OkStatus();
  const std::string name = NameOf(space.name(), self.AsBytes());
  {
    absl::MutexLock lock(&mutex_);
    const auto newest = signed_.find(name);
    if (newest != signed_.end() && newest->second >= head->seq) return absl::OkStatus();
  }
  DUDAO_TRY(SignHead(space, *head));
  absl::MutexLock lock(&mutex_);
  signed_[name] = head->seq;
  return absl::OkStatus();
}

absl::Status OwnHeads::SignHead(Space& space, const sync::Head& head) {
  sync::HeadProof proof;
  proof.set_replica(std::string(head.replica.AsBytes()));
  proof.set_seq(head.seq);
  proof.set_hash(std::string(sync::HashBytes(head.hash)));
  DUDAO_ASSIGN(proof, Prove(space.name(), std::move(proof)));
  return space.store().PutProof(proof);
}

absl::StatusOr<sync::HeadProof> OwnHeads::Prove(std::string_view space,
                                                sync::HeadProof proof) const {
  proof.set_signer(sync::kServerSigner);
  proof.set_key(key_.number());
  DUDAO_TRY(sync::SignProof(key_.signing(), space, proof));
  return proof;
}

absl::Status OwnHeads::SignReceipt(std::string_view space, sync::Receipt& receipt) const {
  receipt.set_key(key_.number());
  return sync::SignReceipt(key_.signing(), space, receipt);
}

absl::Status OwnHeads::CheckOwn(std::string_view space, const sync::HeadProof& proof,
                                bool held) const {
  if (proof.key() == 0 || proof.key() > key_.number())
    return absl::UnauthenticatedError("the server has no key of this number");
  if (proof.key() != key_.number() && !held && !restored_)
    return absl::UnauthenticatedError("the server's key was replaced");
  return sync::CheckProof(key_.SigningOf(proof.key()).public_key, space, proof);
}

std::string OwnHeads::OwnerOf(std::string_view space, std::string_view replica) const {
  absl::MutexLock lock(&mutex_);
  const auto owner = owners_.find(NameOf(space, replica));
  return owner == owners_.end() ? std::string() : owner->second;
}

void OwnHeads::Bind(std::string_view space, std::string_view replica, std::string_view device_id) {
  absl::MutexLock lock(&mutex_);
  owners_.try_emplace(NameOf(space, replica), device_id);
}

}  // namespace dudao::server
