// Where to go next.
#include <algorithm>

#include "absl/strings/match.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/look_back.h"
#include "dudao/domain/visit_plan.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::client {
namespace {

constexpr int kPlanDefault = 20;
constexpr int kPlanMax = 500;

// Submitted, and the office has not made a rectification of it.
bool WaitsForOffice(const v1::VisitNote& visit, const std::string& finding_id,
                    const SpaceIndex& index) {
  return (visit.state() == records::v1::VISIT_STATE_SUBMITTED ||
          visit.state() == records::v1::VISIT_STATE_CONFIRMED) &&
         !index.rectifications.contains(finding_id);
}

}  // namespace

Core::PlaceStates Core::StatesOf(const std::vector<IndexedSpace>& spaces) {
  PlaceStates states;
  for (const IndexedSpace& at : spaces) {
    for (const auto& [key, visit] : at.index->visits) {
      if (!domain::WasThere(visit.state())) continue;
      CorePlaceState& state = states[visit.unit_code()];
      state.last_visit = std::max(state.last_visit, visit.visit_date());
      state.has_draft = state.has_draft || domain::IsUnsubmitted(visit.state());
      for (const v1::FindingNote& finding : visit.findings())
        state.open_findings += WaitsForOffice(visit, finding.id(), *at.index) ? 1 : 0;
    }
    for (const auto& [key, rectification] : at.index->rectifications) {
      if (domain::IsOpenFinding(rectification.state()))
        ++states[rectification.unit_code()].open_findings;
    }
  }
  return states;
}

void Core::FillPlan(const v1::PlanVisitsRequest& request, const PlaceStates& states,
                    v1::PlanVisitsResponse& response) {
  std::vector<domain::PlannedPlace> plan;
  for (const auto& [code, place] : reference_.places()) {
    if (!domain::IsPlannable(place) || !absl::StartsWith(code, request.unit_prefix())) continue;
    if (request.villages_only() && place.level() != records::v1::PLACE_LEVEL_VILLAGE) continue;
    domain::PlannedPlace planned;
    planned.place = &place;
    if (const auto state = states.find(code); state != states.end()) {
      planned.last_visit = domain::ParseDay(state->second.last_visit);
      planned.open_findings = state->second.open_findings;
      planned.has_draft = state->second.has_draft;
    }
    if (!planned.last_visit) response.set_never_visited(response.never_visited() + 1);
    plan.push_back(planned);
  }
  domain::SortPlan(&plan);
  response.set_total(static_cast<int32_t>(plan.size()));
  const int wanted = request.limit() == 0 ? kPlanDefault : std::min(request.limit(), kPlanMax);
  const absl::CivilDay today = domain::LocalDay(WallMs());
  for (const domain::PlannedPlace& planned : plan) {
    if (response.places_size() >= wanted) break;
    v1::PlanLine* line = response.add_places();
    reference_.FillUnit(planned.place->code(), line->mutable_unit());
    line->set_days_since(-1);
    if (planned.last_visit) {
      line->set_last_visit_date(domain::FormatDay(*planned.last_visit));
      line->set_days_since(static_cast<int32_t>(std::max<int64_t>(0, today - *planned.last_visit)));
    }
    line->set_open_findings(planned.open_findings);
    line->set_has_draft(planned.has_draft);
  }
}

absl::StatusOr<v1::PlanVisitsResponse> Core::PlanVisits(const v1::PlanVisitsRequest& request) {
  if (request.limit() < 0)
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "limit");
  DUDAO_TRY(UseReference(request.office_space()).status());
  DUDAO_ASSIGN(const auto spaces, Indexed(""));
  v1::PlanVisitsResponse response;
  FillPlan(request, StatesOf(spaces), response);
  return response;
}

}  // namespace dudao::client
