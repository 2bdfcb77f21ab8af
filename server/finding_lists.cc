// Lists of findings, and one finding with everything around it.
#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/personal.h"
#include "dudao/domain/rectification_clock.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "finding_rows.h"
#include "mask.h"
#include "paging.h"
#include "paper_names.h"
#include "reason.h"
#include "rectification_desk.h"

namespace dudao::server {
namespace {

constexpr int kRowsUsual = 50;
constexpr int kRowsMost = 500;
constexpr size_t kFilterBytesMax = 200;
constexpr size_t kWordsMax = 8;
constexpr size_t kPartMax = 4096;
constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr int kAlikeLookedAt = 500;
constexpr size_t kAlikeShown = 20;

absl::Status BadRequest(std::string_view detail) {
  return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", detail);
}

review::v1::Light LightOf(const FindingRowData& data, int64_t now_ms) {
  if (!domain::ClockRuns(data.facts.state)) return review::v1::LIGHT_UNSPECIFIED;
  const auto light = domain::LightAt({data.green_until_ms, data.yellow_until_ms}, now_ms);
  if (!light) return review::v1::LIGHT_UNSPECIFIED;
  if (*light == domain::Light::kGreen) return review::v1::LIGHT_GREEN;
  return *light == domain::Light::kYellow ? review::v1::LIGHT_YELLOW : review::v1::LIGHT_RED;
}

bool IsDay(const std::string& text) { return text.empty() || domain::ParseDay(text).has_value(); }

absl::StatusOr<FindingQuery::Order> OrderOf(review::v1::FindingOrder order) {
  switch (order) {
    case review::v1::FINDING_ORDER_UNSPECIFIED:
      return FindingQuery::Order::kNewest;
    case review::v1::FINDING_ORDER_DUE:
      return FindingQuery::Order::kDue;
    case review::v1::FINDING_ORDER_AGE:
      return FindingQuery::Order::kWaiting;
    case review::v1::FINDING_ORDER_NUMBER:
      return FindingQuery::Order::kNumber;
    case review::v1::FINDING_ORDER_UNIT:
      return FindingQuery::Order::kUnit;
    case review::v1::FINDING_ORDER_LEVEL:
      return FindingQuery::Order::kLevel;
    case review::v1::FINDING_ORDER_STATE:
      return FindingQuery::Order::kState;
    default:
      return BadRequest("order");
  }
}

std::string PositionOf(const FindingRowData& row) {
  std::string out;
  sync::PutBytes(out, row.sort);
  sync::PutBytes(out, row.space);
  sync::PutBytes(out, row.finding_id);
  return out;
}

// What people call the ids that stand in an answer.
void AddNames(const PaperNames& names, const FindingRowData& row,
              const records::v1::Rectification& own,
              google::protobuf::Map<std::string, std::string>& out) {
  constexpr size_t kTownshipDigits = 9;
  for (const std::string& unit :
       {row.unit_code, row.unit_code.substr(0, kTownshipDigits), own.owner_unit()})
    out[unit] = names.Unit(unit);
  out[row.team_id] = names.Team(row.team_id);
  std::set<std::string> people = {own.supervisor_id(), own.closed_by()};
  for (const auto& step : own.steps()) people.insert(step.by());
  for (const auto& check : own.checks()) people.insert(check.checker_id());
  for (const auto& reply : own.replies()) people.insert(reply.entered_by());
  for (const std::string& person : people) out[person] = names.Person(person);
  out.erase("");
}

// Pairs of neighbouring characters that two texts share, of 1000.
int Likeness(const std::string& a, const std::string& b) {
  const auto pairs = [](const std::string& text) {
    std::vector<std::string> characters;
    for (const char c : text) {
      if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) characters.emplace_back();
      if (!characters.empty()) characters.back() += c;
    }
    std::map<std::string, int> out;
    for (size_t i = 1; i < characters.size(); ++i) ++out[characters[i - 1] + characters[i]];
    return out;
  };
  const auto of_a = pairs(a);
  const auto of_b = pairs(b);
  int shared = 0;
  int all = 0;
  for (const auto& [pair, count] : of_a) {
    all += count;
    const auto found = of_b.find(pair);
    if (found != of_b.end()) shared += std::min(count, found->second);
  }
  for (const auto& [pair, count] : of_b) all += count;
  return all == 0 ? 0 : 2000 * shared / all;
}

// What a unit sees of the visit behind its notice: the finding and its evidence, nothing else.
records::v1::Visit VisitForUnit(const FindingCase& finding) {
  const records::v1::Visit& visit = finding.visit;
  records::v1::Visit out;
  out.set_temp_no(visit.temp_no());
  out.set_team_id(visit.team_id());
  out.set_visit_date(visit.visit_date());
  out.set_unit_code(visit.unit_code());
  out.set_unit_type(visit.unit_type());
  const records::v1::Finding* found = finding.finding();
  if (found == nullptr) return out;
  *out.add_findings() = *found;
  for (const auto& evidence : visit.evidence()) {
    const auto& ids = found->evidence_ids();
    if (std::find(ids.begin(), ids.end(), evidence.id()) != ids.end() && !evidence.has_pii())
      *out.add_evidence() = evidence;
  }
  return out;
}

}  // namespace

void FillFindingRow(const FindingRowData& data, int64_t now_ms, bool for_office,
                    review::v1::FindingRow& row) {
  row.set_space(data.space);
  row.set_visit_key(data.visit_key);
  row.set_finding_id(data.finding_id);
  row.set_temp_no(data.temp_no);
  row.set_notice_no(data.notice_no);
  row.set_team_id(data.team_id);
  row.set_unit_code(data.unit_code);
  row.set_unit_name(data.unit_name);
  row.set_township_name(data.township_name);
  row.set_visit_date(data.visit_date);
  row.set_check_code(data.check_code);
  row.set_problem(data.problem);
  row.set_level(data.facts.level);
  row.set_state(data.facts.state);
  row.set_owner_unit(data.owner_unit);
  row.set_light(LightOf(data, now_ms));
  const auto due = domain::ParseDay(data.due);
  if (due) {
    row.set_due_date(data.due);
    row.set_days_left(static_cast<int32_t>(*due - domain::LocalDay(now_ms)));
  }
  if (data.waiting_since_ms > 0) {
    row.set_waiting_days(
        static_cast<int32_t>(std::max<int64_t>(0, (now_ms - data.waiting_since_ms) / kDayMs)));
  }
  row.set_evidence_count(data.evidence);
  row.set_conflict_count(data.conflicts);
  row.set_source_count(data.sources);
  row.set_rework_count(data.rework);
  row.set_reopened_count(data.reopened);
  row.set_stale(data.stale);
  row.set_closed_on(data.closed_on);
  if (!for_office) return;
  for (const domain::FindingAct act : domain::TodoOf(data.facts))
    row.add_todo(std::string(domain::ActName(act)));
}

absl::StatusOr<FindingQuery> QueryOf(const review::v1::FindingFilter& filter, int64_t now_ms) {
  if (!IsDay(filter.from_date()) || !IsDay(filter.to_date()))
    return BadRequest("from_date, to_date: YYYY-MM-DD");
  const std::vector<std::string> words = absl::StrSplit(filter.text(), ' ', absl::SkipEmpty());
  for (const std::string* text :
       {&filter.text(), &filter.unit_prefix(), &filter.team_id(), &filter.area()}) {
    if (text->size() > kFilterBytesMax || words.size() > kWordsMax)
      return BadRequest("the filter is too long");
  }
  FindingQuery query;
  query.todo = filter.view() == review::v1::FINDING_VIEW_TODO;
  if (filter.view() == review::v1::FINDING_VIEW_INBOX)
    query.part = static_cast<int>(FindingPart::kInbox);
  if (filter.view() == review::v1::FINDING_VIEW_OPEN)
    query.part = static_cast<int>(FindingPart::kOpen);
  if (filter.view() == review::v1::FINDING_VIEW_CLOSED)
    query.part = static_cast<int>(FindingPart::kClosed);
  query.team_id = filter.team_id();
  query.unit_prefix = filter.unit_prefix();
  query.state = filter.state();
  query.level = filter.level();
  query.light = filter.light();
  query.now_ms = now_ms;
  query.from_date = filter.from_date();
  query.to_date = filter.to_date();
  query.text = filter.text();
  query.area = filter.area();
  return query;
}

void Restrict(const Spaces& spaces, const Principal& principal, FindingQuery& query) {
  query.spaces = spaces.Readable(principal);
  if (principal.role != records::v1::PERSON_ROLE_REPORTER) return;
  query.spaces.clear();
  if (principal.team_id.empty()) return;
  query.answered_by = principal.team_id;
  for (const auto& rule : spaces.All()) query.spaces.push_back(rule.space());
}

absl::StatusOr<review::v1::ListFindingsResponse> RectificationDesk::ListFindings(
    const Call& call, const review::v1::ListFindingsRequest& request) {
  DUDAO_ASSIGN(FindingQuery query, QueryOf(request.filter(), call.wall_ms));
  Restrict(spaces_, call.principal, query);
  DUDAO_ASSIGN(query.order, OrderOf(request.order()));
  query.reversed = request.reversed();
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string position, tokens_.Position(bound, request.page_token()));
  sync::Reader in(position);
  FindingPosition after;
  after.sort = in.Bytes(kPartMax);
  after.space = in.Bytes(kPartMax);
  after.finding_id = in.Bytes(kPartMax);
  const int size = PageSize(request.page_size(), kRowsUsual, kRowsMost);
  DUDAO_ASSIGN(const auto rows,
               projection_.Findings(query, position.empty() ? nullptr : &after, size + 1));
  DUDAO_ASSIGN(const int64_t total, projection_.CountFindings(query));
  review::v1::ListFindingsResponse response;
  const bool office = IsOffice(call.principal.role);
  for (size_t i = 0; i < std::min<size_t>(static_cast<size_t>(size), rows.size()); ++i)
    FillFindingRow(rows[i], call.wall_ms, office, *response.add_findings());
  if (rows.size() > static_cast<size_t>(size)) {
    response.set_next_page_token(
        tokens_.PageToken(bound, PositionOf(rows[static_cast<size_t>(size) - 1])));
  }
  response.set_total_size(total);
  return response;
}

absl::StatusOr<FindingRowData> FindSeen(Projection& projection, const Principal& principal,
                                        const std::string& space, const std::string& finding_id) {
  DUDAO_ASSIGN(const auto row, projection.FindFinding(space, finding_id));
  bool seen = row.has_value();
  if (seen && principal.role == records::v1::PERSON_ROLE_REPORTER) {
    DUDAO_ASSIGN(seen, projection.Answers(space, finding_id, principal.team_id));
  }
  if (!seen) return Error(absl::StatusCode::kNotFound, "RECORD_UNKNOWN");
  return *row;
}

absl::StatusOr<review::v1::GetFindingResponse> RectificationDesk::GetFinding(
    const Call& call, const review::v1::GetFindingRequest& request) {
  DUDAO_ASSIGN(const FindingRowData row,
               FindSeen(projection_, call.principal, request.space(), request.finding_id()));
  return Show(call, row);
}

absl::StatusOr<review::v1::GetFindingResponse> RectificationDesk::Show(const Call& call,
                                                                       const FindingRowData& row) {
  const bool unit = call.principal.role == records::v1::PERSON_ROLE_REPORTER;
  review::v1::GetFindingResponse out;
  FillFindingRow(row, call.wall_ms, IsOffice(call.principal.role), *out.mutable_row());
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  records::v1::Rectification own;
  {
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const FindingCase finding, LoadCase(*space, row.finding_id, row.visit_key));
    own = finding.own;
    const std::string bytes = unit ? VisitForUnit(finding).SerializeAsString()
                                   : finding.visit_record.record.Materialise();
    out.set_visit(MaskRecord(finding.visit_record.id.type, bytes));
    if (finding.own_record) {
      *out.mutable_rectification() = own;
      domain::MaskMessage(out.mutable_rectification());
    }
    out.set_content_digest(finding.ContentDigest());
    DUDAO_ASSIGN(const auto context, space->store().OpenForm());
    out.set_context(tokens_.SealContext(space->name(), context));
    domain::FindingFacts facts = finding.Facts();
    facts.look_back_waits = row.facts.look_back_waits;
    facts.relapse_waits = row.facts.relapse_waits;
    if (finding.reached_office()) {
      for (const domain::FindingAct act : domain::ActsFor(facts, call.principal.role)) {
        // There is no team that a leader's visit could go back to.
        if (act != domain::FindingAct::kReturn || row.team_id != kLeadersTeam)
          out.add_actions(std::string(domain::ActName(act)));
      }
    }
    if (row.stale && !unit) {
      out.set_stale(true);
      DUDAO_ASSIGN(const auto changed, ChangedSince(*space, finding));
      for (const std::string& name : changed) out.add_changed_paths(name);
    }
  }
  const records::v1::TimeLimit limit =
      own.has_limit() ? own.limit() : domain::DefaultLimit(row.facts.level);
  const auto due = domain::DueUnder(projection_.Calendar(), limit, call.wall_ms);
  if (due.ok() && own.notice_no().empty()) {
    out.set_due_if_issued(domain::FormatDay(due->day));
    out.set_due_provisional(due->provisional);
  }
  if (unit) {
    DUDAO_ASSIGN(const PaperNames names, PaperNames::Load(spaces_, projection_, false));
    AddNames(names, row, own, *out.mutable_names());
    return out;
  }
  DUDAO_TRY(ShowLookBacks(call, row, own, out));
  DUDAO_ASSIGN(const auto merged, projection_.MergedInto(row.finding_id));
  const std::vector<std::string> readable = spaces_.Readable(call.principal);
  for (const FindingRowData& one : merged) {
    if (std::find(readable.begin(), readable.end(), one.space) != readable.end())
      FillFindingRow(one, call.wall_ms, false, *out.add_merged());
  }
  return out;
}

absl::Status RectificationDesk::ShowLookBacks(const Call& call, const FindingRowData& row,
                                              const records::v1::Rectification& own,
                                              review::v1::GetFindingResponse& out) {
  DUDAO_ASSIGN(const auto rows,
               projection_.LookBacksOf(spaces_.Readable(call.principal), row.finding_id));
  const std::vector<std::string> finders = domain::FindersOf(own);
  for (const LookBackRow& one : rows) {
    DUDAO_ASSIGN(Space * space, spaces_.Get(one.space));
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const auto stored, space->store().Load(VisitId(one.visit_key)));
    if (!stored) continue;
    records::v1::Visit visit;
    static_cast<void>(visit.ParseFromString(stored->record.Materialise()));
    review::v1::LookBack& look = *out.add_look_backs();
    look.set_space(one.space);
    look.set_visit_key(one.visit_key);
    look.set_visit_temp_no(one.visit_no);
    for (const std::string& inspector : visit.inspector_ids()) look.add_inspector_ids(inspector);
    look.set_checker_id(one.checker_id);
    look.set_result(static_cast<records::v1::LookbackResult>(one.result));
    look.set_date(one.date);
    look.set_submitted(one.submitted);
    for (const auto& item : visit.lookback_items()) {
      if (item.finding_id() == row.finding_id) look.set_note(domain::MaskText(item.note()));
    }
    const std::string id = LookBackCheckId(one.visit_key, row.finding_id);
    look.set_used(std::any_of(own.checks().begin(), own.checks().end(),
                              [&](const auto& check) { return check.id() == id; }));
    look.set_by_finder(std::find(finders.begin(), finders.end(), one.checker_id) != finders.end());
  }
  return absl::OkStatus();
}

absl::StatusOr<review::v1::ListAlikeFindingsResponse> RectificationDesk::ListAlikeFindings(
    const Call& call, const review::v1::ListAlikeFindingsRequest& request) {
  DUDAO_ASSIGN(const FindingRowData row,
               FindSeen(projection_, call.principal, request.space(), request.finding_id()));
  DUDAO_ASSIGN(auto others, projection_.FindingsOfUnit(spaces_.Readable(call.principal),
                                                       row.unit_code, kAlikeLookedAt));
  constexpr int kSameCheck = 400;
  constexpr int kAlike = 350;
  std::vector<std::pair<int, const FindingRowData*>> alike;
  for (const FindingRowData& other : others) {
    const bool itself = other.space == row.space && other.finding_id == row.finding_id;
    const bool same_check = !row.check_code.empty() && other.check_code == row.check_code;
    const int likeness = Likeness(row.problem, other.problem) + (same_check ? kSameCheck : 0);
    if (!itself && likeness >= kAlike) alike.emplace_back(likeness, &other);
  }
  std::stable_sort(alike.begin(), alike.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (alike.size() > kAlikeShown) alike.resize(kAlikeShown);
  review::v1::ListAlikeFindingsResponse response;
  for (const auto& [likeness, other] : alike)
    FillFindingRow(*other, call.wall_ms, IsOffice(call.principal.role), *response.add_findings());
  return response;
}

}  // namespace dudao::server
