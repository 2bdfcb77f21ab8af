// What the office decides on a finding. Merging, look-backs and checks: finding_merge.cc,
// rectification_checks.cc.
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/personal.h"
#include "dudao/domain/rectification_clock.h"
#include "dudao/domain/text.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "leader_visits.h"
#include "office_tasks.h"
#include "people_records.h"
#include "reason.h"
#include "rectification_desk.h"

namespace dudao::server {
namespace {

using domain::FindingAct;
using records::v1::Rectification;
using review::v1::DecideFindingRequest;

constexpr size_t kReasonBytesMax = 3000;
constexpr size_t kProblemBytesMax = 1200;
constexpr size_t kBasisBytesMax = 1500;
constexpr size_t kDemandBytesMax = 3000;
constexpr size_t kOwnerBytesMax = 300;

absl::Status Refused(const char* reason, const std::vector<std::string>& arguments = {}) {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, reason, arguments);
}

absl::StatusOr<FindingAct> ActOf(const DecideFindingRequest::WithReason& wanted) {
  switch (wanted.to()) {
    case records::v1::RECTIFICATION_STATE_RETURNED:
      return FindingAct::kReturn;
    case records::v1::RECTIFICATION_STATE_DISMISSED:
      return FindingAct::kDismiss;
    case records::v1::RECTIFICATION_STATE_PARKED:
      return FindingAct::kPark;
    case records::v1::RECTIFICATION_STATE_CANCELLED:
      return FindingAct::kCancel;
    case records::v1::RECTIFICATION_STATE_REVIEW_REQUESTED:
      return FindingAct::kReview;
    case records::v1::RECTIFICATION_STATE_RECTIFYING:
      return FindingAct::kUnpark;
    default:
      return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "to");
  }
}

const std::string& Or(const std::string& first, const std::string& second) {
  return first.empty() ? second : first;
}

absl::Status CheckConfirm(const DecideFindingRequest::Confirm& wanted) {
  if (wanted.level() <= records::v1::FINDING_LEVEL_UNSPECIFIED ||
      wanted.level() > records::v1::FindingLevel_MAX)
    return Refused("RECTIFICATION_LEVEL_MISSING");
  DUDAO_TRY(domain::CheckLimit(wanted.limit()));
  DUDAO_TRY(CheckText(wanted.owner_unit(), "owner_unit", kOwnerBytesMax));
  DUDAO_TRY(CheckText(wanted.demand(), "demand", kDemandBytesMax));
  DUDAO_TRY(CheckText(wanted.problem(), "problem", kProblemBytesMax));
  return CheckText(wanted.basis(), "basis", kBasisBytesMax);
}

// The finding as the office takes it; what it leaves open stays as it was found.
void FillConfirm(const DecideFindingRequest::Confirm& wanted, const FindingCase& finding,
                 CaseEdit& edit) {
  static const records::v1::Finding kNone;
  const records::v1::Finding& found = finding.finding() != nullptr ? *finding.finding() : kNone;
  Rectification& own = edit.own;
  own.set_level(wanted.level());
  *own.mutable_limit() = wanted.limit().unit() != records::v1::LIMIT_UNIT_UNSPECIFIED
                             ? wanted.limit()
                             : domain::DefaultLimit(wanted.level());
  own.set_owner_unit(Or(wanted.owner_unit(), Or(found.owner_unit(), finding.visit.unit_code())));
  own.set_demand(Or(wanted.demand(), Or(finding.own.demand(), found.advice())));
  own.set_problem(Or(wanted.problem(), Or(finding.own.problem(), found.problem())));
  own.set_basis(Or(wanted.basis(), Or(finding.own.basis(), found.basis())));
  const std::string& measure =
      Or(wanted.measure_id(), Or(finding.own.measure_id(), found.measure_id()));
  if (!measure.empty()) own.set_measure_id(measure);
}

// The inspected unit, never an inspector's own department.
absl::Status CheckOwner(const FindingCase& finding, const std::string& owner,
                        const std::map<std::string, records::v1::Person>& people) {
  for (const std::string& id : finding.visit.inspector_ids()) {
    const auto person = people.find(id);
    if (person != people.end() && !owner.empty() && person->second.home_department() == owner)
      return Refused("FINDING_OWNER_IS_INSPECTOR", {owner});
  }
  return absl::OkStatus();
}

absl::Status AddReturnTask(const Call& call, const FindingCase& finding, const std::string& reason,
                           CaseEdit& edit) {
  records::v1::OfficeTask task = NewTask(call, records::v1::OFFICE_TASK_KIND_RETURNED_FINDING,
                                         finding.visit.team_id(), reason);
  task.set_visit_id(absl::BytesToHexString(finding.visit_record.id.key));
  task.set_visit_temp_no(finding.visit.temp_no());
  task.set_finding_id(finding.finding_id);
  task.set_unit_code(finding.visit.unit_code());
  DUDAO_ASSIGN(auto ops, TaskOps(task));
  edit.more.insert(edit.more.end(), ops.begin(), ops.end());
  return absl::OkStatus();
}

absl::Status FillExtension(const Call& call, const DecideFindingRequest::DecideExtension& wanted,
                           const FindingCase& finding, CaseEdit& edit) {
  for (const records::v1::Extension& asked : finding.own.extensions()) {
    const bool meant =
        asked.id() == wanted.extension_id() && asked.state() == records::v1::EXTENSION_STATE_ASKED;
    if (!meant) continue;
    records::v1::Extension& decided = *edit.own.add_extensions();
    decided.set_id(asked.id());
    decided.set_state(wanted.grant() ? records::v1::EXTENSION_STATE_GRANTED
                                     : records::v1::EXTENSION_STATE_REFUSED);
    decided.set_decided_by(call.principal.person_id);
    decided.set_decided_at_ms(call.wall_ms);
    const auto due = domain::ParseDay(domain::EffectiveDue(finding.own));
    if (wanted.grant() && due)
      edit.own.set_extended_due(domain::FormatDay(*due + static_cast<int>(asked.days())));
    return absl::OkStatus();
  }
  return domain::Refusal(absl::StatusCode::kFailedPrecondition, "RECTIFICATION_EXTENSION_UNKNOWN");
}

}  // namespace

absl::Status CheckText(std::string_view text, std::string_view name, size_t bytes_max) {
  if (text.size() > bytes_max)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", name);
  if (domain::HoldsIdentityNumber({text.data(), text.size()}))
    return Refused("TEXT_HOLDS_IDENTITY_NUMBER");
  return absl::OkStatus();
}

absl::Status CheckRequired(std::string_view text, std::string_view name, size_t bytes_max) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Refused("RECTIFICATION_FIELD_REQUIRED", {std::string(name)});
  return CheckText(text, name, bytes_max);
}

absl::StatusOr<FindingCase> RectificationDesk::LoadUnchanged(Space& space,
                                                             const FindingRowData& row,
                                                             const std::string& digest) {
  DUDAO_ASSIGN(FindingCase finding, LoadCase(space, row.finding_id, row.visit_key));
  if (finding.ContentDigest() != digest)
    return Error(absl::StatusCode::kAborted, "CONTENT_CHANGED");
  if (!finding.reached_office())
    return domain::Refusal(absl::StatusCode::kFailedPrecondition,
                           "RECTIFICATION_VISIT_NOT_SUBMITTED");
  return finding;
}

absl::Status RectificationDesk::Save(Space& space, const Call& call, const FindingCase& finding,
                                     const std::string& context, CaseEdit edit) {
  DUDAO_ASSIGN(auto form, tokens_.UnsealContext(space.name(), context));
  DUDAO_TRY(SaveCase(space, call, finding, std::move(form), std::move(edit)));
  after_.Written(space);
  return absl::OkStatus();
}

absl::StatusOr<review::v1::DecideFindingResponse> RectificationDesk::DecideFinding(
    const Call& call, const Decide& request) {
  DUDAO_ASSIGN(const FindingRowData row,
               FindSeen(projection_, call.principal, request.space(), request.finding_id()));
  absl::Status decided;
  switch (request.action_case()) {
    case Decide::kIssue:
      decided = Issue(call, request, row);
      break;
    case Decide::kMerge:
      decided = Merge(call, request, row);
      break;
    case Decide::kLookBack:
      decided = SendLookBack(call, request, row);
      break;
    case Decide::kCheck:
      decided = TakeCheck(call, request, row);
      break;
    case Decide::kReopen:
      decided = Reopen(call, request, row);
      break;
    case Decide::kConfirm:
    case Decide::kWithReason:
    case Decide::kExtension:
      decided = DecideSimply(call, request, row);
      break;
    default:
      decided = Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "action");
  }
  DUDAO_TRY(decided);
  DUDAO_ASSIGN(const FindingRowData now,
               FindSeen(projection_, call.principal, request.space(), request.finding_id()));
  review::v1::DecideFindingResponse response;
  DUDAO_ASSIGN(*response.mutable_finding(), Show(call, now));
  return response;
}

absl::Status RectificationDesk::DecideSimply(const Call& call, const Decide& request,
                                             const FindingRowData& row) {
  FindingAct act = FindingAct::kConfirm;
  std::string reason;
  if (request.has_with_reason()) {
    DUDAO_ASSIGN(act, ActOf(request.with_reason()));
    reason = request.with_reason().reason();
  } else if (request.has_extension()) {
    act = request.extension().grant() ? FindingAct::kGrantExtension : FindingAct::kRefuseExtension;
    reason = request.extension().reason();
  } else {
    DUDAO_TRY(CheckConfirm(request.confirm()));
    DUDAO_TRY(CheckMeasure(spaces_, request.confirm().measure_id()));
  }
  if (act == FindingAct::kReturn && row.team_id == kLeadersTeam)
    return Error(absl::StatusCode::kFailedPrecondition, "LEADER_VISIT_STAYS");
  DUDAO_TRY(CheckText(reason, "reason", kReasonBytesMax));
  DUDAO_ASSIGN(const auto people, LoadPeople(spaces_));
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const FindingCase finding, LoadUnchanged(*space, row, request.content_digest()));
  DUDAO_TRY(domain::CheckAct(act, finding.Facts(), call.principal.role, reason));
  CaseEdit edit = Begin(finding);
  if (request.has_confirm()) {
    FillConfirm(request.confirm(), finding, edit);
    DUDAO_TRY(CheckOwner(finding, edit.own.owner_unit(), people));
  }
  if (request.has_extension()) DUDAO_TRY(FillExtension(call, request.extension(), finding, edit));
  DUDAO_ASSIGN(edit.more, FinishTasks(*space, finding.finding_id,
                                      {records::v1::OFFICE_TASK_KIND_RETURNED_FINDING}));
  if (act == FindingAct::kReturn) DUDAO_TRY(AddReturnTask(call, finding, reason, edit));
  const bool bound =
      act == FindingAct::kConfirm || act == FindingAct::kReturn || act == FindingAct::kDismiss;
  AddStep(call, finding, act, reason, bound, edit);
  return Save(*space, call, finding, request.context(), std::move(edit));
}

absl::Status RectificationDesk::Issue(const Call& call, const Decide& request,
                                      const FindingRowData& row) {
  const NoticeNumbers::Turn turn(numbers_);
  DUDAO_ASSIGN(const std::string number,
               numbers_.Next(static_cast<int>(domain::LocalDay(call.wall_ms).year())));
  const domain::WorkingCalendar calendar = projection_.Calendar();
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const FindingCase finding, LoadUnchanged(*space, row, request.content_digest()));
  DUDAO_TRY(domain::CheckAct(FindingAct::kIssue, finding.Facts(), call.principal.role, ""));
  if (absl::StripAsciiWhitespace(finding.own.owner_unit()).empty())
    return domain::Refusal(absl::StatusCode::kFailedPrecondition, "RECTIFICATION_OWNER_EMPTY");
  DUDAO_ASSIGN(const domain::Deadline due,
               domain::DueUnder(calendar, finding.own.limit(), call.wall_ms));
  CaseEdit edit = Begin(finding);
  edit.own.set_notice_no(number);
  edit.own.set_issued_at_ms(call.wall_ms);
  edit.own.set_due_date(domain::FormatDay(due.day));
  edit.own.set_due_provisional(due.provisional);
  edit.own.set_supervisor_id(call.principal.person_id);
  // A finding that came back is answered anew; what was answered before stays in its history.
  if (finding.own.has_extended_due())
    edit.cleared.push_back(Rectification::kExtendedDueFieldNumber);
  if (finding.own.has_receipt()) edit.cleared.push_back(Rectification::kReceiptFieldNumber);
  if (finding.own.has_plan()) edit.cleared.push_back(Rectification::kPlanFieldNumber);
  AddStep(call, finding, FindingAct::kIssue, number, true, edit);
  return Save(*space, call, finding, request.context(), std::move(edit));
}

}  // namespace dudao::server
