// What the office asks of the team: tasks, and open findings to look at again.
#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "conflict_view.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/look_back.h"
#include "dudao/domain/rectification.h"
#include "dudao/domain/rectification_clock.h"
#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"
#include "texts.h"

namespace dudao::client {
namespace {

using records::v1::OfficeTask;
using records::v1::Rectification;

// Sorts after every day.
constexpr char kNoDay[] = "9999-99-99";

std::string DayOrLast(const std::string& day) { return day.empty() ? kNoDay : day; }

// Red first; what has no light last.
int Urgency(v1::Light light) {
  return light == v1::LIGHT_UNSPECIFIED ? 0 : -static_cast<int>(light);
}

bool IsOpen(const OfficeTask& task) {
  return task.state() == records::v1::OFFICE_TASK_STATE_OPEN ||
         task.state() == records::v1::OFFICE_TASK_STATE_UNSPECIFIED;
}

void SortTasks(google::protobuf::RepeatedPtrField<v1::TaskLine>* tasks) {
  std::sort(tasks->pointer_begin(), tasks->pointer_end(),
            [](const v1::TaskLine* a, const v1::TaskLine* b) {
              const auto key = [](const v1::TaskLine* line) {
                return std::make_tuple(!IsOpen(line->task()), DayOrLast(line->task().due_date()),
                                       line->task().created_at_ms(),
                                       std::string_view(line->record().key()));
              };
              return key(a) < key(b);
            });
}

void SortLookBacks(google::protobuf::RepeatedPtrField<v1::LookBackLine>* lines) {
  std::sort(lines->pointer_begin(), lines->pointer_end(),
            [](const v1::LookBackLine* a, const v1::LookBackLine* b) {
              const auto key = [](const v1::LookBackLine* line) {
                return std::make_tuple(!line->asked_of_my_team(), Urgency(line->light()),
                                       DayOrLast(line->due_date()),
                                       std::string_view(line->finding_id()));
              };
              return key(a) < key(b);
            });
}

void FillLine(const Rectification& from, const domain::WorkingCalendar& calendar,
              const std::string& me, int64_t now_ms, v1::LookBackLine* out) {
  out->set_finding_id(from.finding_id());
  out->set_finding_temp_no(from.finding_temp_no());
  out->set_problem(from.problem());
  out->set_demand(from.demand());
  out->set_level(from.level());
  out->set_state(from.state());
  *out->mutable_state_text() = StateText(from.state());
  out->set_due_date(domain::EffectiveDue(from));
  out->set_due_provisional(from.due_provisional());
  const auto light = domain::LightAt(domain::LightTimesOf(calendar, from), now_ms);
  if (light && domain::ClockRuns(from.state())) out->set_light(LightOf(*light));
  for (const std::string& finder : domain::Finders(from)) out->add_finder_ids(finder);
  out->set_notice_no(from.notice_no());
  out->set_may_strike_off(domain::MayStrikeOff(from, me));
  out->set_reworks(domain::ReworkCount(from));
}

v1::LookBackLine* FindLine(v1::ListLookBacksResponse& response, const std::string& finding_id) {
  for (v1::LookBackLine& line : *response.mutable_look_backs()) {
    if (line.finding_id() == finding_id) return &line;
  }
  return nullptr;
}

}  // namespace

void Core::FillTask(const IndexedSpace& at, const std::string& key, v1::TaskLine* out) {
  const OfficeTask& task = at.index->tasks.at(key);
  *out->mutable_record() = Ref({at.store, at.space, {kOfficeTaskType, key}});
  *out->mutable_task() = task;
  std::string unit = task.unit_code();
  const std::string visit_key = absl::HexStringToBytes(task.visit_id());
  const auto visit = at.index->visits.find(visit_key);
  if (visit != at.index->visits.end()) {
    *out->mutable_visit() = Ref({at.store, at.space, {kVisitType, visit_key}});
    if (unit.empty()) unit = visit->second.unit_code();
    for (const v1::FindingNote& finding : visit->second.findings()) {
      if (finding.id() != task.finding_id()) continue;
      out->set_finding_temp_no(finding.temp_no());
      out->set_problem(finding.problem());
    }
  }
  const auto rectification = at.index->rectifications.find(task.finding_id());
  if (rectification != at.index->rectifications.end()) {
    out->set_finding_temp_no(rectification->second.finding_temp_no());
    out->set_problem(rectification->second.problem());
    if (unit.empty()) unit = rectification->second.unit_code();
  }
  *out->mutable_text() = TaskText(task, out->finding_temp_no());
  if (!unit.empty()) reference_.FillUnit(unit, out->mutable_unit());
  const auto due = domain::ParseDay(task.due_date());
  out->set_overdue(IsOpen(task) && due && *due < domain::LocalDay(WallMs()));
}

// The office closes a look-back once it has the visit; until then the team's own tablets know
// better. A visit of an earlier day answered an earlier task.
std::string Core::AnsweredIn(const std::vector<IndexedSpace>& spaces, const OfficeTask& task) {
  if (!IsOpen(task) || task.kind() != records::v1::OFFICE_TASK_KIND_LOOK_BACK) return {};
  const std::string asked_on = domain::FormatDay(domain::LocalDay(task.created_at_ms()));
  for (const IndexedSpace& at : spaces) {
    for (const auto& [key, visit] : at.index->visits) {
      const auto& looked_at = visit.looked_at();
      if (!looked_at.empty() && visit.visit_date() >= asked_on &&
          visit.state() != records::v1::VISIT_STATE_DELETED &&
          std::find(looked_at.begin(), looked_at.end(), task.finding_id()) != looked_at.end()) {
        return visit.temp_no();
      }
    }
  }
  return {};
}

absl::StatusOr<v1::ListTasksResponse> Core::ListTasks(const v1::ListTasksRequest& request) {
  DUDAO_TRY(UseReference("").status());
  DUDAO_ASSIGN(const auto spaces, Indexed(request.space()));
  v1::ListTasksResponse response;
  for (const IndexedSpace& at : spaces) {
    for (const auto& [key, task] : at.index->tasks) {
      if (!IsOpen(task) && !request.include_closed()) continue;
      v1::TaskLine* line = response.add_tasks();
      FillTask(at, key, line);
      line->set_answered_in(AnsweredIn(spaces, task));
      if (!line->answered_in().empty()) line->set_overdue(false);
      if (IsOpen(task) && line->answered_in().empty()) response.set_open(response.open() + 1);
      if (line->overdue()) response.set_overdue(response.overdue() + 1);
    }
  }
  SortTasks(response.mutable_tasks());
  return response;
}

absl::StatusOr<v1::CompleteTaskResponse> Core::CompleteTask(
    const v1::CompleteTaskRequest& request) {
  if (request.record().type_id() != kOfficeTaskType)
    return Error(absl::StatusCode::kInvalidArgument, kTypeUnknown, "not a task");
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  DUDAO_ASSIGN(const Loaded loaded, Load(target));
  OfficeTask task;
  if (!loaded.record.exists() || !task.ParseFromString(loaded.record.Materialise()))
    return Error(absl::StatusCode::kNotFound, kRecordNotFound);
  v1::CompleteTaskResponse response;
  if (task.state() == records::v1::OFFICE_TASK_STATE_DONE) return response;
  if (!IsOpen(task)) return domain::Refusal(absl::StatusCode::kFailedPrecondition, "TASK_CLOSED");
  v1::FieldEdit edit;
  edit.set_path("state");
  edit.mutable_set()->set_enum_number(records::v1::OFFICE_TASK_STATE_DONE);
  Save save;
  DUDAO_TRY(CompileEdit(schema_, target.id, edit, Hand::kRules, save.ops));
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  if (change) FillDot(change->dot(), response.mutable_dot());
  return response;
}

void Core::FillFromRectifications(const IndexedSpace& at, v1::ListLookBacksResponse& response) {
  for (const auto& [key, rectification] : at.index->rectifications) {
    if (!domain::IsOpenFinding(rectification.state())) continue;
    v1::LookBackLine* line = response.add_look_backs();
    FillLine(rectification, reference_.calendar(), trust_.person_id(), WallMs(), line);
    line->set_finding_id(key);
    reference_.FillUnit(rectification.unit_code(), line->mutable_unit());
    line->set_asked_of_my_team(!rectification.look_back_team().empty() &&
                               rectification.look_back_team() == trust_.team_id());
  }
}

// What is asked by a task: of this team's findings, or of another team's, which are not held here.
void Core::FillFromTasks(const std::vector<IndexedSpace>& spaces, const IndexedSpace& at,
                         v1::ListLookBacksResponse& response) {
  for (const auto& [key, task] : at.index->tasks) {
    if (!IsOpen(task) || task.kind() != records::v1::OFFICE_TASK_KIND_LOOK_BACK) continue;
    v1::LookBackLine* line = FindLine(response, task.finding_id());
    if (line == nullptr) {
      v1::TaskLine told;
      FillTask(at, key, &told);
      line = response.add_look_backs();
      line->set_finding_id(task.finding_id());
      line->set_finding_temp_no(told.finding_temp_no());
      line->set_problem(task.reason());
      *line->mutable_unit() = told.unit();
      line->set_due_date(task.due_date());
      line->set_may_strike_off(true);
    }
    line->set_answered_in(AnsweredIn(spaces, task));
    line->set_asked_of_my_team(line->answered_in().empty());
    *line->mutable_task() = Ref({at.store, at.space, {kOfficeTaskType, key}});
  }
}

absl::StatusOr<v1::ListLookBacksResponse> Core::ListLookBacks(
    const v1::ListLookBacksRequest& request) {
  DUDAO_TRY(UseReference("").status());
  DUDAO_ASSIGN(const auto spaces, Indexed(request.space()));
  v1::ListLookBacksResponse response;
  for (const IndexedSpace& at : spaces) FillFromRectifications(at, response);
  for (const IndexedSpace& at : spaces) FillFromTasks(spaces, at, response);
  auto* lines = response.mutable_look_backs();
  const auto elsewhere = [&](const v1::LookBackLine& line) {
    return !absl::StartsWith(line.unit().code(), request.unit_code());
  };
  lines->erase(std::remove_if(lines->begin(), lines->end(), elsewhere), lines->end());
  SortLookBacks(lines);
  return response;
}

}  // namespace dudao::client
