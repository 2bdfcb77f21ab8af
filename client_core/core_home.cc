// The first page, in one call.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/visit_plan.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"
#include "tables.h"
#include "texts.h"

namespace dudao::client {
namespace {

constexpr int kPlanDefault = 5;
constexpr int kPlanMax = 50;

absl::StatusOr<int64_t> LoadMoment(sync::Database& db, const char* name) {
  DUDAO_ASSIGN(const auto text, LoadSetting(db, name));
  int64_t ms = 0;
  return text && absl::SimpleAtoi(*text, &ms) ? ms : 0;
}

}  // namespace

absl::Status Core::FillWork(const std::vector<IndexedSpace>& spaces,
                            v1::GetHomeResponse& response) {
  DUDAO_ASSIGN(const auto unsent_files, UnsentFiles());
  response.set_unsent_files(static_cast<int32_t>(unsent_files.size()));
  for (const IndexedSpace& at : spaces) {
    for (const auto& [key, note] : at.index->visits) {
      if (domain::IsUnsubmitted(note.state()))
        response.set_draft_visits(response.draft_visits() + 1);
      if (note.conflicts() > 0) response.set_visits_in_conflict(response.visits_in_conflict() + 1);
      if (IsUnsent(at.known, note)) response.set_unsent_visits(response.unsent_visits() + 1);
      if (note.visit_date() == response.today() && domain::WasThere(note.state()))
        FillVisitLine(at, key, note, unsent_files, response.add_today_visits());
    }
  }
  std::sort(
      response.mutable_today_visits()->pointer_begin(),
      response.mutable_today_visits()->pointer_end(),
      [](const v1::VisitLine* a, const v1::VisitLine* b) { return a->temp_no() < b->temp_no(); });
  DUDAO_ASSIGN(const v1::ListTasksResponse tasks, ListTasks({}));
  response.set_open_tasks(tasks.open());
  response.set_overdue_tasks(tasks.overdue());
  DUDAO_ASSIGN(const v1::ListLookBacksResponse look_backs, ListLookBacks({}));
  const auto& lines = look_backs.look_backs();
  response.set_look_backs_asked(static_cast<int32_t>(
      std::count_if(lines.begin(), lines.end(),
                    [](const v1::LookBackLine& line) { return line.asked_of_my_team(); })));
  return absl::OkStatus();
}

// Of several spaces that did not end well the first one's reason is told.
absl::Status Core::FillSync(v1::GetHomeResponse& response) {
  DUDAO_ASSIGN(const v1::GetStatusResponse status, GetStatus({}));
  response.set_unsaved_forms(static_cast<int32_t>(status.drafts()));
  response.set_unsent_bytes(status.unsent_blob_bytes());
  response.set_clock_doubt(status.clock_doubt());
  response.set_clock_offset_ms(status.clock_offset_ms());
  response.set_database_bytes(status.database_bytes());
  response.set_blob_bytes(status.blob_bytes());
  for (const v1::SpaceStatus& space : status.spaces()) {
    response.set_unsent_changes(response.unsent_changes() + space.unsent_changes());
    for (const v1::SetAside& aside : space.set_aside()) {
      if (aside.state() == v1::SET_ASIDE_STATE_PENDING)
        response.set_set_aside(response.set_aside() + 1);
    }
    if (space.last_sync_reason().empty() || !response.last_error().empty()) continue;
    response.set_last_error(space.last_sync_reason());
    const ReasonText text = TextOf(space.last_sync_reason());
    response.mutable_last_error_text()->set_zh(text.zh);
    response.mutable_last_error_text()->set_en(text.en);
  }
  DUDAO_ASSIGN(const int64_t success_ms, LoadMoment(*db_, kSyncSuccessSetting));
  response.set_last_success_ms(success_ms);
  DUDAO_ASSIGN(const int64_t end_ms, LoadMoment(*db_, kSyncEndSetting));
  response.set_last_sync_ms(end_ms);
  DUDAO_ASSIGN(const int64_t page_bytes, QueryInt(*db_, "PRAGMA page_size"));
  response.set_database_bytes_max(
      static_cast<uint64_t>(std::max<int64_t>(0, options_.database_pages_max) * page_bytes));
  return absl::OkStatus();
}

absl::StatusOr<v1::GetHomeResponse> Core::GetHome(const v1::GetHomeRequest& request) {
  DUDAO_TRY(UseReference(request.office_space()).status());
  DUDAO_ASSIGN(const auto spaces, Indexed(""));
  v1::GetHomeResponse response;
  reference_.FillPerson(trust_.person_id(), response.mutable_person());
  response.mutable_person()->set_role(Role());
  response.set_team_id(trust_.team_id());
  if (const auto* team = reference_.FindTeam(trust_.team_id()))
    response.set_team_name(team->name());
  for (const records::v1::Person* person : reference_.PeopleOf(trust_.team_id()))
    reference_.FillPerson(person->person_id(), response.add_team());
  const absl::CivilDay today = domain::LocalDay(WallMs());
  response.set_today(domain::FormatDay(today));
  DUDAO_TRY(FillMonth(spaces, absl::CivilMonth(today), response.mutable_month()));
  const PlaceStates states = StatesOf(spaces);
  for (const auto& [code, state] : states)
    response.set_open_findings(response.open_findings() + state.open_findings);
  v1::PlanVisitsRequest plan;
  plan.set_villages_only(true);
  plan.set_limit(request.plan_limit() <= 0 ? kPlanDefault
                                           : std::min(request.plan_limit(), kPlanMax));
  v1::PlanVisitsResponse planned;
  FillPlan(plan, states, planned);
  response.mutable_plan()->Swap(planned.mutable_places());
  DUDAO_TRY(FillWork(spaces, response));
  DUDAO_TRY(FillSync(response));
  return response;
}

}  // namespace dudao::client
