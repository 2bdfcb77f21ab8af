#include "batch_chain.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::sync {

void BatchChain::Link(absl::Span<const std::vector<Change>> segments) {
  for (const std::vector<Change>& changes : segments) {
    for (const Change& change : changes) {
      auto [end, first] = ends_.try_emplace(change.replica);
      if (first) {
        const HeadState head = tables_.heads.Get(change.replica);
        end->second = {head.seq, head.hash};
      }
      if (change.seq != end->second.seq + 1) continue;
      end->second = {change.seq, ChainHash(end->second.hash, tables_.space, change)};
      hashes_[change.dot()] = end->second.hash;
    }
  }
}

// Follows what is repeated of each replica and compares where the chain held here, or what is
// repeated, ends.
absl::Status BatchChain::FindForks(absl::Span<const std::vector<Change>> segments) {
  std::map<ReplicaId, End> repeated;
  for (const std::vector<Change>& changes : segments) {
    for (const Change& change : changes) {
      const uint64_t head = tables_.heads.Get(change.replica).seq;
      if (change.seq == 0 || change.seq > head) continue;
      auto [it, first] = repeated.try_emplace(change.replica);
      End& end = it->second;
      if (first || change.seq != end.seq + 1) {
        if (!first) DUDAO_TRY(CompareEnd(change.replica, end));
        DUDAO_ASSIGN(const std::optional<Hash> base,
                     tables_.HashAt({change.replica, change.seq - 1}));
        end.hash = base.value_or(Hash{});
      }
      end = {change.seq, ChainHash(end.hash, tables_.space, change)};
    }
  }
  for (const auto& [replica, end] : repeated) DUDAO_TRY(CompareEnd(replica, end));
  return absl::OkStatus();
}

absl::Status BatchChain::CompareEnd(const ReplicaId& replica, const End& end) {
  DUDAO_ASSIGN(const std::optional<Hash> held, tables_.HashAt({replica, end.seq}));
  if (held != end.hash) forked_.insert(replica);
  return absl::OkStatus();
}

const Hash* BatchChain::HashOf(const Dot& dot) const {
  const auto it = hashes_.find(dot);
  return it == hashes_.end() ? nullptr : &it->second;
}

std::string_view BatchChain::SignerOf(const Dot& dot) const {
  const auto replica = signers_.find(dot.replica);
  if (replica == signers_.end()) return {};
  const auto proof = replica->second.lower_bound(dot.seq);
  return proof == replica->second.end() ? std::string_view() : std::string_view(proof->second);
}

bool BatchChain::IsSignedFork(const Dot& dot) const {
  const auto it = forks_.find(dot.replica);
  return it != forks_.end() && dot.seq <= it->second;
}

absl::Status BatchChain::CheckProofs(const Arrival& arrival,
                                     absl::Span<const std::vector<Change>> segments) {
  for (const HeadProof& proof : arrival.proofs) DUDAO_TRY(CheckOne(arrival, proof, segments));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Hash>> BatchChain::HashHere(const Dot& dot) {
  if (const Hash* linked = HashOf(dot)) return *linked;
  return tables_.HashAt(dot);
}

absl::Status BatchChain::CheckOne(const Arrival& arrival, const HeadProof& proof,
                                  absl::Span<const std::vector<Change>> segments) {
  const Dot dot{ReplicaId::FromBytes(proof.replica()), proof.seq()};
  if (dot.replica.IsZero() || dot.seq == 0 || proof.signer().empty()) {
    bad_.push_back(absl::UnauthenticatedError("PROOF_INVALID: it names no replica or signer"));
    return absl::OkStatus();
  }
  DUDAO_ASSIGN(const std::optional<Hash> here, HashHere(dot));
  // What it covers has not come yet; it will be sent again with it.
  if (!here) return absl::OkStatus();
  const auto with = [&proof](const Hash& hash) {
    HeadProof complete = proof;
    if (complete.hash().empty()) complete.set_hash(std::string(HashBytes(hash)));
    return complete;
  };
  absl::Status why = absl::UnauthenticatedError("PROOF_INVALID: it is of another chain");
  const HeadProof complete = with(*here);
  if (complete.hash() == HashBytes(*here)) {
    why = Believe(arrival, complete);
  } else if (arrival.on_fork != OnFork::kKeepAside && Believe(arrival, complete).ok()) {
    forked_.insert(dot.replica);
    return absl::OkStatus();
  }
  if (why.ok()) {
    signers_[dot.replica][dot.seq] = proof.signer();
    believed_.push_back(complete);
    return absl::OkStatus();
  }
  DUDAO_ASSIGN(const std::optional<Hash> fork, ForkHash(dot, segments));
  if (fork && *fork != *here) {
    const HeadProof of_fork = with(*fork);
    if (of_fork.hash() == HashBytes(*fork) && Believe(arrival, of_fork).ok()) {
      forks_[dot.replica] = std::max(forks_[dot.replica], dot.seq);
      of_forks_.push_back(of_fork);
      return absl::OkStatus();
    }
  }
  // Its own chain, and another one than what is held here would make of it. Nobody lies.
  if (dot.replica == arrival.from && arrival.on_fork == OnFork::kLeaveOut) {
    forked_.insert(dot.replica);
    return absl::OkStatus();
  }
  own_bad_ = own_bad_ || dot.replica == arrival.from;
  bad_.push_back(std::move(why));
  return absl::OkStatus();
}

absl::Status BatchChain::Believe(const Arrival& arrival, const HeadProof& proof) {
  DUDAO_TRY(tables_.proofs.CheckSigner(proof));
  if (proof.signer() != kServerSigner) {
    const auto owner =
        devices_.try_emplace(ReplicaId::FromBytes(proof.replica()), proof.signer()).first;
    if (owner->second != proof.signer())
      return absl::UnauthenticatedError("PROOF_INVALID: two devices sign one replica");
  }
  return arrival.check_proof ? arrival.check_proof(proof) : absl::OkStatus();
}

absl::StatusOr<std::optional<Hash>> BatchChain::ForkHash(
    const Dot& dot, absl::Span<const std::vector<Change>> segments) {
  uint64_t seq = 0;
  Hash hash{};
  for (const std::vector<Change>& changes : segments) {
    for (const Change& change : changes) {
      if (change.replica != dot.replica || change.seq > dot.seq || change.seq == 0) continue;
      if (seq == 0) {
        DUDAO_ASSIGN(const std::optional<Hash> base,
                     tables_.HashAt({change.replica, change.seq - 1}));
        if (!base) return std::nullopt;
        hash = *base;
      } else if (change.seq != seq + 1) {
        continue;
      }
      hash = ChainHash(hash, tables_.space, change);
      seq = change.seq;
    }
  }
  if (seq != dot.seq) return std::nullopt;
  return hash;
}

}  // namespace dudao::sync
