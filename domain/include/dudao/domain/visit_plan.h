// Where a team should go next.
//
// Purpose: the order of places for planning: weak and thin villages first, within each group those
// that were never visited, then those not seen for longest; more open findings, then the code,
// break ties. Does not: plan days, or rank teams. Threading: pure functions. Ownership: borrows the
// places. Errors: none.
#ifndef DUDAO_DOMAIN_VISIT_PLAN_H_
#define DUDAO_DOMAIN_VISIT_PLAN_H_

#include <absl/time/civil_time.h>

#include <optional>
#include <vector>

#include "dudao/records/v1/reference.pb.h"
#include "dudao/records/v1/visit.pb.h"

namespace dudao::domain {

struct PlannedPlace {
  const records::v1::Place* place = nullptr;
  std::optional<absl::CivilDay> last_visit;  // nothing: never, as far as is known
  int open_findings = 0;
  bool has_draft = false;
};

// On the weak or on the thin list.
bool IsFlagged(const records::v1::Place& place);

// True where visits to the place are planned: not the county, not a virtual community.
bool IsPlannable(const records::v1::Place& place);

// True where a visit in this state means that somebody was there: drafts too, for the team has been
// there and will submit it; not what was deleted or not accepted.
bool WasThere(records::v1::VisitState state);

// True where the team still has to submit it: drafts and returned ones.
bool IsUnsubmitted(records::v1::VisitState state);

void SortPlan(std::vector<PlannedPlace>* places);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_VISIT_PLAN_H_
