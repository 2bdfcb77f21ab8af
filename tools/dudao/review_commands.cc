// `dudao review ...`: what the office sees and decides.
#include <algorithm>
#include <memory>

#include "absl/status/status.h"
#include "command_table.h"
#include "dudao/records/v1/visit.pb.h"
#include "field_edit.h"
#include "finding_commands.h"
#include "office_commands.h"
#include "tablet_commands.h"
#include "visit_filters.h"

namespace dudao::command {
namespace {

using nlohmann::json;

struct ReviewArguments {
  std::string visit;  // temporary number or key
  std::string path;
  int choice = 0;
  std::string decision;
  std::string reason;
  std::string month;
  std::string state;
  std::string purpose;
  review::v1::ListVisitsRequest filter;
};

using Arguments = std::shared_ptr<ReviewArguments>;
using ReviewWork = std::function<absl::Status(Invocation&, Office&, const ReviewArguments&)>;

json ConflictJson(const review::v1::FieldConflict& conflict) {
  json out = {{"path", conflict.path()}, {"values", json::array()}};
  for (const auto& value : conflict.values()) {
    out["values"].push_back({{"text", value.text()},
                             {"author", value.author()},
                             {"time_ms", value.time_ms()},
                             {"clock_doubt", value.clock_doubt()},
                             {"shown", value.shown()}});
  }
  return out;
}

void TellOfficeConflict(Console& console, const std::string& record,
                        const review::v1::FieldConflict& conflict) {
  constexpr int kAbsent = 7;  // wire type of "cleared" or "removed"
  console.Line(record + "  " + (conflict.path().empty() ? "*" : conflict.path()));
  int number = 0;
  for (const auto& value : conflict.values()) {
    TellValue(console, ++number,
              {value.text(), value.author(), value.time_ms(), value.wire_type() == kAbsent,
               value.clock_doubt(), value.shown()});
  }
}

// The row of a visit that a person names by its temporary number or as SPACE/0xKEY.
absl::StatusOr<review::v1::VisitRow> FindRow(Office& office, const std::string& named) {
  review::v1::ListVisitsRequest request;
  request.set_page_size(500);
  do {
    const auto page = office.ListVisits(request);
    if (!page.ok()) return page.status();
    for (const auto& row : page->visits()) {
      if (row.temp_no() == named || row.space() + "/" + KeyForPeople(row.key()) == named)
        return row;
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::NotFoundError("VISIT_NOT_FOUND: " + named);
}

struct Found {
  review::v1::VisitRow row;
  review::v1::GetRecordResponse record;
};

absl::StatusOr<Found> FindRecord(Office& office, const std::string& named) {
  const auto row = FindRow(office, named);
  if (!row.ok()) return row.status();
  review::v1::GetRecordRequest request;
  request.set_space(row->space());
  request.set_type_id(kVisitType);
  request.set_key(row->key());
  const auto got = office.GetRecord(request);
  if (!got.ok()) return got.status();
  return Found{*row, *got};
}

json RowJson(const review::v1::VisitRow& row) {
  return {
      {"space", row.space()},
      {"key", KeyForPeople(row.key())},
      {"temp_no", row.temp_no()},
      {"team_id", row.team_id()},
      {"unit_code", row.unit_code()},
      {"unit_name", row.unit_name()},
      {"township_name", row.township_name()},
      {"visit_date", row.visit_date()},
      {"state", records::v1::VisitState_Name(static_cast<records::v1::VisitState>(row.state()))},
      {"findings", row.finding_count()},
      {"evidence", row.evidence_count()},
      {"conflicts", row.conflict_count()}};
}

absl::Status List(Invocation& run, Office& office, const ReviewArguments& arguments) {
  review::v1::ListVisitsRequest request = arguments.filter;
  if (!arguments.state.empty()) {
    records::v1::VisitState state = records::v1::VISIT_STATE_UNSPECIFIED;
    const auto* field = records::v1::Visit::descriptor()->FindFieldByName("state");
    const auto value = ParseValue(*field, arguments.state);
    if (!value.ok()) return value.status();
    records::v1::VisitState_Parse(value->enum_name(), &state);
    request.set_state(state);
  }
  const auto page = office.ListVisits(request);
  if (!page.ok()) return page.status();
  for (const auto& row : page->visits()) {
    const auto state = static_cast<records::v1::VisitState>(row.state());
    run.console.Line(
        row.temp_no() + "  " + row.visit_date() + "  " + row.township_name() + " " +
        row.unit_name() + "  " + EnumForPeople(records::v1::VisitState_Name(state)) + "  问题 " +
        std::to_string(row.finding_count()) + "  证据 " + std::to_string(row.evidence_count()) +
        (row.conflict_count() > 0 ? "  ! " + std::to_string(row.conflict_count()) : ""));
    run.console.Emit(RowJson(row));
  }
  run.console.Say(Text::kListed,
                  {std::to_string(page->visits_size()), std::to_string(page->total_size())});
  if (!page->next_page_token().empty())
    run.console.Line("  --page-token " + page->next_page_token());
  if (!page->next_page_token().empty())
    run.console.Emit({{"next_page_token", page->next_page_token()}, {"total", page->total_size()}});
  return absl::OkStatus();
}

absl::Status Show(Invocation& run, Office& office, const ReviewArguments& arguments) {
  const auto found = FindRecord(office, arguments.visit);
  if (!found.ok()) return found.status();
  const json visit = RecordToJson(kVisitType, found->record.message());
  json conflicts = json::array();
  for (const auto& conflict : found->record.conflicts())
    conflicts.push_back(ConflictJson(conflict));
  if (!run.console.json()) run.console.Line(visit.dump(2));
  run.console.Say(Text::kConflictsLeft, {std::to_string(conflicts.size())});
  for (const auto& conflict : found->record.conflicts()) {
    if (!run.console.json()) TellOfficeConflict(run.console, arguments.visit, conflict);
  }
  run.console.Emit({{"row", RowJson(found->row)},
                    {"visit", visit},
                    {"exists", found->record.exists()},
                    {"conflicts", conflicts},
                    {"content_digest", Hex(found->record.content_digest())}});
  return absl::OkStatus();
}

absl::Status Conflicts(Invocation& run, Office& office, const ReviewArguments&) {
  review::v1::ListConflictsRequest request;
  request.set_page_size(500);
  size_t count = 0;
  do {
    const auto page = office.ListConflicts(request);
    if (!page.ok()) return page.status();
    for (const auto& row : page->rows()) {
      const std::string name = row.space() + "/" + KeyForPeople(row.key());
      for (const auto& conflict : row.conflicts()) {
        ++count;
        TellOfficeConflict(run.console, name, conflict);
        json out = ConflictJson(conflict);
        out["record"] = name;
        run.console.Emit(out);
      }
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  run.console.Say(Text::kConflictsLeft, {std::to_string(count)});
  return absl::OkStatus();
}

absl::Status Resolve(Invocation& run, Office& office, const ReviewArguments& arguments) {
  const auto found = FindRecord(office, arguments.visit);
  if (!found.ok()) return found.status();
  const auto& conflicts = found->record.conflicts();
  const auto at = std::find_if(conflicts.begin(), conflicts.end(), [&](const auto& conflict) {
    return conflict.path() == arguments.path;
  });
  if (at == conflicts.end()) return absl::NotFoundError("no conflict at " + arguments.path);
  if (arguments.choice < 1 || arguments.choice > at->values_size()) {
    return absl::InvalidArgumentError("choose 1 to " + std::to_string(at->values_size()));
  }
  review::v1::ResolveConflictRequest request;
  request.set_space(found->row.space());
  request.set_type_id(kVisitType);
  request.set_key(found->row.key());
  request.set_path_bytes(at->path_bytes());
  request.set_choice(arguments.choice - 1);
  request.set_context(found->record.context());
  request.set_content_digest(found->record.content_digest());
  const auto resolved = office.ResolveConflict(request);
  if (!resolved.ok()) return resolved.status();
  run.console.Say(Text::kResolved, {arguments.path, std::to_string(conflicts.size() - 1)});
  run.console.Emit({{"resolved", arguments.path}});
  return absl::OkStatus();
}

absl::Status Decide(Invocation& run, Office& office, const ReviewArguments& arguments) {
  const auto found = FindRecord(office, arguments.visit);
  if (!found.ok()) return found.status();
  review::v1::DecideVisitRequest request;
  request.set_space(found->row.space());
  request.set_key(found->row.key());
  request.set_decision(arguments.decision == "confirm"  ? review::v1::DECISION_CONFIRM
                       : arguments.decision == "return" ? review::v1::DECISION_RETURN
                                                        : review::v1::DECISION_DISMISS);
  request.set_reason(arguments.reason);
  request.set_context(found->record.context());
  request.set_content_digest(found->record.content_digest());
  const auto decided = office.DecideVisit(request);
  if (!decided.ok()) return decided.status();
  const std::string state =
      records::v1::VisitState_Name(static_cast<records::v1::VisitState>(decided->state()));
  run.console.Say(Text::kDecided, {arguments.visit, EnumForPeople(state)});
  run.console.Emit({{"visit", arguments.visit}, {"state", state}});
  return absl::OkStatus();
}

// Unmasked, and written into the access log with the purpose.
absl::Status ShowPersonal(Invocation& run, Office& office, const ReviewArguments& arguments) {
  const auto row = FindRow(office, arguments.visit);
  if (!row.ok()) return row.status();
  review::v1::ShowPersonalDataRequest request;
  request.set_space(row->space());
  request.set_type_id(kVisitType);
  request.set_key(row->key());
  request.set_purpose(arguments.purpose);
  const auto shown = office.ShowPersonalData(request);
  if (!shown.ok()) return shown.status();
  json fields = json::object();
  for (const auto& field : shown->fields()) {
    run.console.Line("  " + field.path() + " = " + field.text());
    fields[field.path()] = field.text();
  }
  run.console.Emit({{"visit", arguments.visit}, {"personal", fields}});
  return absl::OkStatus();
}

absl::Status Board(Invocation& run, Office& office, const ReviewArguments& arguments) {
  review::v1::GetMonthBoardRequest request;
  request.set_month(arguments.month);
  const auto board = office.GetMonthBoard(request);
  if (!board.ok()) return board.status();
  const auto mark = [](bool met) { return std::string(met ? "✓" : "✗"); };
  for (const auto& team : board->teams()) {
    run.console.Say(Text::kOfficeBoardLine,
                    {team.team_name(), std::to_string(team.days_size()), mark(team.twice_a_month()),
                     mark(team.first_half()), mark(team.second_half())});
    json days = json::array();
    for (const auto& day : team.days()) {
      run.console.Line("  " + day.date() + "  " + std::to_string(day.minutes()) + " min" +
                       (day.full_day() ? "  ✓" : ""));
      days.push_back({{"date", day.date()},
                      {"minutes", day.minutes()},
                      {"full_day", day.full_day()},
                      {"units", day.unit_count()}});
    }
    run.console.Emit({{"team_id", team.team_id()},
                      {"team_name", team.team_name()},
                      {"days", days},
                      {"twice_a_month", team.twice_a_month()},
                      {"first_half", team.first_half()},
                      {"second_half", team.second_half()}});
  }
  return absl::OkStatus();
}

CLI::App* AddReview(CommandTable& table, CLI::App& parent, const char* name, Text about,
                    const std::string& example, const Arguments& arguments, ReviewWork work) {
  return AddOffice(
      table, parent, name, about, example,
      [arguments, work](Invocation& run, Office& office) { return work(run, office, *arguments); });
}

// Options that fill in a field of the filter.
void AddFilters(CommandTable& table, CLI::App& sub, const Arguments& arguments) {
  review::v1::ListVisitsRequest& filter = arguments->filter;
  AddVisitFilters(table, sub, filter);
  sub.add_option_function<int32_t>(
      "--page-size", [&filter](const int32_t& v) { filter.set_page_size(v); },
      table.Words(Text::kOptionPageSize));
  sub.add_option_function<std::string>(
      "--page-token", [&filter](const std::string& v) { filter.set_page_token(v); },
      table.Words(Text::kOptionPageToken));
  sub.add_flag_callback(
      "--only-conflicts", [&filter] { filter.set_only_conflicts(true); },
      table.Words(Text::kOptionOnlyConflicts));
  sub.add_option("--state", arguments->state, table.Words(Text::kOptionState));
}

void AddOneVisit(CommandTable& table, CLI::App& review, const Arguments& arguments) {
  const auto with_visit = [&](CLI::App* sub) {
    sub->add_option("VISIT", arguments->visit, table.Words(Text::kOptionVisit))->required();
    return sub;
  };
  with_visit(AddReview(table, review, "show", Text::kAboutReviewShow,
                       "  dudao review show D2-0921-01", arguments, Show));
  CLI::App* resolve =
      with_visit(AddReview(table, review, "resolve", Text::kAboutReviewResolve,
                           "  dudao review resolve D2-0921-01 note 2", arguments, Resolve));
  resolve->add_option("PATH", arguments->path, table.Words(Text::kOptionPath))->required();
  resolve->add_option("N", arguments->choice, table.Words(Text::kOptionChoice))->required();
  CLI::App* decide =
      with_visit(AddReview(table, review, "decide", Text::kAboutReviewDecide,
                           "  dudao review decide D2-0921-01 confirm\n"
                           "  dudao review decide D2-0921-01 return --reason 请补充证据",
                           arguments, Decide));
  decide->add_option("DECISION", arguments->decision, table.Words(Text::kOptionDecision))
      ->required()
      ->check(CLI::IsMember({"confirm", "return", "dismiss"}));
  decide->add_option("--reason", arguments->reason, table.Words(Text::kOptionReason));
  CLI::App* personal = with_visit(AddReview(
      table, review, "show-personal", Text::kAboutShowPersonal,
      "  dudao review show-personal D2-0921-01 --purpose 回访联系", arguments, ShowPersonal));
  personal->add_option("--purpose", arguments->purpose, table.Words(Text::kOptionPurpose))
      ->required();
}

}  // namespace

void AddReviewCommands(CommandTable& table) {
  CLI::App* review = table.Add(table.root(), "review", Text::kAboutReview,
                               "  dudao review list --team D2 --state 已提交\n"
                               "  dudao review list --text 楼梯 --only-conflicts\n"
                               "  dudao review show D2-0921-01\n"
                               "  dudao review decide D2-0921-01 return --reason 请补充证据");
  review->require_subcommand(1);
  auto arguments = std::make_shared<ReviewArguments>();
  CLI::App* list =
      AddReview(table, *review, "list", Text::kAboutReviewList,
                "  dudao review list --team D2 --from 2026-09-01 --page-size 20", arguments, List);
  AddFilters(table, *list, arguments);
  AddOneVisit(table, *review, arguments);
  AddReview(table, *review, "conflicts", Text::kAboutReviewConflicts, "  dudao review conflicts",
            arguments, Conflicts);
  CLI::App* board = AddReview(table, *review, "board", Text::kAboutReviewBoard,
                              "  dudao review board 2026-09", arguments, Board);
  AddFindingCommands(table, *review);
  board->add_option("MONTH", arguments->month, table.Words(Text::kOptionMonth))->required();
}

}  // namespace dudao::command
