// `dudao review decide-finding` and `answer`: what the office decides, what the unit answers.
#include <algorithm>
#include <cctype>

#include "field_edit.h"
#include "finding_commands.h"

namespace dudao::command {
namespace {

using review::v1::AnswerFindingRequest;
using review::v1::DecideFindingRequest;
using review::v1::GetFindingResponse;

struct DecisionArguments {
  std::string finding;
  std::string what;
  std::string reason;
  std::string level;
  std::string limit;
  std::string owner;
  std::string demand;
  std::string into;
  std::string team;
  std::string date;
  std::string result;
  std::string visit;
  std::string later;
  std::string by;
  std::string person;
  std::string measure;
  uint32_t days = 0;
  bool on_behalf = false;
};
using Arguments = std::shared_ptr<DecisionArguments>;

template <typename Request>
Request About(const GetFindingResponse& seen) {
  Request request;
  request.set_space(seen.row().space());
  request.set_finding_id(seen.row().finding_id());
  request.set_context(seen.context());
  request.set_content_digest(seen.content_digest());
  return request;
}

// "5工作日", "1月", "7天", "24工作小时"; also 5wd, 1m, 7d, 24wh.
absl::StatusOr<records::v1::TimeLimit> ParseLimit(const std::string& text) {
  size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0)
    ++digits;
  const std::string unit = text.substr(digits);
  records::v1::TimeLimit limit;
  if (unit == "d" || unit == "天") limit.set_unit(records::v1::LIMIT_UNIT_CALENDAR_DAY);
  if (unit == "wd" || unit == "工作日") limit.set_unit(records::v1::LIMIT_UNIT_WORKING_DAY);
  if (unit == "wh" || unit == "工作小时") limit.set_unit(records::v1::LIMIT_UNIT_WORKING_HOUR);
  if (unit == "m" || unit == "月" || unit == "个月") limit.set_unit(records::v1::LIMIT_UNIT_MONTH);
  if (digits == 0 || digits > 4 || !limit.has_unit())
    return absl::InvalidArgumentError("a limit is a number with its unit: 7d, 5wd, 24wh, 1m");
  limit.set_amount(static_cast<uint32_t>(std::stoul(text.substr(0, digits))));
  return limit;
}

template <typename Enum>
Enum Named(const google::protobuf::EnumDescriptor* type, const std::string& text) {
  for (int i = 0; i < type->value_count(); ++i) {
    const std::string name = type->value(i)->name();
    std::string brief = text;
    for (char& c : brief) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
    if (EnumForPeople(name) == text || name.ends_with("_" + brief))
      return static_cast<Enum>(type->value(i)->number());
  }
  return Enum();
}

records::v1::RectificationState StateOf(const std::string& what) {
  if (what == "return") return records::v1::RECTIFICATION_STATE_RETURNED;
  if (what == "dismiss") return records::v1::RECTIFICATION_STATE_DISMISSED;
  if (what == "park") return records::v1::RECTIFICATION_STATE_PARKED;
  if (what == "cancel") return records::v1::RECTIFICATION_STATE_CANCELLED;
  if (what == "review") return records::v1::RECTIFICATION_STATE_REVIEW_REQUESTED;
  return records::v1::RECTIFICATION_STATE_RECTIFYING;
}

absl::Status FillConfirm(const DecisionArguments& arguments, DecideFindingRequest::Confirm& out) {
  out.set_level(
      Named<records::v1::FindingLevel>(records::v1::FindingLevel_descriptor(), arguments.level));
  out.set_owner_unit(arguments.owner);
  out.set_demand(arguments.demand);
  if (arguments.limit.empty()) return absl::OkStatus();
  const auto limit = ParseLimit(arguments.limit);
  if (limit.ok()) *out.mutable_limit() = *limit;
  return limit.status();
}

// The look-back that is taken: the one that is named, else the newest that no decision used.
const review::v1::LookBack* ChooseLookBack(const GetFindingResponse& seen,
                                           const std::string& named) {
  for (const auto& look : seen.look_backs()) {
    const bool meant = named.empty() ? look.submitted() && !look.used() && !look.by_finder()
                                     : look.visit_temp_no() == named;
    if (meant) return &look;
  }
  return nullptr;
}

absl::Status FillCheck(const DecisionArguments& arguments, const GetFindingResponse& seen,
                       DecideFindingRequest& request) {
  const auto* look = ChooseLookBack(seen, arguments.visit);
  if (arguments.what == "check-paper") {
    DecideFindingRequest::TakeCheck& check = *request.mutable_check();
    check.set_mode(records::v1::CHECK_MODE_PAPER);
    check.set_result(Named<records::v1::LookbackResult>(records::v1::LookbackResult_descriptor(),
                                                        arguments.result));
    check.set_note(arguments.reason);
    return absl::OkStatus();
  }
  if (look == nullptr && arguments.later.empty())
    return absl::NotFoundError("no look-back of this finding waits");
  if (arguments.what == "check") {
    DecideFindingRequest::TakeCheck& check = *request.mutable_check();
    check.set_mode(records::v1::CHECK_MODE_ON_SITE);
    check.set_visit_space(look->space());
    check.set_visit_key(look->visit_key());
    return absl::OkStatus();
  }
  DecideFindingRequest::Reopen& reopen = *request.mutable_reopen();
  reopen.set_reason(arguments.reason);
  if (look != nullptr && arguments.later.empty()) {
    reopen.set_visit_space(look->space());
    reopen.set_visit_key(look->visit_key());
  }
  return absl::OkStatus();
}

absl::Status FillByOther(FindingOffice& office, const DecisionArguments& arguments,
                         DecideFindingRequest& request) {
  const auto other = office.Find(arguments.what == "merge" ? arguments.into : arguments.later);
  if (!other.ok()) return other.status();
  if (arguments.what == "merge") {
    request.mutable_merge()->set_into_space(other->row().space());
    request.mutable_merge()->set_into_finding_id(other->row().finding_id());
    request.mutable_merge()->set_reason(arguments.reason);
    return absl::OkStatus();
  }
  request.mutable_reopen()->set_visit_space(other->row().space());
  request.mutable_reopen()->set_visit_key(other->row().visit_key());
  request.mutable_reopen()->set_later_finding_id(other->row().finding_id());
  return absl::OkStatus();
}

absl::Status FillDecision(FindingOffice& office, const DecisionArguments& arguments,
                          const GetFindingResponse& seen, DecideFindingRequest& request) {
  const std::string& what = arguments.what;
  if (what == "confirm") return FillConfirm(arguments, *request.mutable_confirm());
  if (what == "merge") return FillByOther(office, arguments, request);
  if (what == "issue") {
    request.mutable_issue();
    return absl::OkStatus();
  }
  if (what == "grant" || what == "refuse") {
    request.mutable_extension()->set_grant(what == "grant");
    request.mutable_extension()->set_reason(arguments.reason);
    for (const auto& extension : seen.rectification().extensions()) {
      if (extension.state() == records::v1::EXTENSION_STATE_ASKED)
        request.mutable_extension()->set_extension_id(extension.id());
    }
    return absl::OkStatus();
  }
  if (what == "look-back") {
    request.mutable_look_back()->set_team_id(arguments.team);
    request.mutable_look_back()->set_due_date(arguments.date);
    request.mutable_look_back()->set_note(arguments.reason);
    return absl::OkStatus();
  }
  if (what == "check" || what == "check-paper" || what == "reopen") {
    if (const absl::Status status = FillCheck(arguments, seen, request); !status.ok())
      return status;
    return arguments.later.empty() ? absl::OkStatus() : FillByOther(office, arguments, request);
  }
  request.mutable_with_reason()->set_to(StateOf(what));
  request.mutable_with_reason()->set_reason(arguments.reason);
  return absl::OkStatus();
}

absl::Status Decide(Invocation& run, FindingOffice& office, const DecisionArguments& arguments) {
  const auto seen = office.Find(arguments.finding);
  if (!seen.ok()) return seen.status();
  auto request = About<DecideFindingRequest>(*seen);
  if (const absl::Status status = FillDecision(office, arguments, *seen, request); !status.ok())
    return status;
  const auto decided = office.DecideFinding(request);
  if (decided.ok()) TellFinding(run.console, decided->finding());
  return decided.status();
}

absl::Status Answer(Invocation& run, FindingOffice& office, const DecisionArguments& arguments) {
  const auto seen = office.Find(arguments.finding);
  if (!seen.ok()) return seen.status();
  auto request = About<AnswerFindingRequest>(*seen);
  request.set_on_behalf(arguments.on_behalf);
  if (arguments.what == "received") {
    request.set_received_by(arguments.by);
  } else if (arguments.what == "plan") {
    request.mutable_plan()->set_measure(arguments.measure);
    request.mutable_plan()->set_leader(arguments.by);
    request.mutable_plan()->set_person(arguments.person);
    request.mutable_plan()->set_planned_date(arguments.date);
  } else if (arguments.what == "extend") {
    request.mutable_extension()->set_days(arguments.days);
    request.mutable_extension()->set_reason(arguments.reason);
  } else if (arguments.what == "reply") {
    request.mutable_reply()->set_result(arguments.result);
    request.mutable_reply()->set_finished_on(arguments.date);
  } else {
    request.set_review_reason(arguments.reason);
  }
  const auto answered = office.AnswerFinding(request);
  if (answered.ok()) TellFinding(run.console, answered->finding());
  return answered.status();
}

void AddDecide(CommandTable& table, CLI::App& review) {
  auto arguments = std::make_shared<DecisionArguments>();
  CLI::App* sub = AddFindingWork(
      table, review, "decide-finding", Text::kAboutDecideFinding,
      "  dudao review decide-finding D2-0921-01-F1 confirm --level 一般 --limit 5wd\n"
      "  dudao review decide-finding D2-0921-01-F1 issue\n"
      "  dudao review decide-finding D2-0921-01-F1 look-back --team D1 --date 2026-10-20",
      [arguments](Invocation& run, FindingOffice& office) {
        return Decide(run, office, *arguments);
      });
  sub->add_option("FINDING", arguments->finding, table.Words(Text::kOptionFindingNamed))
      ->required();
  sub->add_option("DECISION", arguments->what, table.Words(Text::kOptionFindingDecision))
      ->required()
      ->check(CLI::IsMember({"confirm", "return", "dismiss", "merge", "issue", "grant", "refuse",
                             "look-back", "check", "check-paper", "park", "go-on", "review",
                             "cancel", "reopen"}));
  sub->add_option("--reason", arguments->reason, table.Words(Text::kOptionFindingReason));
  sub->add_option("--level", arguments->level, table.Words(Text::kOptionLevel));
  sub->add_option("--limit", arguments->limit, table.Words(Text::kOptionLimit));
  sub->add_option("--owner", arguments->owner, table.Words(Text::kOptionOwner));
  sub->add_option("--demand", arguments->demand, table.Words(Text::kOptionDemand));
  sub->add_option("--into", arguments->into, table.Words(Text::kOptionInto));
  sub->add_option("--team", arguments->team, table.Words(Text::kOptionTeam));
  sub->add_option("--date", arguments->date, table.Words(Text::kOptionDay));
  sub->add_option("--result", arguments->result, table.Words(Text::kOptionResult));
  sub->add_option("--visit", arguments->visit, table.Words(Text::kOptionVisit));
  sub->add_option("--later", arguments->later, table.Words(Text::kOptionLater));
}

void AddAnswer(CommandTable& table, CLI::App& review) {
  auto arguments = std::make_shared<DecisionArguments>();
  CLI::App* sub = AddFindingWork(
      table, review, "answer", Text::kAboutAnswer,
      "  dudao review answer 稷督整〔2026〕1号 received --by 张镇长\n"
      "  dudao review answer 稷督整〔2026〕1号 plan --measure 更换扶手 --person 李干事 --date "
      "2026-10-08\n"
      "  dudao review answer 稷督整〔2026〕1号 reply --result 已更换 --date 2026-10-08 --on-behalf",
      [arguments](Invocation& run, FindingOffice& office) {
        return Answer(run, office, *arguments);
      });
  sub->add_option("FINDING", arguments->finding, table.Words(Text::kOptionFindingNamed))
      ->required();
  sub->add_option("ANSWER", arguments->what, table.Words(Text::kOptionAnswer))
      ->required()
      ->check(CLI::IsMember({"received", "plan", "extend", "reply", "review"}));
  sub->add_option("--by", arguments->by, table.Words(Text::kOptionAnswerBy));
  sub->add_option("--measure", arguments->measure, table.Words(Text::kOptionMeasure));
  sub->add_option("--person", arguments->person, table.Words(Text::kOptionAnswerPerson));
  sub->add_option("--date", arguments->date, table.Words(Text::kOptionDay));
  sub->add_option("--days", arguments->days, table.Words(Text::kOptionExtensionDays));
  sub->add_option("--reason", arguments->reason, table.Words(Text::kOptionFindingReason));
  sub->add_option("--result", arguments->result, table.Words(Text::kOptionResult));
  sub->add_flag("--on-behalf", arguments->on_behalf, table.Words(Text::kOptionOnBehalf));
}

}  // namespace

void AddFindingDecisions(CommandTable& table, CLI::App& review) {
  AddDecide(table, review);
  AddAnswer(table, review);
}

}  // namespace dudao::command
