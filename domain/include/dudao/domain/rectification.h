// The life of a finding in the office's hands: what may be done with it, when, and by whom.
//
// Purpose: the one rule book that every desk asks before it writes a Rectification. The office
// confirms a finding, returns it, merges it or dismisses it; issuing the notice starts the clock;
// the unit signs, plans, replies; somebody who did not find it looks; then it is struck off or goes
// back for rework. A receipt starts nothing. Does not: write anything, count days
// (rectification_clock.h), or know which unit answers (the server does). Threading: pure functions.
// Errors, all for the person to read: PermissionDenied (RECTIFICATION_ROLE_MAY_NOT),
// FailedPrecondition (RECTIFICATION_STATE_FORBIDS and the rules named at each function),
// InvalidArgument (RECTIFICATION_REASON_MISSING).
#ifndef DUDAO_DOMAIN_RECTIFICATION_H_
#define DUDAO_DOMAIN_RECTIFICATION_H_

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <cstdint>
#include <string>
#include <vector>

#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/reference.pb.h"

namespace dudao::domain {

// What may be done. The names (ActName) are those that pages and the command line use.
enum class FindingAct : std::uint8_t {
  kConfirm,
  kReturn,
  kMerge,
  kDismiss,
  kIssue,
  kReceive,
  kPlan,
  kAskExtension,
  kGrantExtension,
  kRefuseExtension,
  kReply,
  kSendLookBack,
  kCheck,
  kClose,  // a check that strikes off
  kPark,
  kUnpark,
  kReview,
  kCancel,
  kReopen,
};
inline constexpr int kFindingActs = static_cast<int>(FindingAct::kReopen) + 1;

// "CONFIRM", "ASK_EXTENSION", ...
absl::string_view ActName(FindingAct act);

// What is known of a finding when somebody wants to do something with it.
struct FindingFacts {
  records::v1::RectificationState state = records::v1::RECTIFICATION_STATE_UNSPECIFIED;
  records::v1::FindingLevel level = records::v1::FINDING_LEVEL_UNSPECIFIED;
  bool has_notice = false;
  int extensions_asked = 0;      // that nobody has decided on
  int extensions_granted = 0;    // since the notice was issued
  bool changed_since = false;    // the finding is not what it was at the last decision
  bool look_back_asked = false;  // of a team, and not used yet
  bool look_back_waits = false;  // a submitted one that no decision used, not by a finder
  bool relapse_waits = false;    // one of them says that it is back
};
FindingFacts FactsOf(const records::v1::Rectification& rectification);

// Whether a person of this role may do this now, and with this reason. Answers of the unit may be
// given by its reporter, or by the reviewer from paper.
absl::Status CheckAct(FindingAct act, const FindingFacts& facts, records::v1::PersonRole role,
                      absl::string_view reason);
// The state after it. REQUIRES: CheckAct allows it.
records::v1::RectificationState StateAfter(FindingAct act, const FindingFacts& facts);

// What this role may do now, in the order of the enumerators.
std::vector<FindingAct> ActsFor(const FindingFacts& facts, records::v1::PersonRole role);
// What the office should do now, the most obvious first; empty where it is the unit's turn.
std::vector<FindingAct> TodoOf(const FindingFacts& facts);

// True until it is struck off, cancelled, dismissed, merged or returned; also while parked.
bool IsAlive(records::v1::RectificationState state);

// Who looked, and how. A look-back's `checker` is whoever wrote its conclusion.
struct Check {
  records::v1::CheckMode mode = records::v1::CHECK_MODE_UNSPECIFIED;
  records::v1::LookbackResult result = records::v1::LOOKBACK_RESULT_UNSPECIFIED;
  std::string checker_id;
  std::string note;
};
// RECTIFICATION_CHECK_BY_FINDER: never by who found it. RECTIFICATION_CHECK_ON_SITE: from 较重 on
// only on site. RECTIFICATION_CHECK_EMPTY: no conclusion, or one on paper without a remark.
absl::Status CheckTaking(const Check& check, records::v1::FindingLevel level,
                         absl::Span<const std::string> finders);

// Everybody who found it, merged findings included.
std::vector<std::string> FindersOf(const records::v1::Rectification& rectification);
// How often it was sent back for rework.
int ReworkCount(const records::v1::Rectification& rectification);

// How often more time may be granted for one notice.
inline constexpr int kExtensionsMax = 1;
inline constexpr int kExtensionDaysMax = 180;

// "稷督整〔2026〕12号".
std::string FormatNoticeNumber(absl::string_view prefix, int year, int number);
struct NoticeNumber {
  int year = 0;  // 0: the text is none
  int number = 0;
};
// Whatever its prefix.
NoticeNumber ParseNoticeNumber(absl::string_view text);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_RECTIFICATION_H_
