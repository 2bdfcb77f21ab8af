// The lists of the review desk: pages of visits, records, conflicts and past writes, and the month
// board.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/visit_quota.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "mask.h"
#include "paging.h"
#include "reason.h"
#include "record_view.h"
#include "review_desk.h"

namespace dudao::server {
namespace {

constexpr int kRowsUsual = 50;
constexpr int kRowsMost = 500;
constexpr int kHistoryUsual = 200;
constexpr int kHistoryMost = 1000;
constexpr size_t kFilterBytesMax = 200;
constexpr size_t kWordsMax = 8;
constexpr size_t kPartMax = 4096;
// An answer stays well below the largest message: a page ends early rather than grow beyond this.
constexpr size_t kPageBytesMax = 4 << 20;

absl::Status BadRequest(std::string_view detail) {
  return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", detail);
}

bool IsDay(const std::string& text) { return text.empty() || domain::ParseDay(text).has_value(); }

absl::Status CheckFilter(const review::v1::ListVisitsRequest& request) {
  if (!IsDay(request.from_date()) || !IsDay(request.to_date()))
    return BadRequest("from_date, to_date: YYYY-MM-DD");
  const bool fits = request.text().size() <= kFilterBytesMax &&
                    request.unit_prefix().size() <= kFilterBytesMax &&
                    request.team_id().size() <= kFilterBytesMax;
  const std::vector<std::string> words = absl::StrSplit(request.text(), ' ', absl::SkipEmpty());
  return fits && words.size() <= kWordsMax ? absl::OkStatus()
                                           : BadRequest("the filter is too long");
}

VisitQuery QueryOf(const review::v1::ListVisitsRequest& request, std::vector<std::string> spaces) {
  VisitQuery query;
  query.spaces = std::move(spaces);
  query.team_id = request.team_id();
  query.unit_prefix = request.unit_prefix();
  query.state = request.state();
  query.from_date = request.from_date();
  query.to_date = request.to_date();
  query.text = request.text();
  query.only_conflicts = request.only_conflicts();
  return query;
}

absl::StatusOr<VisitQuery::Order> OrderOf(review::v1::VisitOrder order) {
  switch (order) {
    case review::v1::VISIT_ORDER_UNSPECIFIED:
      return VisitQuery::Order::kNewest;
    case review::v1::VISIT_ORDER_NUMBER:
      return VisitQuery::Order::kNumber;
    case review::v1::VISIT_ORDER_UNIT:
      return VisitQuery::Order::kUnit;
    case review::v1::VISIT_ORDER_TEAM:
      return VisitQuery::Order::kTeam;
    case review::v1::VISIT_ORDER_FINDINGS:
      return VisitQuery::Order::kFindings;
    case review::v1::VISIT_ORDER_EVIDENCE:
      return VisitQuery::Order::kEvidence;
    case review::v1::VISIT_ORDER_STATE:
      return VisitQuery::Order::kState;
    case review::v1::VISIT_ORDER_CHANGED:
      return VisitQuery::Order::kChanged;
    default:
      return BadRequest("order");
  }
}

void FillRow(const VisitRowData& data, review::v1::VisitRow& row) {
  row.set_space(data.space);
  row.set_key(data.key);
  row.set_temp_no(data.temp_no);
  row.set_team_id(data.team_id);
  row.set_unit_code(data.unit_code);
  row.set_unit_name(data.unit_name);
  row.set_township_name(data.township_name);
  row.set_visit_date(data.visit_date);
  row.set_state(data.state);
  row.set_finding_count(data.findings);
  row.set_evidence_count(data.evidence);
  row.set_conflict_count(data.conflicts);
  row.set_changed_at_ms(data.changed_ms);
}

std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) sync::PutBytes(out, part);
  return out;
}

void FillTeam(const TeamRow& team, const domain::TeamMonth& month, review::v1::TeamMonth& out) {
  out.set_team_id(team.team_id);
  out.set_team_name(team.name);
  out.set_twice_a_month(month.quota_met);
  out.set_first_half(month.first_half_filled);
  out.set_second_half(month.second_half_filled);
  for (const domain::VisitDay& day : month.days) {
    review::v1::VisitDay& row = *out.add_days();
    row.set_date(domain::FormatDay(day.day));
    row.set_minutes(static_cast<int32_t>(absl::ToInt64Minutes(day.time_on_site)));
    row.set_full_day(day.full_day);
    row.set_unit_count(day.units);
  }
}

}  // namespace

absl::StatusOr<review::v1::ListVisitsResponse> ReviewDesk::ListVisits(
    const Call& call, const review::v1::ListVisitsRequest& request) {
  DUDAO_TRY(CheckFilter(request));
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string position, tokens_.Position(bound, request.page_token()));
  sync::Reader in(position);
  VisitPosition after;
  after.sort = in.Bytes(kPartMax);
  after.space = in.Bytes(kPartMax);
  after.key = in.Bytes(kPartMax);
  const int size = PageSize(request.page_size(), kRowsUsual, kRowsMost);
  VisitQuery query = QueryOf(request, spaces_.Readable(call.principal));
  DUDAO_ASSIGN(query.order, OrderOf(request.order()));
  query.reversed = request.reversed();
  DUDAO_ASSIGN(const auto rows,
               projection_.Visits(query, position.empty() ? nullptr : &after, size + 1));
  DUDAO_ASSIGN(const int64_t total, projection_.CountVisits(query));
  review::v1::ListVisitsResponse response;
  for (int i = 0; i < std::min<int>(size, static_cast<int>(rows.size())); ++i) {
    FillRow(rows[static_cast<size_t>(i)], *response.add_visits());
  }
  if (static_cast<int>(rows.size()) > size) {
    const VisitRowData& last = rows[static_cast<size_t>(size) - 1];
    response.set_next_page_token(
        tokens_.PageToken(bound, Joined({last.sort, last.space, last.key})));
  }
  response.set_total_size(total);
  return response;
}

absl::StatusOr<review::v1::ListRecordsResponse> ReviewDesk::ListRecords(
    const Call& call, const review::v1::ListRecordsRequest& request) {
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string after, tokens_.Position(bound, request.page_token()));
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  const int size = PageSize(request.page_size(), kRowsUsual, kRowsMost);
  review::v1::ListRecordsResponse response;
  size_t bytes = 0;
  absl::MutexLock lock(&space->mutex());
  DUDAO_TRY(space->store().Scan(request.type_id(), after, [&](const sync::StoredRecord& stored) {
    if (!stored.record.exists()) return true;
    if (response.records_size() == size || bytes > kPageBytesMax) {
      const auto& last = response.records(response.records_size() - 1);
      response.set_next_page_token(tokens_.PageToken(bound, last.key()));
      return false;
    }
    review::v1::RecordRow& row = *response.add_records();
    row.set_key(stored.id.key);
    row.set_message(MaskRecord(stored.id.type, stored.record.Materialise()));
    row.set_conflict_count(
        stored.record.HasConflict() ? static_cast<int>(stored.record.Conflicts().size()) : 0);
    bytes += row.message().size();
    return true;
  }));
  return response;
}

absl::StatusOr<review::v1::ListConflictsResponse> ReviewDesk::ListConflicts(
    const Call& call, const review::v1::ListConflictsRequest& request) {
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string position, tokens_.Position(bound, request.page_token()));
  sync::Reader in(position);
  std::string from_space(in.Bytes(kPartMax));
  sync::RecordId after{static_cast<uint32_t>(in.Bounded(UINT32_MAX)),
                       std::string(in.Bytes(kPartMax))};
  const auto size = static_cast<size_t>(PageSize(request.page_size(), kRowsUsual, kRowsMost));
  std::vector<std::string> names = spaces_.Readable(call.principal);
  if (!request.space().empty()) names = {request.space()};
  review::v1::ListConflictsResponse response;
  for (const std::string& name : names) {
    if (name < from_space) continue;
    DUDAO_ASSIGN(Space * space, spaces_.Get(name));
    absl::MutexLock lock(&space->mutex());
    const size_t have = static_cast<size_t>(response.rows_size());
    DUDAO_ASSIGN(
        const auto entries,
        space->store().Conflicts(name == from_space ? after : sync::RecordId(), size + 1 - have));
    for (const sync::ConflictEntry& entry : entries) {
      if (static_cast<size_t>(response.rows_size()) == size ||
          response.ByteSizeLong() > kPageBytesMax) {
        const auto& last = response.rows(response.rows_size() - 1);
        std::string next = Joined({last.space()});
        sync::PutVarint(next, last.type_id());
        sync::PutBytes(next, last.key());
        response.set_next_page_token(tokens_.PageToken(bound, next));
        return response;
      }
      DUDAO_ASSIGN(const auto stored, space->store().Load(entry.id));
      if (!stored) continue;
      review::v1::ConflictRow& row = *response.add_rows();
      row.set_space(name);
      row.set_type_id(entry.id.type);
      row.set_key(entry.id.key);
      FillConflicts(entry.id, stored->record, call.wall_ms, row.mutable_conflicts());
    }
  }
  return response;
}

// Writes may arrive late and take their place by their author's time; a page goes on behind the
// very write that ended the last one.
absl::StatusOr<review::v1::ListHistoryResponse> ReviewDesk::ListHistory(
    const Call& call, const review::v1::ListHistoryRequest& request) {
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string position, tokens_.Position(bound, request.page_token()));
  const auto path = sync::Path::Parse(request.path_bytes());
  if (!path) return BadRequest("path_bytes");
  if (request.key().empty() || request.key().size() > sync::kRecordKeyBytesMax)
    return BadRequest("key");
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto entries,
               space->store().History({request.type_id(), request.key()}, *path));
  const auto name_of = [](const sync::HistoryEntry& entry) {
    std::string name = Joined({entry.dot.replica.AsBytes(), entry.op.path.bytes()});
    sync::PutVarint(name, entry.dot.seq);
    return name;
  };
  auto at = entries.begin();
  if (!position.empty()) {
    at = std::find_if(entries.begin(), entries.end(),
                      [&](const auto& entry) { return name_of(entry) == position; });
    if (at == entries.end()) return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID");
    ++at;
  }
  const int size = PageSize(request.page_size(), kHistoryUsual, kHistoryMost);
  review::v1::ListHistoryResponse response;
  size_t bytes = 0;
  for (; at != entries.end() && response.rows_size() < size && bytes <= kPageBytesMax; ++at) {
    FillHistoryRow(*at, call.wall_ms, response.add_rows());
    bytes += 2 * at->op.value.bytes.size();
  }
  if (at != entries.end())
    response.set_next_page_token(tokens_.PageToken(bound, name_of(*std::prev(at))));
  return response;
}

absl::StatusOr<review::v1::GetMonthBoardResponse> ReviewDesk::GetMonthBoard(
    const Call& call, const review::v1::GetMonthBoardRequest& request) {
  const auto month = domain::ParseMonth(request.month());
  if (!month) return BadRequest("month: YYYY-MM");
  DUDAO_ASSIGN(const auto visits,
               projection_.MonthOf(spaces_.Readable(call.principal), request.month()));
  std::vector<const records::v1::Visit*> pointers;
  for (const auto& visit : visits) pointers.push_back(&visit);
  DUDAO_ASSIGN(const auto teams, projection_.Teams());
  review::v1::GetMonthBoardResponse response;
  for (const TeamRow& team : teams) {
    const bool own = team.team_id == call.principal.team_id;
    if (!own && !ReadsAll(call.principal.role)) continue;
    FillTeam(team, domain::BuildTeamMonth(team.team_id, *month, pointers, team.quota),
             *response.add_teams());
  }
  return response;
}

}  // namespace dudao::server
