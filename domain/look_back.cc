#include "dudao/domain/look_back.h"

#include <algorithm>
#include <set>

#include "dudao/domain/rectification.h"

namespace dudao::domain {

using records::v1::Rectification;
using records::v1::RectificationState;

bool IsOpenFinding(RectificationState state) {
  switch (state) {
    case records::v1::RECTIFICATION_STATE_ISSUED:
    case records::v1::RECTIFICATION_STATE_RECEIVED:
    case records::v1::RECTIFICATION_STATE_RECTIFYING:
    case records::v1::RECTIFICATION_STATE_PENDING_CHECK:
    case records::v1::RECTIFICATION_STATE_REWORK:
    case records::v1::RECTIFICATION_STATE_REOPENED:
      return true;
    default:
      return false;
  }
}

std::vector<std::string> Finders(const Rectification& rectification) {
  const std::vector<std::string> all = FindersOf(rectification);
  std::set<std::string> finders(all.begin(), all.end());
  finders.erase("");
  return {finders.begin(), finders.end()};
}

bool MayStrikeOff(const Rectification& rectification, absl::string_view person_id) {
  const std::vector<std::string> finders = FindersOf(rectification);
  return !person_id.empty() &&
         std::find(finders.begin(), finders.end(), person_id) == finders.end();
}

}  // namespace dudao::domain
