#include "notice_numbers.h"

#include "dudao/domain/rectification.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::server {

absl::StatusOr<std::string> NoticeNumbers::Next(int year) {
  // What was saved and could not be projected then.
  for (const auto& rule : spaces_.All()) {
    DUDAO_ASSIGN(Space * space, spaces_.Get(rule.space()));
    absl::MutexLock lock(&space->mutex());
    DUDAO_TRY(projection_.CatchUp(rule.space(), space->store()));
  }
  DUDAO_ASSIGN(const int last, projection_.LastNotice(year));
  return domain::FormatNoticeNumber(prefix_, year, last + 1);
}

}  // namespace dudao::server
