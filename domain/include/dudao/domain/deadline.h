// Time limits and their lights.
//
// Purpose: the day or hour by which something is due, under a rule with a unit, and green, yellow
// or red for the time used. The default rules are those of the province's "13710" follow-up: study
// it the same day, report within 3 days, solve ordinary problems within 7 days and major ones
// within 1 month. 3 and 7 are calendar days after the day of issue; the day of issue itself is the
// "1". A limit of one month ends on the same day of the next month, or on that month's last day.
// Does not: read the clock, or pause (an extension is a new deadline).
// Threading: pure functions. Ownership: values; the calendar is borrowed for the call.
// Errors: an amount below 0 or absurdly large is InvalidArgument (DEADLINE_AMOUNT_WRONG).
#ifndef DUDAO_DOMAIN_DEADLINE_H_
#define DUDAO_DOMAIN_DEADLINE_H_

#include <absl/status/statusor.h>
#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <optional>

#include "dudao/domain/working_calendar.h"
#include "dudao/records/v1/visit_checks.pb.h"

namespace dudao::domain {

enum class LimitUnit { kCalendarDay, kWorkingDay, kWorkingHour, kMonth };

// A time limit. Where the day of issue counts, it is day 1.
struct DeadlineRule {
  LimitUnit unit = LimitUnit::kCalendarDay;
  int amount = 0;
  bool issue_day_counts = false;
};

// The steps of 13710 that have a limit.
enum class FollowUpStep { kStudy, kReport, kSolveOrdinary, kSolveMajor };
DeadlineRule FollowUpRule(FollowUpStep step);

// The default limit of a finding's level; none for long-term findings, which have milestones
// instead.
std::optional<DeadlineRule> DefaultRule(records::v1::FindingLevel level);

// Office hours of a working day, between which working hours run. Minutes since local midnight.
struct OfficeHours {
  int morning_from = 8 * 60;
  int morning_to = 12 * 60;
  int afternoon_from = 14 * 60;
  int afternoon_to = 18 * 60;
};

// When something is due: not later than `until`, which for limits in days is the end of the due
// day.
struct Deadline {
  absl::CivilSecond until;   // local time; the first moment that is too late
  absl::CivilDay day;        // the due day, as people and papers name it
  bool provisional = false;  // a calendar that is not loaded yet could move it
};

// The deadline of something issued at local time `issued`.
absl::StatusOr<Deadline> ComputeDeadline(const WorkingCalendar& calendar, const DeadlineRule& rule,
                                         absl::CivilSecond issued, const OfficeHours& hours = {});

// Working time between two local times; zero where `to` is not after `from`. At most ten years.
struct WorkingTime {
  absl::Duration time;
  bool provisional = false;
};
WorkingTime WorkingTimeBetween(const WorkingCalendar& calendar, absl::CivilSecond from,
                               absl::CivilSecond to, const OfficeHours& hours = {});

// Green up to 80 % of the limit, yellow up to the limit, red beyond it.
enum class Light { kGreen, kYellow, kRed };
Light LightFor(absl::Duration used, absl::Duration limit);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_DEADLINE_H_
