#include "dudao/domain/deadline.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

constexpr int kMaxAmount = 2000;
constexpr int kMaxYears = 10;

absl::Duration Overlap(absl::CivilSecond from, absl::CivilSecond to, absl::CivilDay day,
                       int minute_from, int minute_to) {
  const absl::CivilSecond start =
      std::max(from, absl::CivilSecond(absl::CivilMinute(day) + minute_from));
  const absl::CivilSecond end = std::min(to, absl::CivilSecond(absl::CivilMinute(day) + minute_to));
  return end > start ? absl::Seconds(end - start) : absl::ZeroDuration();
}

absl::CivilDay AddMonths(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  return absl::CivilDay(month) + (std::min(day.day(), last.day()) - 1);
}

Deadline UntilEndOf(absl::CivilDay day, bool provisional) {
  return {absl::CivilSecond(day + 1), day, provisional};
}

// Walks through office hours until `left` is used up. The deadline falls at the end of a period
// rather than at the beginning of the next one.
Deadline AddWorkingHours(const WorkingCalendar& calendar, absl::CivilSecond issued, int amount,
                         const OfficeHours& hours) {
  absl::Duration left = absl::Hours(amount);
  bool provisional = false;
  const absl::CivilSecond never(absl::CivilDay(issued) + 366 * kMaxYears);
  for (absl::CivilDay day(issued);; ++day) {
    if (!calendar.IsLoaded(day.year())) provisional = true;
    if (!calendar.IsWorkingDay(day)) continue;
    const int periods[2][2] = {{hours.morning_from, hours.morning_to},
                               {hours.afternoon_from, hours.afternoon_to}};
    for (const auto& period : periods) {
      const absl::Duration here = Overlap(issued, never, day, period[0], period[1]);
      if (here < left) {
        left -= here;
        continue;
      }
      const absl::CivilSecond start =
          std::max(issued, absl::CivilSecond(absl::CivilMinute(day) + period[0]));
      return {start + absl::ToInt64Seconds(left), day, provisional};
    }
    if (absl::CivilSecond(day) > never) return {never, day, true};
  }
}

bool AreHours(const OfficeHours& hours) {
  return 0 <= hours.morning_from && hours.morning_from <= hours.morning_to &&
         hours.morning_to <= hours.afternoon_from && hours.afternoon_from <= hours.afternoon_to &&
         hours.afternoon_to <= 24 * 60;
}

}  // namespace

DeadlineRule FollowUpRule(FollowUpStep step) {
  switch (step) {
    case FollowUpStep::kStudy:
      return {LimitUnit::kCalendarDay, 1, true};
    case FollowUpStep::kReport:
      return {LimitUnit::kCalendarDay, 3, false};
    case FollowUpStep::kSolveOrdinary:
      return {LimitUnit::kCalendarDay, 7, false};
    case FollowUpStep::kSolveMajor:
      break;
  }
  return {LimitUnit::kMonth, 1, false};
}

std::optional<DeadlineRule> DefaultRule(records::v1::FindingLevel level) {
  switch (level) {
    case records::v1::FINDING_LEVEL_AT_ONCE:
      return FollowUpRule(FollowUpStep::kReport);
    case records::v1::FINDING_LEVEL_ORDINARY:
      return FollowUpRule(FollowUpStep::kSolveOrdinary);
    case records::v1::FINDING_LEVEL_SERIOUS:
      return FollowUpRule(FollowUpStep::kSolveMajor);
    default:
      return std::nullopt;
  }
}

absl::StatusOr<Deadline> ComputeDeadline(const WorkingCalendar& calendar, const DeadlineRule& rule,
                                         absl::CivilSecond issued, const OfficeHours& hours) {
  const int amount = rule.issue_day_counts ? rule.amount - 1 : rule.amount;
  if (amount < 0 || amount > kMaxAmount || !AreHours(hours)) {
    return Refusal(absl::StatusCode::kInvalidArgument, "DEADLINE_AMOUNT_WRONG",
                   {absl::StrCat(rule.amount), absl::StrCat(kMaxAmount)});
  }
  const absl::CivilDay issue_day(issued);
  switch (rule.unit) {
    case LimitUnit::kCalendarDay:
      return UntilEndOf(issue_day + amount, false);
    case LimitUnit::kWorkingDay: {
      const auto due = calendar.AddWorkingDays(issue_day, amount);
      if (!due.ok()) return due.status();
      return UntilEndOf(due->day, due->provisional);
    }
    case LimitUnit::kWorkingHour:
      return AddWorkingHours(calendar, issued, amount, hours);
    case LimitUnit::kMonth:
      break;
  }
  return UntilEndOf(AddMonths(issue_day, amount), false);
}

WorkingTime WorkingTimeBetween(const WorkingCalendar& calendar, absl::CivilSecond from,
                               absl::CivilSecond to, const OfficeHours& hours) {
  WorkingTime sum{absl::ZeroDuration(), false};
  const absl::CivilDay last = std::min(absl::CivilDay(to), absl::CivilDay(from) + 366 * kMaxYears);
  for (absl::CivilDay day(from); day <= last; ++day) {
    if (!calendar.IsLoaded(day.year())) sum.provisional = true;
    if (!calendar.IsWorkingDay(day)) continue;
    sum.time += Overlap(from, to, day, hours.morning_from, hours.morning_to);
    sum.time += Overlap(from, to, day, hours.afternoon_from, hours.afternoon_to);
  }
  return sum;
}

Light LightFor(absl::Duration used, absl::Duration limit) {
  // In fifths, so that exactly 80 % is still green whatever the limit.
  if (used * 5 <= limit * 4) return Light::kGreen;
  return used <= limit ? Light::kYellow : Light::kRed;
}

}  // namespace dudao::domain
