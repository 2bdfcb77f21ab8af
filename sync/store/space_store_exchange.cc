// What the exchange needs: segments out, segments in.
#include <algorithm>
#include <limits>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "ingestion.h"
#include "space_store.h"
#include "tuning.h"

namespace dudao::sync {
namespace {

// Open saves compress to about a third; what is cut should fit the link's budget.
constexpr size_t kCompression = 3;

size_t SealBytes(size_t bytes_max) {
  return bytes_max > kSealBytesMax ? kSealBytesMax : bytes_max * kCompression;
}

bool Fits(const SegmentBatch& batch, size_t held, size_t next, size_t bytes_max) {
  return batch.segments.empty() || held + next <= bytes_max;
}

}  // namespace

absl::StatusOr<SegmentBatch> SpaceStore::SegmentsSince(const VersionVector& known,
                                                       size_t bytes_max) {
  DUDAO_TRY(Ready());
  const bool own_lacking = tables_.heads.Get(tables_.self).seq > known.Get(tables_.self);
  if (own_lacking) DUDAO_TRY(Guard(tables_.SealAlone(SealBytes(bytes_max))));
  DUDAO_ASSIGN(const SegmentTable::Lacking lacking,
               tables_.segments.FindLacking(tables_.heads.delivered(), known));
  SegmentBatch batch;
  batch.reaches = known;
  batch.more = lacking.more || (own_lacking && tables_.fresh.size() > 0);
  size_t bytes = 0;
  for (const auto& [pos, newest] : lacking.positions) {
    DUDAO_ASSIGN(std::string body, tables_.segments.Body(pos));
    if (!Fits(batch, bytes, body.size(), bytes_max)) {
      batch.more = true;
      break;
    }
    bytes += body.size();
    batch.segments.push_back(std::move(body));
    batch.cursor = pos;
    for (const Dot& dot : newest) batch.reaches.Set(dot.replica, dot.seq);
  }
  if (!batch.more) batch.cursor = tables_.segments.last_pos();
  return Handed(std::move(batch));
}

absl::StatusOr<SegmentBatch> SpaceStore::SegmentsAfter(uint64_t cursor, const ReplicaId& skip,
                                                       size_t bytes_max) {
  DUDAO_TRY(Ready());
  DUDAO_TRY(Guard(tables_.SealAlone(SealBytes(bytes_max))));
  DUDAO_ASSIGN(const std::optional<int64_t> skip_ix, tables_.replicas.Find(skip));
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  SegmentBatch batch;
  batch.cursor = std::min(cursor, kMax);
  batch.more = tables_.fresh.size() > 0;
  std::vector<uint64_t> positions;
  size_t bytes = 0;
  DUDAO_TRY(tables_.segments.VisitAfter(batch.cursor, [&](const SegmentTable::Place& place) {
    if (skip_ix && place.source == *skip_ix) {
      batch.cursor = place.pos;
      return true;
    }
    if (!positions.empty() && bytes + place.bytes > bytes_max) {
      batch.more = true;
      return false;
    }
    bytes += place.bytes;
    batch.cursor = place.pos;
    positions.push_back(place.pos);
    return true;
  }));
  for (const uint64_t pos : positions) {
    DUDAO_ASSIGN(std::string body, tables_.segments.Body(pos));
    batch.segments.push_back(std::move(body));
  }
  return Handed(std::move(batch));
}

// Small segments joined, with the verdicts on what they carry.
absl::StatusOr<SegmentBatch> SpaceStore::Handed(SegmentBatch batch) const {
  batch.segments = JoinSegments(tables_.space, std::move(batch.segments), kJoinBytesMax);
  if (tables_.quarantine.NoneInLog()) return batch;
  for (const std::string& segment : batch.segments) {
    DUDAO_ASSIGN(const std::vector<Change> changes, DecodeSegment(tables_.space, segment));
    for (const Change& change : changes) {
      if (const Quarantined* verdict = tables_.quarantine.InLog(change.dot()))
        batch.set_aside.push_back(*verdict);
    }
  }
  return batch;
}

absl::StatusOr<IngestOutcome> SpaceStore::Ingest(const Arrival& arrival) {
  DUDAO_TRY(Ready());
  std::vector<std::vector<Change>> changes;
  for (const std::string& segment : arrival.segments) {
    DUDAO_ASSIGN(std::vector<Change> decoded, DecodeSegment(tables_.space, segment));
    changes.push_back(std::move(decoded));
  }
  DUDAO_ASSIGN(const std::optional<PeerState> peer, PeerToPut(arrival.peer_after, changes));
  if (arrival.segments.empty() && !peer) return IngestOutcome();
  return Guard(IngestAll(arrival, std::move(changes), peer));
}

// Nothing if the file has it already: a sync that moves nothing writes nothing.
absl::StatusOr<std::optional<PeerState>> SpaceStore::PeerToPut(
    const std::optional<PeerState>& peer_after, const std::vector<std::vector<Change>>& changes) {
  if (!peer_after) return std::nullopt;
  PeerState peer = *peer_after;
  for (const std::vector<Change>& segment : changes) {
    for (const Change& change : segment) {
      if (change.seq > peer.known.Get(change.replica)) peer.known.Set(change.replica, change.seq);
    }
  }
  DUDAO_ASSIGN(const PeerState held, tables_.peers.Get(peer.name));
  if (held == peer) return std::nullopt;
  return peer;
}

absl::StatusOr<IngestOutcome> SpaceStore::IngestAll(const Arrival& arrival,
                                                    std::vector<std::vector<Change>> changes,
                                                    const std::optional<PeerState>& peer) {
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(tables_.db));
  DUDAO_ASSIGN(const int64_t source, tables_.replicas.Intern(arrival.from));
  Ingestion ingestion(tables_, arrival.policy, source, ++ingests_);
  for (size_t i = 0; i < arrival.segments.size(); ++i) {
    DUDAO_TRY(ingestion.Add(arrival.segments[i], std::move(changes[i])));
  }
  DUDAO_ASSIGN(IngestOutcome outcome, ingestion.Finish());
  if (peer) DUDAO_TRY(tables_.peers.Put(*peer));
  DUDAO_TRY(transaction.Commit());
  for (const HybridTime time : ingestion.times())
    last_time_ = Absorb(last_time_, time, last_wall_ms_);
  tables_.records.Trim();
  return outcome;
}

}  // namespace dudao::sync
