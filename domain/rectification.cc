#include "dudao/domain/rectification.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iterator>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using records::v1::PERSON_ROLE_REPORTER;
using records::v1::PERSON_ROLE_REVIEWER;
using records::v1::Rectification;
using records::v1::RECTIFICATION_STATE_CANCELLED;
using records::v1::RECTIFICATION_STATE_CLOSED;
using records::v1::RECTIFICATION_STATE_CONFIRMED;
using records::v1::RECTIFICATION_STATE_DISMISSED;
using records::v1::RECTIFICATION_STATE_ISSUED;
using records::v1::RECTIFICATION_STATE_MERGED;
using records::v1::RECTIFICATION_STATE_PARKED;
using records::v1::RECTIFICATION_STATE_PENDING_CHECK;
using records::v1::RECTIFICATION_STATE_RECEIVED;
using records::v1::RECTIFICATION_STATE_RECTIFYING;
using records::v1::RECTIFICATION_STATE_REOPENED;
using records::v1::RECTIFICATION_STATE_RETURNED;
using records::v1::RECTIFICATION_STATE_REVIEW_REQUESTED;
using records::v1::RECTIFICATION_STATE_REWORK;
using records::v1::RECTIFICATION_STATE_UNSPECIFIED;
using records::v1::RectificationState;

constexpr std::uint32_t Bit(RectificationState state) { return 1u << static_cast<unsigned>(state); }

constexpr std::uint32_t kNew =
    Bit(RECTIFICATION_STATE_UNSPECIFIED) | Bit(RECTIFICATION_STATE_RETURNED);
// The notice is out and the unit is to act.
constexpr std::uint32_t kRunning =
    Bit(RECTIFICATION_STATE_ISSUED) | Bit(RECTIFICATION_STATE_RECEIVED) |
    Bit(RECTIFICATION_STATE_RECTIFYING) | Bit(RECTIFICATION_STATE_REWORK);
constexpr std::uint32_t kPending = Bit(RECTIFICATION_STATE_PENDING_CHECK);
constexpr std::uint32_t kHeld =
    Bit(RECTIFICATION_STATE_PARKED) | Bit(RECTIFICATION_STATE_REVIEW_REQUESTED);
constexpr std::uint32_t kToIssue =
    Bit(RECTIFICATION_STATE_CONFIRMED) | Bit(RECTIFICATION_STATE_REOPENED);
constexpr std::uint32_t kAlive = kToIssue | kRunning | kPending | kHeld;

constexpr auto kSame = RECTIFICATION_STATE_UNSPECIFIED;

struct Rule {
  absl::string_view name;
  std::uint32_t from;
  RectificationState to;  // kSame: stays where it is
  bool by_unit;
  bool needs_reason;
};

// In the order of FindingAct.
constexpr Rule kRules[] = {
    // Before the notice is out, a decision may still be changed.
    {"CONFIRM", kNew | kToIssue | Bit(RECTIFICATION_STATE_DISMISSED), RECTIFICATION_STATE_CONFIRMED,
     false, false},
    {"RETURN", kNew | Bit(RECTIFICATION_STATE_CONFIRMED), RECTIFICATION_STATE_RETURNED, false,
     true},
    {"MERGE", kNew | Bit(RECTIFICATION_STATE_CONFIRMED), RECTIFICATION_STATE_MERGED, false, false},
    {"DISMISS", kNew | Bit(RECTIFICATION_STATE_CONFIRMED), RECTIFICATION_STATE_DISMISSED, false,
     true},
    {"ISSUE", kToIssue, RECTIFICATION_STATE_ISSUED, false, false},
    {"RECEIVE", Bit(RECTIFICATION_STATE_ISSUED), RECTIFICATION_STATE_RECEIVED, true, false},
    {"PLAN",
     Bit(RECTIFICATION_STATE_RECEIVED) | Bit(RECTIFICATION_STATE_RECTIFYING) |
         Bit(RECTIFICATION_STATE_REWORK),
     RECTIFICATION_STATE_RECTIFYING, true, false},
    {"ASK_EXTENSION", kRunning, kSame, true, true},
    {"GRANT_EXTENSION", kRunning | kPending, kSame, false, false},
    {"REFUSE_EXTENSION", kRunning | kPending, kSame, false, true},
    {"REPLY", Bit(RECTIFICATION_STATE_RECTIFYING) | Bit(RECTIFICATION_STATE_REWORK),
     RECTIFICATION_STATE_PENDING_CHECK, true, false},
    {"SEND_LOOK_BACK", kRunning | kPending | Bit(RECTIFICATION_STATE_PARKED), kSame, false, false},
    {"CHECK", kPending, RECTIFICATION_STATE_REWORK, false, false},
    {"CLOSE", kPending, RECTIFICATION_STATE_CLOSED, false, false},
    {"PARK", kToIssue | kRunning | kPending, RECTIFICATION_STATE_PARKED, false, true},
    {"UNPARK", kHeld, RECTIFICATION_STATE_RECTIFYING, false, true},
    {"REVIEW", kRunning | kPending, RECTIFICATION_STATE_REVIEW_REQUESTED, true, true},
    {"CANCEL", kAlive, RECTIFICATION_STATE_CANCELLED, false, true},
    {"REOPEN", Bit(RECTIFICATION_STATE_CLOSED), RECTIFICATION_STATE_REOPENED, false, true},
};
static_assert(std::size(kRules) == kFindingActs);

const Rule& RuleOf(FindingAct act) { return kRules[static_cast<int>(act)]; }

std::string Name(RectificationState state) {
  return records::v1::RectificationState_Name(state).substr(20);
}

absl::Status Forbidden(absl::string_view reason, const std::vector<std::string>& arguments = {}) {
  return Refusal(absl::StatusCode::kFailedPrecondition, reason, arguments);
}

bool OnSiteOnly(records::v1::FindingLevel level) {
  return level >= records::v1::FINDING_LEVEL_SERIOUS;
}

absl::Status CheckExtensions(FindingAct act, const FindingFacts& facts) {
  const bool asks = act == FindingAct::kAskExtension;
  const bool decides = act == FindingAct::kGrantExtension || act == FindingAct::kRefuseExtension;
  if (asks && facts.extensions_asked > 0) return Forbidden("RECTIFICATION_EXTENSION_OPEN");
  if (decides && facts.extensions_asked == 0) return Forbidden("RECTIFICATION_EXTENSION_UNKNOWN");
  if ((asks || act == FindingAct::kGrantExtension) && facts.extensions_granted >= kExtensionsMax)
    return Forbidden("RECTIFICATION_EXTENDED_ALREADY", {absl::StrCat(kExtensionsMax)});
  return absl::OkStatus();
}

}  // namespace

absl::string_view ActName(FindingAct act) { return RuleOf(act).name; }

FindingFacts FactsOf(const Rectification& rectification) {
  FindingFacts facts;
  facts.state = rectification.state();
  facts.level = rectification.level();
  facts.has_notice = !rectification.notice_no().empty();
  facts.look_back_asked = !rectification.look_back_team().empty();
  for (const records::v1::Extension& extension : rectification.extensions()) {
    // Those of an earlier notice on the same finding do not count for this one.
    if (extension.entered_at_ms() < rectification.issued_at_ms()) continue;
    if (extension.state() == records::v1::EXTENSION_STATE_ASKED) ++facts.extensions_asked;
    if (extension.state() == records::v1::EXTENSION_STATE_GRANTED) ++facts.extensions_granted;
  }
  return facts;
}

absl::Status CheckAct(FindingAct act, const FindingFacts& facts, records::v1::PersonRole role,
                      absl::string_view reason) {
  const Rule& rule = RuleOf(act);
  const bool may = role == PERSON_ROLE_REVIEWER || (rule.by_unit && role == PERSON_ROLE_REPORTER);
  if (!may) return Refusal(absl::StatusCode::kPermissionDenied, "RECTIFICATION_ROLE_MAY_NOT");
  if ((rule.from & Bit(facts.state)) == 0)
    return Forbidden("RECTIFICATION_STATE_FORBIDS", {Name(facts.state), std::string(rule.name)});
  if (absl::Status status = CheckExtensions(act, facts); !status.ok()) return status;
  if (rule.needs_reason && absl::StripAsciiWhitespace(reason).empty())
    return Refusal(absl::StatusCode::kInvalidArgument, "RECTIFICATION_REASON_MISSING");
  return absl::OkStatus();
}

RectificationState StateAfter(FindingAct act, const FindingFacts& facts) {
  const RectificationState to = RuleOf(act).to;
  if (to == kSame) return facts.state;
  // What was parked before its notice goes back to where it waits for one.
  if (act == FindingAct::kUnpark && !facts.has_notice) return RECTIFICATION_STATE_CONFIRMED;
  // A finding that came back keeps saying so when its level or limit is set anew.
  if (act == FindingAct::kConfirm && facts.state == RECTIFICATION_STATE_REOPENED)
    return RECTIFICATION_STATE_REOPENED;
  return to;
}

std::vector<FindingAct> ActsFor(const FindingFacts& facts, records::v1::PersonRole role) {
  std::vector<FindingAct> acts;
  for (int i = 0; i < kFindingActs; ++i) {
    const auto act = static_cast<FindingAct>(i);
    if (!CheckAct(act, facts, role, "any").ok()) continue;
    if (act == FindingAct::kClose && !facts.look_back_waits && OnSiteOnly(facts.level)) continue;
    acts.push_back(act);
  }
  return acts;
}

std::vector<FindingAct> TodoOf(const FindingFacts& facts) {
  using enum FindingAct;
  if (facts.extensions_asked > 0) return {kGrantExtension, kRefuseExtension};
  switch (facts.state) {
    case RECTIFICATION_STATE_UNSPECIFIED:
      return {kConfirm, kReturn, kMerge, kDismiss};
    case RECTIFICATION_STATE_RETURNED:
      if (!facts.changed_since) return {};
      return {kConfirm, kReturn, kMerge, kDismiss};
    case RECTIFICATION_STATE_CONFIRMED:
      if (facts.level == records::v1::FINDING_LEVEL_LONG_TERM) return {kPark, kIssue};
      return {kIssue};
    case RECTIFICATION_STATE_REOPENED:
      return {kIssue};
    case RECTIFICATION_STATE_REVIEW_REQUESTED:
      return {kUnpark, kCancel};
    case RECTIFICATION_STATE_PENDING_CHECK:
      if (facts.look_back_waits) return {kCheck};
      if (facts.look_back_asked) return {};
      if (OnSiteOnly(facts.level)) return {kSendLookBack};
      return {kCheck, kSendLookBack};
    case RECTIFICATION_STATE_CLOSED:
      if (facts.relapse_waits) return {kReopen};
      return {};
    default:
      return {};
  }
}

bool IsAlive(RectificationState state) { return (kAlive & Bit(state)) != 0; }

absl::Status CheckTaking(const Check& check, records::v1::FindingLevel level,
                         absl::Span<const std::string> finders) {
  const bool paper = check.mode == records::v1::CHECK_MODE_PAPER;
  const bool site = check.mode == records::v1::CHECK_MODE_ON_SITE;
  const bool empty = check.result == records::v1::LOOKBACK_RESULT_UNSPECIFIED ||
                     (paper && absl::StripAsciiWhitespace(check.note).empty());
  if ((!paper && !site) || empty)
    return Refusal(absl::StatusCode::kInvalidArgument, "RECTIFICATION_CHECK_EMPTY");
  if (paper && OnSiteOnly(level)) return Forbidden("RECTIFICATION_CHECK_ON_SITE");
  if (check.checker_id.empty() ||
      std::find(finders.begin(), finders.end(), check.checker_id) != finders.end())
    return Forbidden("RECTIFICATION_CHECK_BY_FINDER");
  return absl::OkStatus();
}

std::vector<std::string> FindersOf(const Rectification& rectification) {
  std::vector<std::string> finders;
  for (const records::v1::FindingSource& source : rectification.sources())
    finders.push_back(source.finder_id());
  return finders;
}

int ReworkCount(const Rectification& rectification) {
  const auto& checks = rectification.checks();
  return static_cast<int>(std::count_if(checks.begin(), checks.end(), [](const auto& check) {
    return check.result() != records::v1::LOOKBACK_RESULT_UNSPECIFIED &&
           check.result() != records::v1::LOOKBACK_RESULT_DONE;
  }));
}

std::string FormatNoticeNumber(absl::string_view prefix, int year, int number) {
  return absl::StrCat(prefix, "〔", year, "〕", number, "号");
}

NoticeNumber ParseNoticeNumber(absl::string_view text) {
  constexpr absl::string_view kOpen = "〔";
  constexpr absl::string_view kClose = "〕";
  constexpr absl::string_view kEnd = "号";
  const std::size_t open = text.rfind(kOpen);
  const std::size_t close = text.rfind(kClose);
  if (open == text.npos || close == text.npos || close < open || !absl::EndsWith(text, kEnd))
    return {};
  const std::size_t from = close + kClose.size();
  NoticeNumber number;
  const bool read =
      absl::SimpleAtoi(text.substr(open + kOpen.size(), close - open - kOpen.size()),
                       &number.year) &&
      absl::SimpleAtoi(text.substr(from, text.size() - kEnd.size() - from), &number.number);
  return read && number.year > 0 && number.number > 0 ? number : NoticeNumber{};
}

}  // namespace dudao::domain
