// The part of SpaceTables that takes changes out of the log again: one side of a fork.
#include <algorithm>
#include <iterator>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "held_changes.h"
#include "space_tables.h"
#include "tuning.h"

namespace dudao::sync {
namespace {

bool HasSeen(const Change& change, const ReplicaId& replica, uint64_t common) {
  if (change.seen.vector().Get(replica) > common) return true;
  return std::any_of(change.seen.dots().begin(), change.seen.dots().end(),
                     [&](const Dot& dot) { return dot.replica == replica && dot.seq > common; });
}

}  // namespace

// Cursors into this log become void by it, so the caller takes a new history id. Links of records
// to segments stay; one too many costs a look.
absl::StatusOr<std::vector<Change>> SpaceTables::CutAfter(const ReplicaId& replica,
                                                          uint64_t common) {
  DUDAO_TRY(SealAll());
  HeadState head;
  if (common > 0) {
    DUDAO_ASSIGN(const std::optional<Hash> hash, HashAt({replica, common}));
    if (!hash) return absl::InvalidArgumentError("a fork is cut after what is held");
    HeldChanges held(*this);
    DUDAO_ASSIGN(const Change last, held.Get({replica, common}));
    head = {common, *hash, last.time};
  }
  std::vector<Change> removed;
  DUDAO_ASSIGN(const std::vector<SegmentTable::Span> spans, segments.SpansAfter(replica, common));
  for (const SegmentTable::Span& span : spans) {
    DUDAO_TRY(segments.RemoveSpan(span));
    if (span.first <= common)
      DUDAO_TRY(segments.PutSpan({replica, span.first, common, span.pos, head.hash}));
    DUDAO_TRY(CutSegment(span, common, removed));
  }
  absl::btree_set<RecordId> stale;
  for (const Change& change : removed) {
    if (quarantine.Aside(change.dot()) == nullptr) {
      for (const Operation& op : change.ops) stale.insert(op.record);
    }
    DUDAO_TRY(quarantine.TakeOutOfLog(change.dot(), Sha256(CanonicalChange(space, change))));
  }
  DUDAO_TRY(heads.Retreat(replica, head));
  DUDAO_TRY(proofs.LapseAfter(replica, common));
  DUDAO_TRY(receipts.LapseAfter(replica, common));
  DUDAO_TRY(peers.Lower(replica, common));
  DUDAO_TRY(AddThatHaveSeen(replica, common, stale));
  DUDAO_TRY(Rebuild(stale));
  DUDAO_TRY(WriteBack());
  return removed;
}

// What has seen the numbers that are free again will overtake the changes that get them, as on
// every replica that never held these.
absl::Status SpaceTables::AddThatHaveSeen(const ReplicaId& replica, uint64_t common,
                                          absl::btree_set<RecordId>& stale) {
  std::vector<uint64_t> positions;
  DUDAO_TRY(segments.VisitAfter(0, [&](const SegmentTable::Place& place) {
    positions.push_back(place.pos);
    return true;
  }));
  for (const uint64_t pos : positions) {
    DUDAO_ASSIGN(const std::string body, segments.Body(pos));
    const absl::StatusOr<std::vector<Change>> changes = DecodeSegment(space, body);
    if (!changes.ok()) return absl::DataLossError("a segment of the log is damaged");
    for (const Change& change : *changes) {
      if (!HasSeen(change, replica, common)) continue;
      for (const Operation& op : change.ops) stale.insert(op.record);
    }
  }
  return absl::OkStatus();
}

absl::Status SpaceTables::SealAll() {
  DUDAO_TRY(WriteBack());
  while (fresh.size() > 0) DUDAO_TRY(Seal(kSealBytesMax));
  return absl::OkStatus();
}

absl::Status SpaceTables::CutSegment(const SegmentTable::Span& span, uint64_t common,
                                     std::vector<Change>& removed) {
  DUDAO_ASSIGN(const std::string body, segments.Body(span.pos));
  absl::StatusOr<std::vector<Change>> changes = DecodeSegment(space, body);
  if (!changes.ok()) return absl::DataLossError("a segment of the log is damaged");
  std::vector<Change> kept;
  for (Change& change : *changes) {
    const bool stays = change.replica != span.replica || change.seq <= common;
    (stays ? kept : removed).push_back(std::move(change));
  }
  return segments.Replace(span.pos, kept.size(), EncodeSegment(space, kept));
}

absl::Status SpaceTables::RenewHistory(const std::string& history) {
  return BecomeReplica({self, history}, token_);
}

}  // namespace dudao::sync
