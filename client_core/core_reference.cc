// What a tablet looks up: places and the month board.
#include <algorithm>

#include "absl/strings/match.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/visit_quota.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"

namespace dudao::client {
namespace {

using records::v1::Visit;

constexpr size_t kPlacesDefault = 20;
constexpr size_t kPlacesMax = 200;

bool Counts(records::v1::VisitState state) {
  return state == records::v1::VISIT_STATE_SUBMITTED ||
         state == records::v1::VISIT_STATE_CONFIRMED || state == records::v1::VISIT_STATE_MERGED;
}

int32_t Minutes(const Visit& visit) {
  const int64_t ms = visit.left_at_ms() - visit.arrived_at_ms();
  if (!visit.has_left_at_ms() || !visit.has_arrived_at_ms() || ms < 0 || ms > 24 * 3600 * 1000)
    return 0;
  return static_cast<int32_t>(ms / 60000);
}

void FillBoardVisit(const v1::VisitNote& note, const Visit& visit, v1::BoardVisit* out) {
  out->set_temp_no(note.temp_no());
  out->set_visit_date(note.visit_date());
  out->set_unit_code(note.unit_code());
  out->set_state(note.state());
  out->set_minutes(Minutes(visit));
  out->set_counts(Counts(note.state()));
}

void FillBoard(const domain::TeamMonth& month, v1::GetMonthBoardResponse& response) {
  response.set_days_counted(static_cast<int32_t>(month.days.size()));
  response.set_quota(month.quota);
  response.set_quota_met(month.quota_met);
  response.set_first_half_filled(month.first_half_filled);
  response.set_second_half_filled(month.second_half_filled);
  response.set_drafts(month.drafts);
  for (const domain::VisitDay& day : month.days) {
    v1::BoardDay* out = response.add_days();
    out->set_date(domain::FormatDay(day.day));
    out->set_units(day.units);
    out->set_minutes(static_cast<int32_t>(absl::ToInt64Minutes(day.time_on_site)));
    out->set_full_day(day.full_day);
  }
}

}  // namespace

absl::StatusOr<v1::SearchPlacesResponse> Core::SearchPlaces(
    const v1::SearchPlacesRequest& request) {
  DUDAO_TRY(UseReference(request.office_space()).status());
  DUDAO_ASSIGN(const auto spaces, Indexed(""));
  const PlaceStates states = StatesOf(spaces);
  const size_t limit = request.page_size() <= 0
                           ? kPlacesDefault
                           : std::min<size_t>(static_cast<size_t>(request.page_size()), kPlacesMax);
  v1::SearchPlacesResponse response;
  for (const records::v1::Place* place : reference_.index().Search(request.text(), limit)) {
    *response.add_places() = *place;
    v1::PlaceNote* note = response.add_notes();
    v1::UnitLine unit;
    reference_.FillUnit(place->code(), &unit);
    note->set_parent_name(unit.parent_name());
    const auto state = states.find(place->code());
    if (state == states.end()) continue;
    note->set_last_visit_date(state->second.last_visit);
    note->set_open_findings(state->second.open_findings);
    note->set_has_draft(state->second.has_draft);
  }
  return response;
}

absl::StatusOr<v1::GetMonthBoardResponse> Core::GetMonthBoard(
    const v1::GetMonthBoardRequest& request) {
  const auto month = request.month().empty() ? absl::CivilMonth(domain::LocalDay(WallMs()))
                                             : domain::ParseMonth(request.month());
  if (!month || request.team_id().empty()) {
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "month or team_id");
  }
  DUDAO_TRY(UseReference(request.office_space()).status());
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(request.space()));
  DUDAO_ASSIGN(const SpaceIndex* index, index_.At(request.space(), *store));
  const std::string text = domain::FormatDay(absl::CivilDay(*month)).substr(0, 7);
  std::vector<Visit> visits;
  v1::GetMonthBoardResponse response;
  response.set_month(text);
  for (const auto& [key, note] : index->visits) {
    if (note.team_id() != request.team_id() || !absl::StartsWith(note.visit_date(), text)) continue;
    visits.push_back(BoardVisitOf(note));
    if (!domain::ParseDay(note.visit_date())) continue;
    v1::BoardVisit* out = response.add_visits();
    *out->mutable_record() = Ref({nullptr, request.space(), {kVisitType, key}});
    FillBoardVisit(note, visits.back(), out);
    v1::UnitLine unit;
    reference_.FillUnit(note.unit_code(), &unit);
    out->set_unit_name(unit.name());
  }
  std::vector<const Visit*> all;
  for (const Visit& visit : visits) all.push_back(&visit);
  FillBoard(domain::BuildTeamMonth(request.team_id(), *month, all, QuotaOf(request.team_id())),
            response);
  std::sort(response.mutable_visits()->begin(), response.mutable_visits()->end(),
            [](const v1::BoardVisit& a, const v1::BoardVisit& b) {
              return std::tie(a.visit_date(), a.temp_no()) < std::tie(b.visit_date(), b.temp_no());
            });
  return response;
}

}  // namespace dudao::client
