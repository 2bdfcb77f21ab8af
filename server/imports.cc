#include "imports.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/domain/default_form.h"
#include "dudao/domain/divisions.h"
#include "dudao/domain/people_list.h"
#include "dudao/domain/working_calendar.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

// One change for so many operations: a few for the whole county, and never near the limit of a
// change.
constexpr size_t kOpsPerChange = 2000;
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

// Set by hand in the office; a list of places says nothing about them.
void LeaveOfficeFields(google::protobuf::Message& message) {
  const auto* type = message.GetDescriptor();
  if (type != records::v1::Place::descriptor()) return;
  for (const int number : {records::v1::Place::kWeakOrganisationFieldNumber,
                           records::v1::Place::kThinEconomyFieldNumber}) {
    message.GetReflection()->ClearField(&message, type->FindFieldByNumber(number));
  }
}

template <typename Response>
absl::StatusOr<Response> Refused(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kInvalidArgument) return status;
  Response response;
  for (admin::v1::ImportProblem& problem : ProblemsOf(status))
    *response.add_problems() = std::move(problem);
  return response;
}

template <typename T>
std::unique_ptr<google::protobuf::Message> Copy(const T& message) {
  return std::make_unique<T>(message);
}

}  // namespace

std::vector<admin::v1::ImportProblem> ProblemsOf(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  const std::vector<std::string> zh = absl::StrSplit(ChineseOf(status), '\n');
  const std::vector<std::string> en = absl::StrSplit(EnglishOf(status), '\n');
  std::vector<admin::v1::ImportProblem> problems;
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
    if (!is_new) LeaveOfficeFields(*row.message);
    DUDAO_ASSIGN(auto ops, sync::MessageToOps(id, *row.message));
    ops = sync::OpsThatChange(stored ? &stored->record : nullptr, std::move(ops));
    (ops.empty() ? counts.unchanged : is_new ? counts.created : counts.updated) += 1;
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
  auto places = domain::ParseDivisions(request.csv());
  if (!places.ok()) return Refused<Response>(places.status());
  if (!request.pinyin_csv().empty()) {
    const absl::Status status = domain::ApplyPinyin(request.pinyin_csv(), &*places);
    if (!status.ok()) return Refused<Response>(status);
  }
  std::vector<Row> rows;
  for (const auto& place : *places) rows.push_back({place.code(), Copy(place)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), request.dry_run()));
  Response response;
  response.set_created(counts.created);
  response.set_updated(counts.updated);
  response.set_unchanged(counts.unchanged);
  return response;
}

absl::StatusOr<admin::v1::ImportPeopleResponse> Imports::People(
    const Call& call, const admin::v1::ImportPeopleRequest& request) {
  using Response = admin::v1::ImportPeopleResponse;
  if (request.year() < kYearFirst || request.year() > kYearLast) {
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "year");
  }
  const auto list = domain::ParsePeople(request.csv());
  if (!list.ok()) return Refused<Response>(list.status());
  std::vector<Row> rows;
  for (const auto& person : list->people) rows.push_back({person.person_id(), Copy(person)});
  for (const auto& team : list->teams) rows.push_back({team.team_id(), Copy(team)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), request.dry_run()));
  Response response;
  response.set_created(counts.created);
  response.set_updated(counts.updated);
  response.set_unchanged(counts.unchanged);
  for (const auto& team : list->teams) {
    const std::string name = TeamSpace(team.team_id(), request.year());
    if (!request.dry_run()) DUDAO_TRY(spaces_.Create({name, team.team_id(), false}).status());
    response.add_spaces(name);
  }
  return response;
}

absl::StatusOr<admin::v1::ImportFormResponse> Imports::Form(
    const Call& call, const admin::v1::ImportFormRequest& request) {
  using Response = admin::v1::ImportFormResponse;
  const auto form = domain::ParseForm(request.textproto());
  if (!form.ok()) return Refused<Response>(form.status());
  std::vector<Row> rows;
  rows.push_back({absl::StrCat(form->form_code(), "/", form->version()), Copy(*form)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), false));
  Response response;
  response.set_created(counts.created);
  response.set_updated(counts.updated);
  response.set_unchanged(counts.unchanged);
  return response;
}

absl::StatusOr<admin::v1::ImportHolidaysResponse> Imports::Holidays(
    const Call& call, const admin::v1::ImportHolidaysRequest& request) {
  using Response = admin::v1::ImportHolidaysResponse;
  const auto year = domain::ParseHolidayYear(request.csv());
  if (!year.ok()) return Refused<Response>(year.status());
  std::vector<Row> rows;
  rows.push_back({absl::StrCat(year->year()), Copy(*year)});
  DUDAO_ASSIGN(const Counts counts, Write(call, std::move(rows), false));
  Response response;
  response.set_created(counts.created);
  response.set_updated(counts.updated);
  response.set_unchanged(counts.unchanged);
  return response;
}

}  // namespace dudao::server
