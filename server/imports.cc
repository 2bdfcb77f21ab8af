#include "imports.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/domain/default_form.h"
#include "dudao/domain/divisions.h"
#include "dudao/domain/import_table.h"
#include "dudao/domain/measures_list.h"
#include "dudao/domain/text.h"
#include "dudao/domain/village_marks.h"
#include "dudao/domain/working_calendar.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "people_desk.h"
#include "people_records.h"
#include "reason.h"
#include "sheet_reader.h"
#include "utf8.h"

namespace dudao::server {
namespace {

// One change for so many operations: a few for the whole county, and never near the limit of a
// change.
constexpr size_t kOpsPerChange = 2000;
constexpr size_t kChangesShown = 200;
constexpr std::string_view kZip = "PK";
// Of .xls, and of workbooks with a password.
constexpr std::string_view kCompound = "\xD0\xCF\x11\xE0";
constexpr int kYearFirst = 2000;
constexpr int kYearLast = 2199;

// The number after a word, e.g. 12 in "line 12, column 3: ..."; 0 if there is none.
int NumberAfter(absl::string_view text, absl::string_view word) {
  const size_t at = text.find(word);
  if (at == absl::string_view::npos) return 0;
  text.remove_prefix(at + word.size());
  int number = 0;
  return absl::SimpleAtoi(text.substr(0, text.find_first_not_of("0123456789")), &number) ? number
                                                                                         : 0;
}

template <typename Response>
absl::StatusOr<Response> Refused(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kInvalidArgument) return status;
  Response response;
  for (admin::v1::ImportProblem& problem : ProblemsOf(status))
    *response.add_problems() = std::move(problem);
  return response;
}

template <typename Response, typename Counts>
Response Counted(const Counts& counts) {
  Response response;
  response.set_created(counts.created);
  response.set_updated(counts.updated);
  response.set_unchanged(counts.unchanged);
  if constexpr (requires { response.mutable_changes(); })
    response.mutable_changes()->Add(counts.changes.begin(), counts.changes.end());
  return response;
}

// `dates`: headings of the columns that want one.
absl::StatusOr<domain::ImportTable> TableOf(const std::string& file,
                                            const std::set<std::string>& dates = {}) {
  if (file.starts_with(kZip)) return ReadSheet(file, dates);
  if (file.starts_with(kCompound))
    return domain::Refusal(absl::StatusCode::kInvalidArgument, "IMPORT_BOOK_OLD");
  return domain::ReadCsvTable(file);
}

absl::StatusOr<std::vector<records::v1::Place>> PlacesOf(
    const admin::v1::ImportDivisionsRequest& request) {
  DUDAO_ASSIGN(const domain::ImportTable table, TableOf(request.csv()));
  DUDAO_ASSIGN(auto places, domain::ParseDivisions(table));
  if (!request.pinyin_csv().empty()) {
    DUDAO_ASSIGN(const domain::ImportTable index, TableOf(request.pinyin_csv()));
    DUDAO_TRY(domain::ApplyPinyin(index, &places));
  }
  return places;
}

absl::StatusOr<domain::PeopleRows> PeopleOf(const std::string& file) {
  DUDAO_ASSIGN(const domain::ImportTable table, TableOf(file));
  return domain::ParsePeopleRows(table);
}

absl::StatusOr<records::v1::HolidayYear> HolidaysOf(const std::string& file) {
  DUDAO_ASSIGN(const domain::ImportTable table, TableOf(file, {"date"}));
  return domain::ParseHolidayYear(table);
}

absl::StatusOr<domain::MeasuresList> MeasuresOf(const std::string& file) {
  DUDAO_ASSIGN(const domain::ImportTable table, TableOf(file, {"due_date"}));
  return domain::ParseMeasures(table);
}

absl::StatusOr<std::map<std::string, domain::VillageMarks>> MarksOf(
    const std::string& file, const std::map<std::string, records::v1::Place>& places) {
  DUDAO_ASSIGN(const domain::ImportTable table, TableOf(file));
  return domain::ParseVillageMarks(table, places);
}

// A place of which only the marks are written.
std::unique_ptr<google::protobuf::Message> MarkedPlace(const std::string& code,
                                                       const domain::VillageMarks& marks) {
  auto place = std::make_unique<records::v1::Place>();
  place->set_code(code);
  place->set_weak_organisation(marks.weak_organisation);
  place->set_thin_economy(marks.thin_economy);
  return place;
}

template <typename T>
std::unique_ptr<google::protobuf::Message> Copy(const T& message) {
  return std::make_unique<T>(message);
}

// A list says who works here; it never brings back somebody who has left.
absl::StatusOr<std::vector<trust::v1::ControlBody>> PersonImport(
    const domain::Authority& authority, const records::v1::Person& person) {
  trust::v1::PersonRule rule;
  rule.set_person_id(person.person_id());
  rule.set_role(person.role());
  rule.set_team_id(person.team_id());
  rule.set_active(true);
  DUDAO_TRY(CheckPersonRule(rule));
  const auto* known = authority.Person(rule.person_id());
  if (known != nullptr && !known->active())
    return Error(absl::StatusCode::kFailedPrecondition, "PERSON_LEFT");
  return PersonChange(authority, rule, "");
}

admin::v1::ImportProblem ProblemInRow(const absl::Status& status, int line) {
  admin::v1::ImportProblem problem;
  problem.set_row(line);
  problem.set_column(1);
  problem.set_reason(ReasonOf(status));
  problem.set_text_zh(ChineseOf(status));
  problem.set_text_en(EnglishOf(status));
  return problem;
}

}  // namespace

std::vector<admin::v1::ImportProblem> ProblemsOf(const absl::Status& status) {
  std::vector<admin::v1::ImportProblem> problems;
  for (const domain::ImportFault& fault : domain::FaultsOf(status)) {
    admin::v1::ImportProblem& problem = problems.emplace_back();
    problem.set_row(fault.row);
    problem.set_column(fault.column);
    problem.set_reason(fault.reason);
    problem.set_text_zh(Utf8(domain::FaultText(fault, domain::Language::kChinese)));
    problem.set_text_en(Utf8(domain::FaultText(fault, domain::Language::kEnglish)));
  }
  if (!problems.empty()) return problems;
  // Other refusals: one problem a line of the text, with the line of the file that it names.
  const std::string reason = ReasonOf(status);
  const std::vector<std::string> zh = absl::StrSplit(ChineseOf(status), '\n');
  const std::vector<std::string> en = absl::StrSplit(EnglishOf(status), '\n');
  for (size_t i = 0; i < en.size(); ++i) {
    admin::v1::ImportProblem& problem = problems.emplace_back();
    problem.set_row(NumberAfter(en[i], "line "));
    problem.set_column(NumberAfter(en[i], ", column "));
    problem.set_reason(reason);
    problem.set_text_zh(Utf8(i < zh.size() ? zh[i] : en[i]));
    problem.set_text_en(Utf8(en[i]));
  }
  return problems;
}

absl::StatusOr<Imports::Counts> Imports::Write(const Call& call, std::vector<Row> rows,
                                               bool dry_run) {
  DUDAO_ASSIGN(Space * space, spaces_.Get(kOfficeSpace));
  absl::MutexLock lock(&space->mutex());
  Counts counts;
  sync::LocalEdit edit;
  edit.author = call.principal.person_id;
  edit.wall_ms = call.wall_ms;
  const auto flush = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(space->mutex()) -> absl::Status {
    if (edit.ops.empty() || dry_run) return absl::OkStatus();
    DUDAO_TRY(space->store().Commit(edit).status());
    edit.ops.clear();
    return absl::OkStatus();
  };
  absl::Status status;
  for (Row& row : rows) {
    const sync::RecordId id{sync::RecordTypeOf(*row.message->GetDescriptor()), row.key};
    DUDAO_ASSIGN(const auto stored, space->store().Load(id));
    const bool is_new = !stored || !stored->record.exists();
    DUDAO_ASSIGN(auto ops, sync::MessageToOps(id, *row.message));
    std::vector<sync::Operation> removals;
    if (stored) removals = sync::OpsThatRemove(id, stored->record, ops);
    ops = sync::OpsThatChange(stored ? &stored->record : nullptr, std::move(ops));
    ops.insert(ops.end(), removals.begin(), removals.end());
    (ops.empty() ? counts.unchanged : is_new ? counts.created : counts.updated) += 1;
    if (!ops.empty() && counts.changes.size() < kChangesShown) {
      admin::v1::ImportChange& change = counts.changes.emplace_back();
      change.set_key(row.key);
      change.set_name(row.name);
      change.set_created(is_new);
    }
    if (edit.ops.size() + ops.size() > kOpsPerChange) status = flush();
    if (!status.ok()) break;
    edit.ops.insert(edit.ops.end(), std::make_move_iterator(ops.begin()),
                    std::make_move_iterator(ops.end()));
  }
  if (status.ok()) status = flush();
  if (!dry_run) after_.Written(*space);
  if (!status.ok()) return status;
  return counts;
}

absl::StatusOr<admin::v1::ImportDivisionsResponse> Imports::Divisions(
    const Call& call, const admin::v1::ImportDivisionsRequest& request) {
  using Response = admin::v1::ImportDivisionsResponse;
  const auto places = PlacesOf(request);
  if (!places.ok()) return Refused<Response>(places.status());
  std::vector<Row> rows;
  for (const auto& place : *places)
    rows.push_back({place.code(), place.display_name(), Copy(place)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), request.dry_run()));
  return Counted<Response>(counts);
}

absl::Status Imports::ApplyRules(const Call& call, const admin::v1::ImportPeopleRequest& request,
                                 domain::PeopleRows& rows,
                                 std::vector<admin::v1::ImportProblem>& problems) {
  using trust::v1::ControlBody;
  const auto decide = [&](const domain::Authority& authority) {
    domain::Authority next = authority;
    std::vector<ControlBody> bodies;
    size_t kept = 0;
    for (size_t i = 0; i < rows.list.people.size(); ++i) {
      auto changes = PersonImport(next, rows.list.people[i]);
      if (!changes.ok()) {
        problems.push_back(ProblemInRow(changes.status(), rows.lines[i]));
        continue;
      }
      for (ControlBody& body : *changes) {
        ApplyBody(body, next);
        bodies.push_back(std::move(body));
      }
      if (kept != i) {
        rows.list.people[kept] = std::move(rows.list.people[i]);
        rows.lines[kept] = rows.lines[i];
      }
      ++kept;
    }
    rows.list.people.resize(kept);
    rows.lines.resize(kept);
    if (request.dry_run() || (!request.good_rows() && !problems.empty())) bodies.clear();
    return bodies;
  };
  return control_.Decide(decide, call.principal.person_id, call.wall_ms).status();
}

absl::StatusOr<admin::v1::ImportPeopleResponse> Imports::People(
    const Call& call, const admin::v1::ImportPeopleRequest& request) {
  using Response = admin::v1::ImportPeopleResponse;
  if (request.year() < kYearFirst || request.year() > kYearLast) {
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "year");
  }
  auto read = PeopleOf(request.csv());
  if (!read.ok()) return Refused<Response>(read.status());
  std::vector<admin::v1::ImportProblem> problems;
  if (!read->problems.ok()) problems = ProblemsOf(read->problems);
  DUDAO_TRY(ApplyRules(call, request, *read, problems));
  if (!request.good_rows() && !problems.empty()) {
    Response refused;
    refused.mutable_problems()->Add(problems.begin(), problems.end());
    return refused;
  }
  std::vector<Row> rows;
  for (const auto& person : read->list.people)
    rows.push_back({person.person_id(), person.name(), Copy(person)});
  for (const auto& team : read->list.teams)
    rows.push_back({team.team_id(), team.name(), Copy(team)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), request.dry_run()));
  auto response = Counted<Response>(counts);
  for (auto& problem : problems) *response.add_problems() = std::move(problem);
  for (const auto& team : read->list.teams) {
    trust::v1::SpaceRule rule;
    rule.set_space(TeamSpace(team.team_id(), request.year()));
    rule.set_team_id(team.team_id());
    if (!request.dry_run())
      DUDAO_TRY(spaces_.Create(rule, call.principal.person_id, call.wall_ms).status());
    response.add_spaces(rule.space());
  }
  return response;
}

absl::StatusOr<admin::v1::ImportFormResponse> Imports::Form(
    const Call& call, const admin::v1::ImportFormRequest& request) {
  using Response = admin::v1::ImportFormResponse;
  const auto form = domain::ParseForm(request.textproto());
  if (!form.ok()) return Refused<Response>(form.status());
  std::vector<Row> rows;
  rows.push_back(
      {absl::StrCat(form->form_code(), "/", form->version()), form->title(), Copy(*form)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), false));
  return Counted<Response>(counts);
}

absl::StatusOr<admin::v1::ImportHolidaysResponse> Imports::Holidays(
    const Call& call, const admin::v1::ImportHolidaysRequest& request) {
  using Response = admin::v1::ImportHolidaysResponse;
  const auto year = HolidaysOf(request.csv());
  if (!year.ok()) return Refused<Response>(year.status());
  std::vector<Row> rows;
  const std::string key = absl::StrCat(year->year());
  rows.push_back({key, key, Copy(*year)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), request.dry_run()));
  auto response = Counted<Response>(counts);
  domain::WorkingCalendar calendar = projection_.Calendar();
  DUDAO_TRY(calendar.LoadYear(*year));
  DUDAO_ASSIGN(const auto deadlines, due_days_.MakeFirm(call, calendar, request.dry_run()));
  response.mutable_deadlines()->Add(deadlines.begin(), deadlines.end());
  return response;
}

absl::StatusOr<admin::v1::ImportVillageMarksResponse> Imports::VillageMarks(
    const Call& call, const admin::v1::ImportVillageMarksRequest& request) {
  using Response = admin::v1::ImportVillageMarksResponse;
  DUDAO_ASSIGN(const auto places, LoadPlaces(spaces_));
  const auto marks = MarksOf(request.csv(), places);
  if (!marks.ok()) return Refused<Response>(marks.status());
  std::vector<Row> rows;
  for (const auto& [code, place] : places) {
    const auto listed = marks->find(code);
    const domain::VillageMarks marked =
        listed != marks->end() ? listed->second : domain::VillageMarks();
    if (marked != domain::VillageMarks{place.weak_organisation(), place.thin_economy()})
      rows.push_back({code, place.display_name(), MarkedPlace(code, marked)});
  }
  const auto unchanged = static_cast<int>(places.size() - rows.size());
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), request.dry_run()));
  Response response;
  response.set_updated(counts.updated);
  response.set_unchanged(unchanged);
  response.mutable_changes()->Add(counts.changes.begin(), counts.changes.end());
  response.set_marked(
      static_cast<int>(std::count_if(marks->begin(), marks->end(), [](const auto& one) {
        return one.second != domain::VillageMarks();
      })));
  return response;
}

absl::StatusOr<admin::v1::SetVillageMarksResponse> Imports::SetVillageMarks(
    const Call& call, const admin::v1::SetVillageMarksRequest& request) {
  DUDAO_ASSIGN(const records::v1::Place place, LoadPlace(spaces_, request.code()));
  if (place.code().empty()) return Error(absl::StatusCode::kNotFound, "RECORD_UNKNOWN");
  if (place.level() != records::v1::PLACE_LEVEL_VILLAGE)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "code");
  const auto marked =
      MarkedPlace(place.code(), {request.weak_organisation(), request.thin_economy()});
  admin::v1::SetVillageMarksResponse response;
  DUDAO_ASSIGN(const bool changed, SaveRecord(spaces_, after_, call, place.code(), *marked));
  response.set_changed(changed);
  return response;
}

absl::StatusOr<admin::v1::ImportMeasuresResponse> Imports::Measures(
    const Call& call, const admin::v1::ImportMeasuresRequest& request) {
  using Response = admin::v1::ImportMeasuresResponse;
  const auto list = MeasuresOf(request.csv());
  if (!list.ok()) return Refused<Response>(list.status());
  std::vector<Row> rows;
  for (const auto& measure : list->measures)
    rows.push_back({measure.measure_id(), measure.title(), Copy(measure)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), request.dry_run()));
  auto response = Counted<Response>(counts);
  response.set_areas(static_cast<int>(list->areas));
  response.set_tasks(static_cast<int>(list->tasks));
  return response;
}

}  // namespace dudao::server
