#include "ledger_desk.h"

#include <algorithm>
#include <functional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/civil.h"
#include "dudao/sync/crdt/status_macros.h"
#include "paging.h"
#include "paper_names.h"
#include "people_records.h"
#include "reason.h"
#include "rectification_desk.h"
#include "status_words.h"

namespace dudao::server {
namespace {

constexpr int kUnitsMost = 500;
constexpr size_t kPrefixBytesMax = 20;
constexpr const char* kAges[] = {"0-3", "4-7", "8-30", "31-90", "91-"};

absl::Status BadRequest(std::string_view detail) {
  return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", detail);
}

void FillCoverage(const CoverageRowData& data, review::v1::CoverageRow& row) {
  row.set_unit_code(data.code);
  row.set_unit_name(data.name);
  row.set_township_code(data.township_code);
  row.set_township_name(data.township_name);
  row.set_unit_type(data.unit_type);
  row.set_weak_organisation(data.weak);
  row.set_thin_economy(data.thin);
  row.set_last_visit(data.last_visit);
  row.set_last_team(data.last_team);
  row.set_visits(data.visits);
  row.set_open_findings(data.open);
  row.set_overdue_findings(data.overdue);
  row.set_longitude(data.longitude);
  row.set_latitude(data.latitude);
  row.set_fixes(data.fixes);
  row.set_plannable(data.plannable);
  row.set_last_leader_visit(data.last_leader_visit);
}

template <typename Enum>
Enum NumberOf(const std::string& key) {
  int number = 0;
  return absl::SimpleAtoi(key, &number) ? static_cast<Enum>(number) : Enum();
}

using Bars = google::protobuf::RepeatedPtrField<review::v1::Count>;

void FillBars(const std::vector<FindingCount>& counts,
              const std::function<std::string(const std::string&)>& label, Bars& out) {
  for (const FindingCount& count : counts) {
    review::v1::Count& bar = *out.Add();
    bar.set_key(count.key);
    bar.set_label(label(count.key));
    bar.set_count(count.count);
    bar.set_open(count.open);
    bar.set_overdue(count.overdue);
  }
}

}  // namespace

absl::StatusOr<review::v1::GetRevisionResponse> LedgerDesk::GetRevision(
    const Call& call, const review::v1::GetRevisionRequest&) {
  review::v1::GetRevisionResponse response;
  FindingQuery query;
  query.todo = true;
  query.now_ms = call.wall_ms;
  Restrict(spaces_, call.principal, query);
  response.set_revision(revisions_.Newest(query.spaces));
  DUDAO_ASSIGN(const int64_t todo, projection_.CountFindings(query));
  response.set_todo_count(todo);
  DUDAO_ASSIGN(const WaitingCounts waiting,
               projection_.CountWaiting(spaces_.Readable(call.principal)));
  response.set_visit_count(waiting.visits);
  response.set_conflict_count(waiting.conflicts);
  return response;
}

absl::StatusOr<review::v1::ListCoverageResponse> LedgerDesk::ListCoverage(
    const Call& call, const review::v1::ListCoverageRequest& request) {
  if (request.unit_prefix().size() > kPrefixBytesMax) return BadRequest("unit_prefix");
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string after, tokens_.Position(bound, request.page_token()));
  DUDAO_ASSIGN(const auto rows, projection_.Coverage(spaces_.Readable(call.principal),
                                                     request.unit_prefix(), call.wall_ms));
  auto at = rows.begin();
  if (!after.empty()) {
    at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.code == after; });
    if (at == rows.end()) return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID");
    ++at;
  }
  const int size = PageSize(request.page_size(), kUnitsMost, kUnitsMost);
  review::v1::ListCoverageResponse response;
  for (; at != rows.end() && response.units_size() < size; ++at)
    FillCoverage(*at, *response.add_units());
  if (at != rows.end()) response.set_next_page_token(tokens_.PageToken(bound, std::prev(at)->code));
  return response;
}

absl::StatusOr<review::v1::GetStatisticsResponse> LedgerDesk::GetStatistics(
    const Call& call, const review::v1::GetStatisticsRequest& request) {
  review::v1::FindingFilter filter;
  filter.set_from_date(request.from_date());
  filter.set_to_date(request.to_date());
  DUDAO_ASSIGN(FindingQuery query, QueryOf(filter, call.wall_ms));
  Restrict(spaces_, call.principal, query);
  DUDAO_ASSIGN(const PaperNames names, PaperNames::Load(spaces_, projection_, false));
  using Group = Projection::Group;
  review::v1::GetStatisticsResponse response;
  DUDAO_ASSIGN(const auto people, LoadPeople(spaces_));
  response.set_leaders(std::count_if(people.begin(), people.end(), [](const auto& entry) {
    const records::v1::Person& person = entry.second;
    return person.role() == records::v1::PERSON_ROLE_LEADER &&
           (!person.has_active() || person.active());
  }));
  const auto same = [](const std::string& key) { return key; };
  DUDAO_ASSIGN(const auto areas, projection_.CountBy(query, Group::kArea));
  FillBars(
      areas, [&](const std::string& key) { return names.Section(key); },
      *response.mutable_by_area());
  DUDAO_ASSIGN(const auto levels, projection_.CountBy(query, Group::kLevel));
  FillBars(
      levels,
      [](const std::string& key) { return LevelWord(NumberOf<records::v1::FindingLevel>(key)); },
      *response.mutable_by_level());
  DUDAO_ASSIGN(const auto townships, projection_.CountBy(query, Group::kTownship));
  FillBars(
      townships, [&](const std::string& key) { return names.Unit(key); },
      *response.mutable_by_township());
  DUDAO_ASSIGN(const auto states, projection_.CountBy(query, Group::kState));
  FillBars(
      states,
      [](const std::string& key) {
        return StateWord(NumberOf<records::v1::RectificationState>(key));
      },
      *response.mutable_by_state());
  DUDAO_ASSIGN(const auto months, projection_.CountBy(query, Group::kMonth));
  FillBars(months, same, *response.mutable_by_month());
  query.part = static_cast<int>(FindingPart::kOpen);
  DUDAO_ASSIGN(const auto ages, projection_.CountBy(query, Group::kAge));
  for (const char* age : kAges) {
    const auto found =
        std::find_if(ages.begin(), ages.end(), [&](const auto& one) { return one.key == age; });
    FillBars({found != ages.end() ? *found : FindingCount{age, 0, 0, 0}}, same,
             *response.mutable_by_age());
  }
  DUDAO_ASSIGN(const VisitFigures visits,
               projection_.CountVisited(query.spaces, request.from_date(), request.to_date()));
  response.set_visits(visits.visits);
  response.set_units_visited(visits.units_visited);
  response.set_units_planned(visits.units_planned);
  response.set_leaders_visited(visits.leaders_visited);
  return response;
}

}  // namespace dudao::server
