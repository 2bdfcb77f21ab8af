#include "leader_visits.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/temp_number.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/message_ops.h"
#include "finding_case.h"
#include "people_records.h"
#include "reason.h"
#include "rectification_desk.h"

namespace dudao::server {
namespace {

using records::v1::Visit;
using review::v1::RecordLeaderVisitRequest;

constexpr size_t kRequestIdBytes = 16;
constexpr int kTopicsMost = 20;
constexpr int kProblemsMost = 50;
constexpr int kVisitsOfADayMost = 1000;
constexpr size_t kTopicBytesMax = 60;
constexpr size_t kUnitBytesMax = 300;
constexpr size_t kCompanionBytesMax = 600;
constexpr size_t kTextBytesMax = 6000;
constexpr size_t kProblemBytesMax = 1200;

absl::Status Wrong(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", what);
}

void Answer(const std::string& space, const std::string& key, const Visit& visit, bool created,
            review::v1::RecordLeaderVisitResponse& out) {
  out.set_space(space);
  out.set_key(key);
  out.set_temp_no(visit.temp_no());
  out.set_created(created);
}

}  // namespace

absl::Status CheckMeasure(Spaces& spaces, const std::string& measure_id) {
  if (measure_id.empty()) return absl::OkStatus();
  DUDAO_ASSIGN(const records::v1::Measure measure, LoadMeasure(spaces, measure_id));
  if (measure.measure_id().empty())
    return Error(absl::StatusCode::kInvalidArgument, "MEASURE_UNKNOWN");
  return absl::OkStatus();
}

absl::Status LeaderVisits::CheckProblem(const review::v1::LeaderProblem& problem) {
  DUDAO_TRY(CheckRequired(problem.problem(), "problem", kProblemBytesMax));
  DUDAO_TRY(CheckText(problem.owner_unit(), "owner_unit", kUnitBytesMax));
  if (!records::v1::FindingLevel_IsValid(problem.level())) return Wrong("level");
  return CheckMeasure(spaces_, problem.measure_id());
}

absl::Status LeaderVisits::Check(const Call& call, const RecordLeaderVisitRequest& request) {
  if (request.request_id().size() != kRequestIdBytes) return Wrong("request_id");
  DUDAO_ASSIGN(const records::v1::Person leader, LoadPerson(spaces_, request.leader_id()));
  if (leader.role() != records::v1::PERSON_ROLE_LEADER)
    return Error(absl::StatusCode::kInvalidArgument, "LEADER_UNKNOWN");
  const auto day = domain::ParseDay(request.visit_date());
  if (!day || *day > domain::LocalDay(call.wall_ms))
    return Error(absl::StatusCode::kInvalidArgument, "VISIT_DATE_WRONG");
  if (request.topics().empty() || request.topics_size() > kTopicsMost) return Wrong("topics");
  for (const std::string& topic : request.topics())
    DUDAO_TRY(CheckRequired(topic, "topics", kTopicBytesMax));
  DUDAO_TRY(CheckText(request.companions(), "companions", kCompanionBytesMax));
  DUDAO_TRY(CheckRequired(request.observations(), "observations", kTextBytesMax));
  DUDAO_TRY(CheckText(request.instructions(), "instructions", kTextBytesMax));
  if (request.problems_size() > kProblemsMost) return Wrong("problems");
  for (const auto& problem : request.problems()) DUDAO_TRY(CheckProblem(problem));
  return absl::OkStatus();
}

absl::StatusOr<Visit> LeaderVisits::VisitOf(const Call& call,
                                            const RecordLeaderVisitRequest& request) {
  DUDAO_ASSIGN(const records::v1::Place place, LoadPlace(spaces_, request.unit_code()));
  if (place.code().empty() || place.level() == records::v1::PLACE_LEVEL_COUNTY)
    return Error(absl::StatusCode::kInvalidArgument, "UNIT_UNKNOWN");
  Visit visit;
  visit.set_team_id(kLeadersTeam);
  visit.set_unit_code(request.unit_code());
  visit.set_unit_type(place.unit_type());
  visit.set_state(records::v1::VISIT_STATE_SUBMITTED);
  visit.set_visit_date(request.visit_date());
  visit.set_mode(records::v1::VISIT_MODE_FACT_FINDING);
  visit.set_leader_id(request.leader_id());
  *visit.mutable_topics() = request.topics();
  visit.set_companions(request.companions());
  visit.set_observations(request.observations());
  visit.set_instructions(request.instructions());
  visit.set_author_id(call.principal.person_id);
  visit.set_created_at_ms(call.wall_ms);
  const std::string id = absl::BytesToHexString(request.request_id());
  for (const auto& problem : request.problems()) {
    records::v1::Finding& finding = *visit.add_findings();
    finding.set_id(absl::StrCat(id, "-", visit.findings_size()));
    finding.set_problem(problem.problem());
    finding.set_owner_unit(problem.owner_unit().empty() ? request.unit_code()
                                                        : problem.owner_unit());
    if (problem.level() != 0)
      finding.set_level(static_cast<records::v1::FindingLevel>(problem.level()));
    if (!problem.measure_id().empty()) finding.set_measure_id(problem.measure_id());
  }
  return visit;
}

absl::Status LeaderVisits::Number(const std::string& space, Visit& visit) {
  VisitQuery query;
  query.spaces = {space};
  query.from_date = query.to_date = visit.visit_date();
  DUDAO_ASSIGN(const auto rows, projection_.Visits(query, nullptr, kVisitsOfADayMost));
  std::vector<std::string> known;
  for (const VisitRowData& row : rows) known.push_back(row.temp_no);
  DUDAO_ASSIGN(
      const std::string number,
      domain::NextTempNumber(kLeadersTeam, *domain::ParseDay(visit.visit_date()), 0, known));
  visit.set_temp_no(number);
  std::vector<std::string> findings;
  for (records::v1::Finding& finding : *visit.mutable_findings()) {
    DUDAO_ASSIGN(const std::string next, domain::NextFindingNumber(number, 0, findings));
    finding.set_temp_no(next);
    findings.push_back(next);
  }
  return absl::OkStatus();
}

absl::StatusOr<review::v1::RecordLeaderVisitResponse> LeaderVisits::RecordLeaderVisit(
    const Call& call, const RecordLeaderVisitRequest& request) {
  DUDAO_TRY(Check(call, request));
  DUDAO_ASSIGN(Visit visit, VisitOf(call, request));
  trust::v1::SpaceRule rule;
  const auto year = static_cast<int>(domain::ParseDay(request.visit_date())->year());
  rule.set_space(TeamSpace(kLeadersTeam, year));
  rule.set_team_id(kLeadersTeam);
  DUDAO_TRY(spaces_.Create(rule, call.principal.person_id, call.wall_ms).status());
  DUDAO_ASSIGN(Space * space, spaces_.Get(rule.space()));
  absl::MutexLock lock(&space->mutex());
  review::v1::RecordLeaderVisitResponse response;
  const sync::RecordId id = VisitId(request.request_id());
  DUDAO_ASSIGN(const auto stored, space->store().Load(id));
  if (stored) {
    static_cast<void>(visit.ParseFromString(stored->record.Materialise()));
    Answer(rule.space(), id.key, visit, false, response);
    return response;
  }
  DUDAO_TRY(Number(rule.space(), visit));
  sync::LocalEdit edit;
  edit.author = call.principal.person_id;
  edit.wall_ms = call.wall_ms;
  edit.flags = sync::kFlagOnBehalf;
  DUDAO_ASSIGN(edit.ops, sync::MessageToOps(id, visit));
  DUDAO_TRY(space->store().Commit(edit).status());
  after_.Written(*space);
  Answer(rule.space(), id.key, visit, true, response);
  return response;
}

}  // namespace dudao::server
