#include "memory_log.h"

#include <algorithm>

#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

ReplicaId Replica(char name) {
  ReplicaId id;
  id.bytes.fill(static_cast<uint8_t>(name));
  return id;
}

MemoryLog::MemoryLog(char name, std::string space, std::string history_id)
    : self_(Replica(name)), space_(std::move(space)), history_id_(std::move(history_id)) {}

const Change& MemoryLog::Commit(std::vector<Operation> ops, std::optional<Context> seen) {
  Change change;
  change.replica = self_;
  change.seq = delivered_.Get(self_) + 1;
  change.seen = seen ? *seen : Context(delivered_);
  change.time.ms = 1'790'000'000'000 + static_cast<int64_t>(changes_.size());
  change.author = self_.Short();
  change.ops = std::move(ops);
  Add(change, self_);
  return changes_.back();
}

void MemoryLog::Add(const Change& change, const ReplicaId& from) {
  if (!aside_.contains(change.dot())) {
    for (const Operation& op : change.ops) records_[op.record].Apply(change, op, delivered_);
  }
  Head& head = heads_[change.replica];
  head = {change.replica, change.seq, ChainHash(head.hash, space_, change)};
  hashes_[change.dot()] = head.hash;
  delivered_.Set(change.replica, change.seq);
  changes_.push_back(change);
  deliverers_.push_back(from);
}

void MemoryLog::Rebuild(const std::function<bool(const Change&)>& keep) {
  const std::vector<Change> changes = std::move(changes_);
  const std::vector<ReplicaId> deliverers = std::move(deliverers_);
  changes_.clear();
  deliverers_.clear();
  hashes_.clear();
  heads_.clear();
  delivered_ = VersionVector();
  records_.clear();
  for (size_t i = 0; i < changes.size(); ++i) {
    if (keep(changes[i])) Add(changes[i], deliverers[i]);
  }
}

void MemoryLog::SetMerged(const Dot& dot, bool merged) {
  const bool changed = merged ? aside_.erase(dot) > 0 : aside_.insert(dot).second;
  if (changed) Rebuild([](const Change&) { return true; });
}

absl::StatusOr<std::optional<Head>> MemoryLog::HeadOf(const ReplicaId& replica) {
  const auto it = heads_.find(replica);
  return it == heads_.end() ? std::nullopt : std::optional<Head>(it->second);
}

absl::StatusOr<std::optional<Hash>> MemoryLog::HashAt(const Dot& dot) {
  if (dot.seq == 0) return Hash{};
  const auto it = hashes_.find(dot);
  return it == hashes_.end() ? std::nullopt : std::optional<Hash>(it->second);
}

absl::StatusOr<SegmentBatch> MemoryLog::SegmentsSince(const VersionVector& known,
                                                      size_t bytes_max) {
  SegmentBatch batch;
  batch.reaches = known;
  batch.cursor = changes_.size();
  std::map<ReplicaId, Head> heads;
  size_t bytes = 0;
  for (const Change& change : changes_) {
    if (known.Contains(change.dot())) continue;
    if (bytes > bytes_max) {
      batch.more = true;
      break;
    }
    batch.segments.push_back(EncodeSegment(space_, {&change, 1}));
    bytes += batch.segments.back().size();
    batch.reaches.Set(change.replica, change.seq);
    if (change.replica == self_ || ours_.contains(change.replica))
      heads[change.replica] = {change.replica, change.seq, hashes_.at(change.dot())};
  }
  for (const auto& [replica, head] : heads) batch.to_prove.push_back(head);
  return batch;
}

absl::StatusOr<SegmentBatch> MemoryLog::SegmentsAfter(uint64_t cursor, const ReplicaId& skip,
                                                      size_t bytes_max) {
  SegmentBatch batch;
  batch.cursor = cursor;
  size_t bytes = 0;
  for (size_t i = static_cast<size_t>(cursor); i < changes_.size(); ++i) {
    if (bytes > bytes_max) {
      batch.more = true;
      break;
    }
    batch.cursor = i + 1;
    if (deliverers_[i] == skip && changes_[i].replica == skip) continue;
    batch.segments.push_back(EncodeSegment(space_, {&changes_[i], 1}));
    bytes += batch.segments.back().size();
    if (aside_.contains(changes_[i].dot())) {
      Quarantined what;
      what.dot = changes_[i].dot();
      what.reason = kNotPermitted;
      batch.set_aside.push_back(what);
    }
  }
  return batch;
}

absl::StatusOr<IngestOutcome> MemoryLog::Ingest(const Arrival& arrival) {
  IngestOutcome outcome;
  std::vector<std::vector<Change>> decoded;
  for (const std::string& segment : arrival.segments) {
    auto changes = DecodeSegment(space_, segment);
    if (!changes.ok()) return changes.status();
    decoded.push_back(*std::move(changes));
  }
  std::map<Dot, Quarantined> verdicts;
  for (const Quarantined& verdict : arrival.set_aside) verdicts[verdict.dot] = verdict;
  VersionVector carried;
  for (const auto& changes : decoded) {
    for (const Change& change : changes) {
      if (change.seq > carried.Get(change.replica)) carried.Set(change.replica, change.seq);
      const uint64_t head = delivered_.Get(change.replica);
      if (change.seq <= head) {
        ++outcome.duplicate;
        continue;
      }
      if (change.seq != head + 1) {
        ++outcome.gap;
        continue;
      }
      std::optional<Quarantined> objection;
      if (const auto it = verdicts.find(change.dot()); it != verdicts.end()) objection = it->second;
      if (!objection && arrival.policy) objection = arrival.policy(change, {});
      if (objection) {
        outcome.quarantined.push_back(*objection);
        aside_.insert(change.dot());
      } else {
        ++outcome.applied;
      }
      Add(change, arrival.from);
    }
  }
  for (const auto& [dot, verdict] : verdicts) {
    if (delivered_.Contains(dot)) SetMerged(dot, false);
  }
  if (arrival.receipt) receipt_ = outcome.receipt = arrival.receipt;
  if (arrival.peer_after) {
    PeerState& peer = peers_[arrival.peer_after->name];
    peer = *arrival.peer_after;
    peer.known.Join(carried);
  }
  return outcome;
}

absl::StatusOr<PeerState> MemoryLog::LoadPeer(std::string_view peer) {
  const auto it = peers_.find(peer);
  return it == peers_.end() ? PeerState() : it->second;
}

// Without the case that a clone has made some of it again already.
absl::StatusOr<bool> MemoryLog::NewIncarnation(const FreshIdentity& fresh, uint64_t common) {
  const ReplicaId old = self_;
  std::vector<Change> again;
  for (const Change& change : changes_) {
    if (change.replica == old && change.seq > common) again.push_back(change);
  }
  ReplicaId next;
  if (!again.empty()) next = ForkReplica(old, common, hashes_.at(again.front().dot()));
  self_ = fresh.replica;
  ours_.insert(old);
  ours_.insert(next);
  Cut(old, common, fresh.history_id);
  for (Change& change : again) {
    VersionVector vector = change.seen.vector();
    const uint64_t beyond = vector.Get(old) > common ? vector.Get(old) - common : 0;
    if (beyond > 0) {
      vector.Set(old, common);
      vector.Set(next, beyond);
    }
    Context seen(std::move(vector));
    for (const Dot& dot : change.seen.dots())
      seen.Add(dot.replica == old && dot.seq > common ? Dot{next, dot.seq - common} : dot);
    change.seen = std::move(seen);
    change.replica = next;
    change.seq -= common;
    Add(change, self_);
  }
  return !again.empty();
}

absl::Status MemoryLog::CutFork(const ReplicaId& replica, uint64_t common,
                                const std::string& history_id) {
  Cut(replica, common, history_id);
  return absl::OkStatus();
}

void MemoryLog::Cut(const ReplicaId& replica, uint64_t common, const std::string& history_id) {
  const auto kept = [&](const Dot& dot) { return dot.replica != replica || dot.seq <= common; };
  std::erase_if(aside_, [&](const Dot& dot) { return !kept(dot); });
  Rebuild([&](const Change& change) { return kept(change.dot()); });
  for (auto& [name, peer] : peers_)
    peer.known.Set(replica, std::min(peer.known.Get(replica), common));
  history_id_ = history_id;
}

std::string MemoryLog::Digest() const {
  std::string all;
  for (const auto& [id, record] : records_) all += id.key + ":" + record.EncodeShared() + ";";
  return HashHex(Sha256(all));
}

void MemoryLog::RestoreTo(size_t count, std::string history_id) {
  MemoryLog fresh('?', space_, std::move(history_id));
  fresh.self_ = self_;
  for (size_t i = 0; i < std::min(count, changes_.size()); ++i)
    fresh.Add(changes_[i], deliverers_[i]);
  *this = std::move(fresh);
}

}  // namespace dudao::testing
