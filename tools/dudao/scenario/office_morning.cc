#include "scenario/office_morning.h"

#include <algorithm>

#include "dudao/domain/civil.h"
#include "dudao/server/names.h"
#include "spaces.h"
#include "tablet.h"

namespace dudao::command {
namespace {

using review::v1::AnswerFindingRequest;
using review::v1::DecideFindingRequest;
using review::v1::GetFindingResponse;

constexpr int kPage = 500;
constexpr int kVisitSubmitted = records::v1::VISIT_STATE_SUBMITTED;
// How long things lie on the table.
constexpr int kDaysInInbox = 2;
constexpr int kDaysBetweenSteps = 2;

bool May(const GetFindingResponse& finding, std::string_view action) {
  return std::find(finding.actions().begin(), finding.actions().end(), action) !=
         finding.actions().end();
}

template <typename Request>
Request About(const GetFindingResponse& finding) {
  Request request;
  request.set_space(finding.row().space());
  request.set_finding_id(finding.row().finding_id());
  request.set_context(finding.context());
  request.set_content_digest(finding.content_digest());
  return request;
}

// 0 to 7: left in the inbox, not accepted, returned, issued only, more time asked, look-back,
// struck off, struck off.
unsigned FateOf(const std::string& temp_no) {
  unsigned sum = 0;
  for (const char c : temp_no) sum = sum * 31 + static_cast<unsigned char>(c);
  return sum % 8;
}

}  // namespace

absl::Status OfficeMorning::Work() {
  if (const absl::Status done = ConfirmVisits(); !done.ok()) return done;
  review::v1::ListFindingsRequest request;
  request.set_page_size(kPage);
  const auto list = findings_.ListFindings(request);
  if (!list.ok()) return list.status();
  for (const auto& row : list->findings()) {
    const int lies = row.state() == records::v1::RECTIFICATION_STATE_UNSPECIFIED
                         ? kDaysInInbox
                         : kDaysBetweenSteps;
    if (row.waiting_days() < lies) continue;
    if (const absl::Status done = Follow(row); !done.ok()) return done;
  }
  return absl::OkStatus();
}

// All but the newest; they are left for whoever tries the console.
absl::Status OfficeMorning::ConfirmVisits() {
  review::v1::ListVisitsRequest request;
  request.set_state(kVisitSubmitted);
  request.set_page_size(kPage);
  const auto list = visits_.ListVisits(request);
  if (!list.ok()) return list.status();
  for (int i = 2; i < list->visits_size(); ++i) {
    const auto& row = list->visits(i);
    review::v1::GetRecordRequest get;
    get.set_space(row.space());
    get.set_type_id(kVisitType);
    get.set_key(row.key());
    const auto seen = visits_.GetRecord(get);
    if (!seen.ok()) return seen.status();
    review::v1::DecideVisitRequest decide;
    decide.set_space(row.space());
    decide.set_key(row.key());
    decide.set_decision(review::v1::DECISION_CONFIRM);
    decide.set_context(seen->context());
    decide.set_content_digest(seen->content_digest());
    if (const auto done = visits_.DecideVisit(decide); !done.ok()) return done.status();
  }
  return absl::OkStatus();
}

absl::Status OfficeMorning::Follow(const review::v1::FindingRow& row) {
  review::v1::GetFindingRequest request;
  request.set_space(row.space());
  request.set_finding_id(row.finding_id());
  const auto finding = findings_.GetFinding(request);
  if (!finding.ok()) return finding.status();
  const unsigned fate = FateOf(row.temp_no());
  if (May(*finding, "CONFIRM") && row.state() == records::v1::RECTIFICATION_STATE_UNSPECIFIED)
    return DecideNew(*finding, fate);
  if (row.state() == records::v1::RECTIFICATION_STATE_PENDING_CHECK) return Check(*finding, fate);
  return EnterAnswer(*finding, fate);
}

absl::Status OfficeMorning::DecideNew(const GetFindingResponse& finding, unsigned fate) {
  if (fate == 0) return absl::OkStatus();
  auto request = About<DecideFindingRequest>(finding);
  if (fate == 1) {
    request.mutable_with_reason()->set_to(records::v1::RECTIFICATION_STATE_DISMISSED);
    request.mutable_with_reason()->set_reason("已由上级专项整治统一处理，不重复立项");
  } else if (fate == 2 && May(finding, "RETURN")) {
    request.mutable_with_reason()->set_to(records::v1::RECTIFICATION_STATE_RETURNED);
    request.mutable_with_reason()->set_reason("请补充具体表现和涉及范围");
  } else {
    auto level = finding.row().level();
    if (level == records::v1::FINDING_LEVEL_LONG_TERM) level = records::v1::FINDING_LEVEL_SERIOUS;
    // What a leader's secretary left open.
    if (level == records::v1::FINDING_LEVEL_UNSPECIFIED)
      level = records::v1::FINDING_LEVEL_ORDINARY;
    request.mutable_confirm()->set_level(level);
  }
  const auto done = findings_.DecideFinding(request);
  if (!done.ok()) return done.status();
  return May(done->finding(), "ISSUE") ? Issue(done->finding()) : absl::OkStatus();
}

absl::Status OfficeMorning::Issue(const GetFindingResponse& finding) {
  auto request = About<DecideFindingRequest>(finding);
  request.mutable_issue();
  return findings_.DecideFinding(request).status();
}

absl::Status OfficeMorning::EnterAnswer(const GetFindingResponse& finding, unsigned fate) {
  auto request = About<AnswerFindingRequest>(finding);
  request.set_on_behalf(true);
  if (May(finding, "RECEIVE")) {
    request.set_received_by("村党组织书记");
  } else if (fate <= 3) {
    return absl::OkStatus();
  } else if (May(finding, "PLAN") && !finding.rectification().has_plan()) {
    request.mutable_plan()->set_measure("对照台账逐项核对，限期补正并公示");
    request.mutable_plan()->set_leader("包村领导");
    request.mutable_plan()->set_person("村委会主任");
    request.mutable_plan()->set_planned_date(finding.row().due_date());
  } else if (fate == 4 && May(finding, "ASK_EXTENSION") &&
             finding.rectification().extensions_size() == 0) {
    request.mutable_extension()->set_days(7);
    request.mutable_extension()->set_reason("需等待上级配套资金到位");
  } else if (fate > 4 && May(finding, "REPLY")) {
    request.mutable_reply()->set_result("已完成整改，台账和公示牌一致");
    // Done in time, and often before.
    const auto planned = domain::ParseDay(finding.rectification().plan().planned_date());
    request.mutable_reply()->set_finished_on(
        domain::FormatDay(planned ? std::min(*planned, today_) : today_));
  } else {
    return absl::OkStatus();
  }
  return findings_.AnswerFinding(request).status();
}

absl::Status OfficeMorning::Check(const GetFindingResponse& finding, unsigned fate) {
  auto request = About<DecideFindingRequest>(finding);
  const bool on_paper = fate >= 6 && May(finding, "CHECK") &&
                        finding.row().level() != records::v1::FINDING_LEVEL_SERIOUS;
  if (on_paper) {
    request.mutable_check()->set_mode(records::v1::CHECK_MODE_PAPER);
    request.mutable_check()->set_result(records::v1::LOOKBACK_RESULT_DONE);
    request.mutable_check()->set_note("核对照片和台账，已整改");
  } else if (May(finding, "SEND_LOOK_BACK") && finding.rectification().look_back_team().empty()) {
    request.mutable_look_back()->set_note("请就近安排现场核查");
    if (finding.row().team_id() == server::kLeadersTeam)
      request.mutable_look_back()->set_team_id("D1");
  } else {
    return absl::OkStatus();
  }
  return findings_.DecideFinding(request).status();
}

}  // namespace dudao::command
