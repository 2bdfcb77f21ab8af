#include "dudao/domain/visit_plan.h"

#include <algorithm>
#include <tuple>

namespace dudao::domain {

using records::v1::Place;
using records::v1::VisitState;

bool IsFlagged(const Place& place) { return place.weak_organisation() || place.thin_economy(); }

bool IsPlannable(const Place& place) {
  const bool kept_out = place.has_plannable() && !place.plannable();
  return !kept_out && place.level() != records::v1::PLACE_LEVEL_COUNTY;
}

bool WasThere(VisitState state) {
  return state != records::v1::VISIT_STATE_DELETED && state != records::v1::VISIT_STATE_DISMISSED;
}

bool IsUnsubmitted(VisitState state) {
  return state == records::v1::VISIT_STATE_UNSPECIFIED || state == records::v1::VISIT_STATE_DRAFT ||
         state == records::v1::VISIT_STATE_RETURNED;
}

void SortPlan(std::vector<PlannedPlace>* places) {
  std::sort(places->begin(), places->end(), [](const PlannedPlace& a, const PlannedPlace& b) {
    const auto key = [](const PlannedPlace& p) {
      // A place without a visit sorts as one that was visited before everything.
      return std::make_tuple(!IsFlagged(*p.place), p.last_visit.value_or(absl::CivilDay::min()),
                             -p.open_findings, absl::string_view(p.place->code()));
    };
    return key(a) < key(b);
  });
}

}  // namespace dudao::domain
