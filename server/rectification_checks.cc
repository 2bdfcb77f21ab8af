// Look-backs that the office asks for, checks that it takes, and findings that came back.
#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "finding_rows.h"
#include "office_tasks.h"
#include "reason.h"
#include "rectification_desk.h"

namespace dudao::server {
namespace {

using domain::FindingAct;
using records::v1::Rectification;
using records::v1::RectificationCheck;

constexpr size_t kNoteBytesMax = 3000;
constexpr size_t kTaskReasonBytesMax = 3000;
constexpr size_t kCheckIdBytes = 8;

absl::Status Unknown() {
  return domain::Refusal(absl::StatusCode::kFailedPrecondition, "RECTIFICATION_LOOK_BACK_UNKNOWN");
}

bool WasUsed(const Rectification& own, const std::string& check_id) {
  return std::any_of(own.checks().begin(), own.checks().end(),
                     [&](const RectificationCheck& check) { return check.id() == check_id; });
}

// What people call the team; its id where it has no name.
absl::StatusOr<std::string> TeamName(Projection& projection, const std::string& team_id) {
  DUDAO_ASSIGN(const auto teams, projection.Teams());
  for (const TeamRow& team : teams) {
    if (team.team_id == team_id && !team.name.empty()) return team.name;
  }
  return team_id;
}

// A text of at most so many bytes, cut between characters.
std::string Cut(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

absl::StatusOr<RectificationDesk::Evidence> RectificationDesk::LoadEvidence(
    const std::string& space_name, const std::string& visit_key, const std::string& finding_id) {
  if (visit_key.empty() || visit_key.size() > sync::kRecordKeyBytesMax) return Unknown();
  const auto space = spaces_.Get(space_name);
  if (!space.ok()) return Unknown();
  absl::MutexLock lock(&(*space)->mutex());
  DUDAO_ASSIGN(const auto stored, (*space)->store().Load(VisitId(visit_key)));
  if (!stored || !stored->record.exists()) return Unknown();
  Evidence out;
  out.visit_key = visit_key;
  static_cast<void>(out.visit.ParseFromString(stored->record.Materialise()));
  const bool submitted = out.visit.state() == records::v1::VISIT_STATE_SUBMITTED ||
                         out.visit.state() == records::v1::VISIT_STATE_CONFIRMED;
  if (!submitted) return Unknown();
  for (const auto& item : out.visit.lookback_items()) {
    if (item.finding_id() == finding_id) out.item = item;
  }
  out.checker_id = CheckerOf(stored->record, finding_id);
  return out;
}

absl::Status RectificationDesk::WriteTask(const Call& call, const std::string& space_name,
                                          const records::v1::OfficeTask& task) {
  DUDAO_ASSIGN(Space * space, spaces_.Get(space_name));
  absl::MutexLock lock(&space->mutex());
  sync::LocalEdit edit;
  edit.author = call.principal.person_id;
  edit.wall_ms = call.wall_ms;
  DUDAO_ASSIGN(edit.ops, TaskOps(task));
  DUDAO_TRY(space->store().Commit(edit).status());
  after_.Written(*space);
  return absl::OkStatus();
}

// The task goes into the space of whoever is asked. It is written once the decision stands: a crash
// in between leaves a decision without a task, which the page shows and the reviewer asks again.
absl::Status RectificationDesk::SendLookBack(const Call& call, const Decide& request,
                                             const FindingRowData& row) {
  const Decide::SendLookBack& wanted = request.look_back();
  DUDAO_TRY(CheckText(wanted.note(), "note", kNoteBytesMax));
  if (!wanted.due_date().empty() && !domain::ParseDay(wanted.due_date()))
    return domain::Refusal(absl::StatusCode::kInvalidArgument, "RECTIFICATION_DATE_WRONG",
                           {wanted.due_date()});
  const std::string& team = wanted.team_id().empty() ? row.team_id : wanted.team_id();
  if (team == kLeadersTeam)
    return Error(absl::StatusCode::kInvalidArgument, "LOOK_BACK_TEAM_MISSING");
  const std::string target = SpaceOfTeam(spaces_, team, row.space);
  if (target.empty())
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "team_id");
  records::v1::OfficeTask task = NewTask(
      call, records::v1::OFFICE_TASK_KIND_LOOK_BACK, team,
      // Another team does not have the finding: its task says what it is about.
      Cut(wanted.note().empty() ? row.problem : absl::StrCat(wanted.note(), "\n", row.problem),
          kTaskReasonBytesMax));
  task.set_visit_id(absl::BytesToHexString(row.visit_key));
  task.set_visit_temp_no(row.visit_no);
  task.set_finding_id(row.finding_id);
  task.set_unit_code(row.unit_code);
  task.set_due_date(wanted.due_date());
  DUDAO_ASSIGN(const std::string team_name, TeamName(projection_, team));
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  {
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const FindingCase finding, LoadUnchanged(*space, row, request.content_digest()));
    DUDAO_TRY(domain::CheckAct(FindingAct::kSendLookBack, finding.Facts(), call.principal.role,
                               wanted.note()));
    CaseEdit edit = Begin(finding);
    edit.own.set_look_back_team(team);
    DUDAO_ASSIGN(edit.more, FinishTasks(*space, finding.finding_id,
                                        {records::v1::OFFICE_TASK_KIND_LOOK_BACK}));
    if (target == row.space) {
      DUDAO_ASSIGN(const auto ops, TaskOps(task));
      edit.more.insert(edit.more.end(), ops.begin(), ops.end());
    }
    const std::string to =
        wanted.note().empty() ? team_name : absl::StrCat(team_name, "：", wanted.note());
    AddStep(call, finding, FindingAct::kSendLookBack, to, false, edit);
    DUDAO_TRY(Save(*space, call, finding, request.context(), std::move(edit)));
  }
  return target == row.space ? absl::OkStatus() : WriteTask(call, target, task);
}

absl::Status RectificationDesk::EndLookBackTasks(const Call& call, const std::string& team_id,
                                                 const std::string& like,
                                                 const std::string& finding_id) {
  const std::string target = SpaceOfTeam(spaces_, team_id, like);
  if (target.empty()) return absl::OkStatus();
  DUDAO_ASSIGN(Space * space, spaces_.Get(target));
  absl::MutexLock lock(&space->mutex());
  sync::LocalEdit edit;
  edit.author = call.principal.person_id;
  edit.wall_ms = call.wall_ms;
  DUDAO_ASSIGN(edit.ops,
               FinishTasks(*space, finding_id, {records::v1::OFFICE_TASK_KIND_LOOK_BACK}));
  if (edit.ops.empty()) return absl::OkStatus();
  DUDAO_TRY(space->store().Commit(edit).status());
  after_.Written(*space);
  return absl::OkStatus();
}

absl::Status RectificationDesk::TakeCheck(const Call& call, const Decide& request,
                                          const FindingRowData& row) {
  const Decide::TakeCheck& wanted = request.check();
  DUDAO_TRY(CheckText(wanted.note(), "note", kNoteBytesMax));
  domain::Check check{wanted.mode(), wanted.result(), call.principal.person_id, wanted.note()};
  RectificationCheck taken;
  taken.set_id(absl::BytesToHexString(RandomBytes(kCheckIdBytes)));
  taken.set_date(domain::FormatDay(domain::LocalDay(call.wall_ms)));
  if (wanted.mode() == records::v1::CHECK_MODE_ON_SITE) {
    DUDAO_ASSIGN(const Evidence look,
                 LoadEvidence(wanted.visit_space(), wanted.visit_key(), row.finding_id));
    if (look.item.result() == records::v1::LOOKBACK_RESULT_UNSPECIFIED) return Unknown();
    check.result = look.item.result();
    check.checker_id = look.checker_id;
    if (check.note.empty()) check.note = look.item.note();
    taken.set_id(LookBackCheckId(look.visit_key, row.finding_id));
    taken.set_date(look.visit.visit_date());
    taken.set_visit_id(absl::BytesToHexString(look.visit_key));
  }
  taken.set_mode(check.mode);
  taken.set_checker_id(check.checker_id);
  taken.set_result(check.result);
  taken.set_note(check.note);
  const bool done = check.result == records::v1::LOOKBACK_RESULT_DONE;
  const FindingAct act = done ? FindingAct::kClose : FindingAct::kCheck;
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  std::string asked;
  {
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const FindingCase finding, LoadUnchanged(*space, row, request.content_digest()));
    const domain::FindingFacts facts = finding.Facts();
    DUDAO_TRY(domain::CheckAct(act, facts, call.principal.role, check.note));
    if (WasUsed(finding.own, taken.id())) return Unknown();
    DUDAO_TRY(domain::CheckTaking(check, facts.level, domain::FindersOf(finding.own)));
    CaseEdit edit = Begin(finding);
    *edit.own.add_checks() = taken;
    edit.own.set_look_back_team("");
    if (done) {
      edit.own.set_closed_by(call.principal.person_id);
      edit.own.set_closed_on(domain::FormatDay(domain::LocalDay(call.wall_ms)));
    }
    AddStep(call, finding, act, check.note, false, edit);
    asked = finding.own.look_back_team();
    DUDAO_TRY(Save(*space, call, finding, request.context(), std::move(edit)));
  }
  return asked.empty() ? absl::OkStatus()
                       : EndLookBackTasks(call, asked, row.space, row.finding_id);
}

absl::Status RectificationDesk::Reopen(const Call& call, const Decide& request,
                                       const FindingRowData& row) {
  const Decide::Reopen& wanted = request.reopen();
  DUDAO_TRY(CheckText(wanted.reason(), "reason", kNoteBytesMax));
  DUDAO_ASSIGN(const Evidence later,
               LoadEvidence(wanted.visit_space(), wanted.visit_key(), row.finding_id));
  const bool by_look_back = wanted.later_finding_id().empty();
  const auto& findings = later.visit.findings();
  const bool says_so =
      by_look_back ? later.item.result() > records::v1::LOOKBACK_RESULT_DONE
                   : wanted.later_finding_id() != row.finding_id &&
                         std::any_of(findings.begin(), findings.end(), [&](const auto& one) {
                           return one.id() == wanted.later_finding_id();
                         });
  if (!says_so || later.visit_key == row.visit_key) return Unknown();
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const FindingCase finding, LoadUnchanged(*space, row, request.content_digest()));
  DUDAO_TRY(
      domain::CheckAct(FindingAct::kReopen, finding.Facts(), call.principal.role, wanted.reason()));
  CaseEdit edit = Begin(finding);
  const std::string check_id = LookBackCheckId(later.visit_key, row.finding_id);
  if (by_look_back) {
    if (WasUsed(finding.own, check_id)) return Unknown();
    RectificationCheck& check = *edit.own.add_checks();
    check.set_id(check_id);
    check.set_mode(records::v1::CHECK_MODE_ON_SITE);
    check.set_checker_id(later.checker_id);
    check.set_result(later.item.result());
    check.set_date(later.visit.visit_date());
    check.set_note(later.item.note());
    check.set_visit_id(absl::BytesToHexString(later.visit_key));
  }
  edit.own.set_reopened_count(finding.own.reopened_count() + 1);
  edit.cleared = {Rectification::kClosedByFieldNumber, Rectification::kClosedOnFieldNumber};
  AddStep(call, finding, FindingAct::kReopen,
          absl::StrCat(wanted.reason(), " (", later.visit.temp_no(), ")"), true, edit);
  return Save(*space, call, finding, request.context(), std::move(edit));
}

}  // namespace dudao::server
