#include "seen.h"

#include <set>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/schema/record_types.h"
#include "utf8.h"

namespace dudao::server {

using records::v1::Visit;

absl::StatusOr<std::optional<sync::Change>> FindChange(Space& space, const sync::Dot& dot) {
  DUDAO_ASSIGN(sync::VersionVector known, space.store().Delivered());
  known.Set(dot.replica, dot.seq - 1);
  DUDAO_ASSIGN(const auto batch, space.store().SegmentsSince(known, 1));
  for (const std::string& segment : batch.segments) {
    DUDAO_ASSIGN(const auto changes, sync::DecodeSegment(space.name(), segment));
    for (const sync::Change& change : changes) {
      if (change.dot() == dot) return change;
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<std::string>> NotSeenByReview(Space& space,
                                                         const sync::StoredRecord& stored,
                                                         const Visit& visit) {
  const bool stands = visit.review().state() == visit.state() &&
                      (visit.state() == records::v1::VISIT_STATE_CONFIRMED ||
                       visit.state() == records::v1::VISIT_STATE_DISMISSED);
  if (!stands) return std::vector<std::string>();
  const sync::Cell* cell = stored.record.Find(sync::Path().Field(Visit::kReviewFieldNumber));
  const sync::Version* shown = cell != nullptr ? stored.record.Shown(*cell) : nullptr;
  if (shown == nullptr) return std::vector<std::string>();
  const sync::Dot dot = shown->dot;
  DUDAO_ASSIGN(const auto change, FindChange(space, dot));
  if (!change) return std::vector<std::string>();
  DUDAO_ASSIGN(const auto entries, space.store().History(stored.id, sync::Path()));
  std::set<std::string> paths;
  for (const sync::HistoryEntry& entry : entries) {
    if (entry.dot != dot && !change->seen.Contains(entry.dot))
      paths.insert(Utf8(sync::PathText(stored.id.type, entry.op.path)));
  }
  return std::vector<std::string>(paths.begin(), paths.end());
}

}  // namespace dudao::server
