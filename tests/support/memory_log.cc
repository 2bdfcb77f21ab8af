#include "memory_log.h"

#include <algorithm>

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
  for (const Operation& op : change.ops) records_[op.record].Apply(change, op, delivered_);
  Head& head = heads_[change.replica];
  head = {change.replica, change.seq, ChainHash(head.hash, space_, change)};
  delivered_.Set(change.replica, change.seq);
  changes_.push_back(change);
  deliverers_.push_back(from);
}

absl::StatusOr<std::optional<Head>> MemoryLog::HeadOf(const ReplicaId& replica) {
  const auto it = heads_.find(replica);
  return it == heads_.end() ? std::nullopt : std::optional<Head>(it->second);
}

absl::StatusOr<SegmentBatch> MemoryLog::SegmentsSince(const VersionVector& known,
                                                      size_t bytes_max) {
  SegmentBatch batch;
  batch.reaches = known;
  batch.cursor = changes_.size();
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
  }
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
    if (deliverers_[i] == skip) continue;
    batch.segments.push_back(EncodeSegment(space_, {&changes_[i], 1}));
    bytes += batch.segments.back().size();
  }
  return batch;
}

absl::StatusOr<IngestOutcome> MemoryLog::Ingest(absl::Span<const std::string> segments,
                                                const ReplicaId& from, const IngestPolicy& policy,
                                                const std::optional<PeerState>& peer_after) {
  IngestOutcome outcome;
  std::vector<std::vector<Change>> decoded;
  for (const std::string& segment : segments) {
    auto changes = DecodeSegment(space_, segment);
    if (!changes.ok()) return changes.status();
    decoded.push_back(*std::move(changes));
  }
  VersionVector carried;
  for (const auto& changes : decoded) {
    for (const Change& change : changes) {
      if (change.seq > carried.Get(change.replica)) carried.Set(change.replica, change.seq);
      const uint64_t head = delivered_.Get(change.replica);
      if (change.seq <= head) {
        ++outcome.duplicate;
      } else if (change.seq != head + 1) {
        ++outcome.gap;
      } else if (const auto reason = policy ? policy(change) : std::nullopt) {
        outcome.quarantined.push_back(*reason);
      } else {
        Add(change, from);
        ++outcome.applied;
      }
    }
  }
  if (peer_after) {
    peer_ = *peer_after;
    peer_.known.Join(carried);
  }
  return outcome;
}

absl::StatusOr<PeerState> MemoryLog::LoadPeer(std::string_view) { return peer_; }

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
