#include "retention.h"

#include "dudao/domain/civil.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::server {

absl::StatusOr<RetentionList> Retention::Due(int64_t now_ms) {
  RetentionList list;
  if (years_ <= 0) return list;
  const absl::CivilDay today = domain::LocalDay(now_ms);
  const absl::CivilDay before(today.year() - years_, today.month(), today.day());
  list.before = domain::FormatDay(before);
  const int64_t before_ms = domain::UnixMs(absl::CivilSecond(before));
  DUDAO_ASSIGN(list.visits, projection_.VisitsBefore(list.before, before_ms, kDueVisitsMax));
  DUDAO_ASSIGN(list.files, projection_.FilesBefore(list.before, before_ms, kDueVisitsMax));
  return list;
}

}  // namespace dudao::server
