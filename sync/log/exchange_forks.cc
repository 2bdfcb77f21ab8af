// The part of the initiator that deals with forks: two replicas under one id, because a file was
// cloned or brought back from an older copy. Which changes are a replica's, the server says.
#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/v1/sync.pb.h"
#include "exchange_codec.h"

namespace dudao::sync {
namespace {

// Each round divides what is open by so many.
constexpr uint64_t kProbesMax = 16;
// So often a session compares vectors; what then still differs waits for the next one.
constexpr uint32_t kComparisonsMax = 4;

}  // namespace

bool Initiator::SuspectsForks() const {
  return !options_.vector_mode && options_.fresh_identity != nullptr;
}

// What the answer says is not stored, so whoever is interrupted before the comparison hears it
// again.
absl::Status Initiator::CompareAgain() {
  if (++comparisons_ > kComparisonsMax)
    return absl::AbortedError("the peer holds another chain, which a comparison does not find");
  CompareVectors();
  return absl::OkStatus();
}

// While vectors are compared, the forks that are left are of replicas that a comparison cannot
// mend.
OnFork Initiator::ForkRule() const {
  return SuspectsForks() && !repair_ ? OnFork::kRefuse : OnFork::kLeaveOut;
}

// True where forks are being mended: the answer is then not taken, but asked for again.
absl::StatusOr<bool> Initiator::MendForks(const v1::ExchangeResponse& response) {
  if (!repair_) {
    if (!SuspectsForks()) return false;
    DUDAO_ASSIGN(const bool forked, IsForked(response));
    if (forked) CompareVectors();
    return forked;
  }
  if (!response.has_vector()) return false;
  compared_ = true;
  if (fork_history_ != response.history_id()) {
    fork_history_ = response.history_id();
    forks_.clear();
    probed_.clear();
  }
  DUDAO_TRY(FindForks(response));
  if (!SuspectsForks()) {
    // Between tablets nobody knows which side of a fork will last: it is left to the server.
    for (const auto& [replica, fork] : forks_) differing_.Set(replica, kLeftOut);
    left_out_.Join(differing_);
    forks_.clear();
    return false;
  }
  if (forks_.empty()) return false;
  Narrow(response);
  DUDAO_TRY(CutLocated());
  left_out_ = VersionVector();  // what was not taken may have been the wrong side
  peer_has_more_ = true;
  return true;
}

absl::StatusOr<bool> Initiator::IsForked(const v1::ExchangeResponse& response) {
  if (response.accepted_seq() == 0) return false;
  DUDAO_ASSIGN(const std::optional<Hash> own, log_.HashAt({log_.self(), response.accepted_seq()}));
  return !own || !Agrees(*own, response.accepted_hash());
}

// Both sides hold the lesser of two numbers, and whoever holds it compares.
absl::Status Initiator::FindForks(const v1::ExchangeResponse& response) {
  const auto differs = [this](const Dot& dot) {
    Fork& fork = forks_.try_emplace(dot.replica, Fork{0, dot.seq}).first->second;
    fork.differs = std::min(fork.differs, dot.seq);
  };
  for (const v1::VersionVectorEntry& entry : response.vector().entries()) {
    const Dot dot = DotOf(entry);
    DUDAO_ASSIGN(const std::optional<Hash> held, log_.HashAt(dot));
    if (held && !Agrees(*held, entry.hash())) differs(dot);
  }
  for (const v1::VersionVectorEntry& entry : response.differing()) {
    const Dot dot = DotOf(entry);
    DUDAO_ASSIGN(const std::optional<Hash> held, log_.HashAt(dot));
    if (held && dot.seq > 0) differs(dot);
  }
  // Changes of ours that we do not know: whoever made them may go on.
  DUDAO_ASSIGN(const std::optional<Head> own, log_.HeadOf(log_.self()));
  const uint64_t own_seq = own ? own->seq : 0;
  if (FromProto(response.vector()).Get(log_.self()) > own_seq)
    forks_.try_emplace(log_.self(), Fork{own_seq, own_seq + 1});
  return absl::OkStatus();
}

// FindForks has lowered `differs` already.
void Initiator::Narrow(const v1::ExchangeResponse& response) {
  for (const Dot& dot : probed_) {
    const auto fork = forks_.find(dot.replica);
    const bool equal =
        std::none_of(response.differing().begin(), response.differing().end(),
                     [&](const v1::VersionVectorEntry& entry) { return DotOf(entry) == dot; });
    if (fork == forks_.end() || !equal || dot.seq >= fork->second.differs) continue;
    fork->second.equal = std::max(fork->second.equal, dot.seq);
  }
  probed_.clear();
}

absl::Status Initiator::CutLocated() {
  for (auto it = forks_.begin(); it != forks_.end();) {
    const auto& [replica, fork] = *it;
    if (fork.differs > fork.equal + 1) {
      ++it;
      continue;
    }
    const FreshIdentity fresh = options_.fresh_identity();
    if (replica == log_.self()) {
      DUDAO_TRY(log_.NewIncarnation(fresh, fork.equal).status());
      totals_.replica_replaced = true;
    } else {
      DUDAO_TRY(log_.CutFork(replica, fork.equal, fresh.history_id));
      totals_.forks_cut.push_back(replica);
    }
    it = forks_.erase(it);
  }
  return LoadPeer();
}

// What we wrote under a former id and the peer does not take, although the chains are equal as far
// as it holds them: the id belongs to another device, and we cannot vouch for it. True where such
// changes were made again.
absl::StatusOr<bool> Initiator::Disown(const v1::ExchangeResponse& response) {
  bool cut = false;
  for (const v1::VersionVectorEntry& entry : response.unproven().entries()) {
    const Dot held = DotOf(entry);
    if (held.replica == log_.self() || !log_.WroteAs(held.replica)) continue;
    DUDAO_TRY(log_.CutFork(held.replica, held.seq, options_.fresh_identity().history_id));
    totals_.forks_cut.push_back(held.replica);
    cut = true;
  }
  if (cut) DUDAO_TRY(LoadPeer());
  return cut;
}

absl::Status Initiator::FillProbes(v1::ExchangeRequest& request) {
  probed_.clear();
  for (const auto& [replica, fork] : forks_) {
    const uint64_t open = fork.differs - fork.equal - 1;
    const uint64_t count = std::min(open, kProbesMax);
    for (uint64_t i = 1; i <= count; ++i) {
      const Dot dot{replica, fork.equal + i * (open + 1) / (count + 1)};
      DUDAO_ASSIGN(const std::optional<Hash> held, log_.HashAt(dot));
      if (!held) continue;
      probed_.push_back(dot);
      *request.add_probes() = ToProto(dot, HashBytes(*held).substr(0, kShortHashBytes));
    }
  }
  return absl::OkStatus();
}

}  // namespace dudao::sync
