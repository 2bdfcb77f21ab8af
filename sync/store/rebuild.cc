// The part of SpaceTables that goes back to the log: hashes of the chains, records made anew.
#include <utility>

#include "absl/container/btree_set.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "space_tables.h"

namespace dudao::sync {
namespace {

absl::StatusOr<std::vector<Change>> DecodeHeld(std::string_view space, std::string_view body) {
  absl::StatusOr<std::vector<Change>> changes = DecodeSegment(space, body);
  if (!changes.ok()) return absl::DataLossError("a segment of the log is damaged");
  return changes;
}

// Applies what the changes write to the records that are being made anew. As if nothing had arrived
// yet: then the order of the changes does not matter, whatever they had seen.
void ApplyTo(absl::flat_hash_map<RecordId, CachedRecord*>& anew, const Change& change) {
  static const VersionVector kNothing;
  for (const Operation& op : change.ops) {
    const auto it = anew.find(op.record);
    if (it != anew.end()) it->second->record.Apply(change, op, kNothing);
  }
}

}  // namespace

absl::StatusOr<std::optional<Hash>> SpaceTables::HashAt(const Dot& dot) {
  if (dot.seq == 0) return Hash{};
  const HeadState head = heads.Get(dot.replica);
  if (dot.seq > head.seq) return std::nullopt;
  if (dot.seq == head.seq) return head.hash;
  if (dot.replica == self && fresh.Holds(dot.seq)) return fresh.HashOf(dot.seq);
  DUDAO_ASSIGN(const std::optional<SegmentTable::Span> span, segments.SpanOf(dot));
  if (!span) return absl::DataLossError("a change of the log is missing");
  if (dot.seq == span->last && span->hash) return span->hash;
  std::optional<Hash> hash = Hash{};
  if (span->first > 1) {
    DUDAO_ASSIGN(hash, HashAt({dot.replica, span->first - 1}));
  }
  DUDAO_ASSIGN(const std::string body, segments.Body(span->pos));
  DUDAO_ASSIGN(const std::vector<Change> changes, DecodeHeld(space, body));
  for (const Change& change : changes) {
    if (change.replica == dot.replica && change.seq <= dot.seq)
      hash = ChainHash(*hash, space, change);
  }
  return hash;
}

// Spans of the first layout have no hash; the whole log is walked once, and the chains have to come
// out as the heads say.
absl::Status SpaceTables::FillHashes() {
  DUDAO_ASSIGN(const bool lacking, segments.LacksHashes());
  if (!lacking) return absl::OkStatus();
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(db));
  std::vector<uint64_t> positions;
  DUDAO_TRY(segments.VisitAfter(0, [&](const SegmentTable::Place& place) {
    positions.push_back(place.pos);
    return true;
  }));
  absl::flat_hash_map<ReplicaId, HeadState> ends;
  for (const uint64_t pos : positions) {
    DUDAO_ASSIGN(const std::string body, segments.Body(pos));
    DUDAO_ASSIGN(const std::vector<Change> changes, DecodeHeld(space, body));
    for (const Change& change : changes) {
      HeadState& end = ends[change.replica];
      if (change.seq != end.seq + 1) return absl::DataLossError("the log has a hole");
      end = {change.seq, ChainHash(end.hash, space, change), change.time};
    }
    DUDAO_ASSIGN(std::vector<SegmentTable::Span> spans, segments.SpansAt(pos));
    for (SegmentTable::Span& span : spans) {
      span.hash = ends[span.replica].hash;
      DUDAO_TRY(segments.PutSpan(span));
    }
  }
  for (const auto& [replica, end] : ends) {
    const HeadState head = heads.Get(replica);
    if (head.seq == end.seq && head.hash != end.hash)
      return absl::DataLossError("the log is damaged: the chain is broken");
  }
  return transaction.Commit();
}

absl::Status SpaceTables::MoveAside(const Change& change, Quarantined what, int64_t source,
                                    JudgedState state, absl::btree_set<RecordId>& stale) {
  what.dot = change.dot();
  what.hash = Sha256(CanonicalChange(space, change));
  what.time = change.time;
  what.author = change.author;
  DUDAO_TRY(quarantine.Add(change, what, source, /*in_log=*/true, state));
  for (const Operation& op : change.ops) stale.insert(op.record);
  return absl::OkStatus();
}

// While it was aside, the log did not know which records it writes.
absl::Status SpaceTables::MoveBack(const Change& change, const Hash& hash,
                                   absl::btree_set<RecordId>& stale) {
  DUDAO_TRY(quarantine.SetState(change.dot(), hash, JudgedState::kReleased));
  for (const Operation& op : change.ops) {
    DUDAO_ASSIGN(CachedRecord * record, records.Load(op.record));
    if (record->ix == 0) records.Changed(*record, 0);
    stale.insert(op.record);
  }
  DUDAO_TRY(records.WriteBack());
  if (change.replica == self && fresh.Holds(change.seq)) return absl::OkStatus();
  DUDAO_ASSIGN(const std::optional<uint64_t> pos, segments.Find(change.dot()));
  if (!pos) return absl::DataLossError("a change of the log is missing");
  return LinkRecords(*pos, {&change, 1});
}

absl::Status SpaceTables::Rebuild(const absl::btree_set<RecordId>& ids) {
  if (ids.empty()) return absl::OkStatus();
  absl::flat_hash_map<RecordId, CachedRecord*> anew;
  absl::btree_set<uint64_t> positions;
  for (const RecordId& id : ids) {
    DUDAO_ASSIGN(CachedRecord * record, records.Load(id));
    records.Clear(*record);
    anew[id] = record;
    if (record->ix == 0) continue;
    DUDAO_ASSIGN(const std::vector<uint64_t> touching, segments.TouchingRecord(record->ix));
    positions.insert(touching.begin(), touching.end());
  }
  for (const uint64_t pos : positions) {
    DUDAO_ASSIGN(const std::string body, segments.Body(pos));
    DUDAO_ASSIGN(const std::vector<Change> changes, DecodeHeld(space, body));
    for (const Change& change : changes) {
      if (quarantine.Aside(change.dot()) == nullptr) ApplyTo(anew, change);
    }
  }
  DUDAO_ASSIGN(const std::vector<Change> open, fresh.ReadFirst(fresh.size()));
  for (const Change& change : open) {
    if (quarantine.Aside(change.dot()) == nullptr) ApplyTo(anew, change);
  }
  for (auto& [id, record] : anew) record->record.Settle(heads.delivered());
  return records.WriteBack();
}

}  // namespace dudao::sync
