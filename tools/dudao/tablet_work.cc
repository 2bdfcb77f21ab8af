// `tablet tasks`, `complete-task`, `look-backs`, `plan`, `add-finding`: what is to be done.
#include <memory>

#include "absl/status/status.h"
#include "dudao/records/v1/office_task.pb.h"
#include "field_edit.h"
#include "tablet_commands.h"
#include "visit_form.h"

namespace dudao::command {
namespace {

using nlohmann::json;

constexpr uint32_t kOfficeTaskType = 11;

using Words = std::vector<std::string>;
using Work = std::function<absl::Status(Invocation&, Tablet&, const Words&)>;

struct Word {
  const char* name;
  Text about;
  bool required;
};

void AddWork(CommandTable& table, CLI::App& parent, const std::string& database, const char* name,
             Text about, const std::string& example, const std::vector<Word>& words, Work work) {
  CLI::App* sub = table.Add(parent, name, about, example);
  auto given = std::make_shared<Words>(words.size());
  for (size_t i = 0; i < words.size(); ++i) {
    CLI::Option* option = sub->add_option(words[i].name, (*given)[i], table.Words(words[i].about));
    if (words[i].required) option->required();
  }
  table.OnRun(sub, [&database, given, work](Invocation& run) {
    return WithTablet(run, database, [&](Tablet& tablet) { return work(run, tablet, *given); });
  });
}

const std::string& InLanguage(const Console& console, const client::v1::BothLanguages& text) {
  return console.language() == Language::kEnglish ? text.en() : text.zh();
}

absl::Status TellTasks(Invocation& run, Tablet& tablet, const Words&) {
  client::v1::ListTasksRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_include_closed(true);
  const auto listed = tablet.core().ListTasks(request);
  if (!listed.ok()) return listed.status();
  for (const auto& line : listed->tasks()) {
    const auto& task = line.task();
    const std::string key = KeyForPeople(line.record().key());
    run.console.Line(key + "  " + EnumForPeople(records::v1::OfficeTaskState_Name(task.state())) +
                     (line.overdue() ? " !" : "") + "  " + task.due_date() + "  " +
                     InLanguage(run.console, line.text()) + "  " + task.reason());
    json out = MessageToJson(task);
    out["key"] = key;
    out["overdue"] = line.overdue();
    out["text_zh"] = line.text().zh();
    out["text_en"] = line.text().en();
    out["unit"] = line.unit().name();
    run.console.Emit(out);
  }
  return absl::OkStatus();
}

absl::Status CompleteTask(Invocation& run, Tablet& tablet, const Words& words) {
  client::v1::CompleteTaskRequest request;
  request.mutable_record()->set_space(tablet.profile().team_space);
  request.mutable_record()->set_type_id(kOfficeTaskType);
  request.mutable_record()->set_key(KeyFromPeople(words[0]));
  const auto done = tablet.core().CompleteTask(request);
  if (!done.ok()) return done.status();
  run.console.Say(Text::kTaskDone, {words[0]});
  run.console.Emit({{"key", words[0]}, {"saved", done->has_dot()}});
  return absl::OkStatus();
}

const char* LightMark(client::v1::Light light) {
  switch (light) {
    case client::v1::LIGHT_GREEN:
      return "绿";
    case client::v1::LIGHT_YELLOW:
      return "黄";
    case client::v1::LIGHT_RED:
      return "红";
    default:
      return "－";
  }
}

absl::Status TellLookBacks(Invocation& run, Tablet& tablet, const Words& words) {
  client::v1::ListLookBacksRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_unit_code(words[0]);
  const auto listed = tablet.core().ListLookBacks(request);
  if (!listed.ok()) return listed.status();
  for (const auto& line : listed->look_backs()) {
    run.console.Line(line.finding_id() + "  " + LightMark(line.light()) + "  " + line.due_date() +
                     "  " + line.unit().name() + "  " + InLanguage(run.console, line.state_text()) +
                     (line.asked_of_my_team() ? " *" : "") + "  " + line.problem());
    run.console.Emit(MessageToJson(line));
  }
  return absl::OkStatus();
}

absl::Status TellPlan(Invocation& run, Tablet& tablet, const Words& words) {
  client::v1::PlanVisitsRequest request;
  request.set_office_space(tablet.profile().office_space);
  request.set_unit_prefix(words[0]);
  const auto plan = tablet.core().PlanVisits(request);
  if (!plan.ok()) return plan.status();
  for (const auto& line : plan->places()) {
    const auto& unit = line.unit();
    const bool flagged = unit.weak_organisation() || unit.thin_economy();
    run.console.Line(unit.code() + "  " + unit.parent_name() + unit.name() + (flagged ? " *" : "") +
                     "  " + (line.last_visit_date().empty() ? "-" : line.last_visit_date()) + "  " +
                     std::to_string(line.open_findings()));
    run.console.Emit({{"code", unit.code()},
                      {"name", unit.name()},
                      {"flagged", flagged},
                      {"last_visit_date", line.last_visit_date()},
                      {"days_since", line.days_since()},
                      {"open_findings", line.open_findings()},
                      {"has_draft", line.has_draft()}});
  }
  return absl::OkStatus();
}

// Opens the finding and saves it in one step.
absl::Status AddFinding(Invocation& run, Tablet& tablet, const Words& words) {
  const auto key = FindVisit(tablet, words[0]);
  if (!key.ok()) return key.status();
  auto form = VisitForm::Open(tablet, *key);
  if (!form.ok()) return form.status();
  client::v1::AddFindingRequest request;
  request.set_form_id(form->id());
  request.set_check_code(words[1]);
  request.set_problem(words[2]);
  const auto added = tablet.core().AddFinding(request);
  if (!added.ok()) {
    client::v1::CloseFormRequest close;
    close.set_form_id(form->id());
    (void)tablet.core().CloseForm(close);
    return added.status();
  }
  if (const auto saved = form->Save(); !saved.ok()) return saved.status();
  run.console.Say(added->existed() ? Text::kFindingThere : Text::kFindingAdded,
                  {added->temp_no(), added->finding_id()});
  run.console.Emit({{"finding_id", added->finding_id()},
                    {"temp_no", added->temp_no()},
                    {"existed", added->existed()}});
  return absl::OkStatus();
}

}  // namespace

void AddWorkCommands(CommandTable& table, CLI::App& parent, const std::string& database) {
  AddWork(table, parent, database, "tasks", Text::kAboutTabletTasks,
          "  dudao tablet --tablet li.db tasks", {}, TellTasks);
  AddWork(table, parent, database, "complete-task", Text::kAboutTabletCompleteTask,
          "  dudao tablet --tablet li.db complete-task 0x7461", {{"TASK", Text::kOptionTask, true}},
          CompleteTask);
  AddWork(table, parent, database, "look-backs", Text::kAboutTabletLookBacks,
          "  dudao tablet --tablet li.db look-backs 140824103",
          {{"UNIT", Text::kOptionUnitPrefix, false}}, TellLookBacks);
  AddWork(table, parent, database, "plan", Text::kAboutTabletPlan,
          "  dudao tablet --tablet li.db plan 140824103",
          {{"UNIT", Text::kOptionUnitPrefix, false}}, TellPlan);
  AddWork(table, parent, database, "add-finding", Text::kAboutTabletAddFinding,
          "  dudao tablet --tablet li.db add-finding D2-0921-01 B3 '台账与公示不一致'",
          {{"VISIT", Text::kOptionVisit, true},
           {"ITEM", Text::kOptionCheckItem, true},
           {"PROBLEM", Text::kOptionProblem, false}},
          AddFinding);
}

}  // namespace dudao::command
