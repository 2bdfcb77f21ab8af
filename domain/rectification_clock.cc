#include "dudao/domain/rectification_clock.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using records::v1::TimeLimit;

constexpr unsigned kAmountMax = 2000;

std::optional<LimitUnit> UnitOf(const TimeLimit& limit) {
  switch (limit.unit()) {
    case records::v1::LIMIT_UNIT_CALENDAR_DAY:
      return LimitUnit::kCalendarDay;
    case records::v1::LIMIT_UNIT_WORKING_DAY:
      return LimitUnit::kWorkingDay;
    case records::v1::LIMIT_UNIT_WORKING_HOUR:
      return LimitUnit::kWorkingHour;
    case records::v1::LIMIT_UNIT_MONTH:
      return LimitUnit::kMonth;
    default:
      return std::nullopt;
  }
}

bool InWorkingTime(const TimeLimit& limit) {
  return limit.unit() == records::v1::LIMIT_UNIT_WORKING_DAY ||
         limit.unit() == records::v1::LIMIT_UNIT_WORKING_HOUR;
}

// The last moment up to which at most `time` of working time has passed since `from`.
absl::CivilSecond AfterWorkingTime(const WorkingCalendar& calendar, absl::CivilSecond from,
                                   absl::CivilSecond until, absl::Duration time) {
  // Working time only grows, so the moment is found by halving.
  absl::CivilSecond low = from;
  absl::CivilSecond high = until;
  while (low < high) {
    const absl::CivilSecond middle = low + (high - low + 1) / 2;
    if (WorkingTimeBetween(calendar, from, middle).time <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

// When the time is over: the first moment that is too late.
absl::CivilSecond UntilOf(const WorkingCalendar& calendar,
                          const records::v1::Rectification& rectification, absl::CivilDay due) {
  const bool by_hour = rectification.limit().unit() == records::v1::LIMIT_UNIT_WORKING_HOUR &&
                       rectification.extended_due().empty();
  if (by_hour) {
    const auto deadline = DueUnder(calendar, rectification.limit(), rectification.issued_at_ms());
    if (deadline.ok()) return deadline->until;
  }
  return absl::CivilSecond(due + 1);
}

}  // namespace

TimeLimit DefaultLimit(records::v1::FindingLevel level) {
  TimeLimit limit;
  const auto rule = DefaultRule(level);
  if (!rule) return limit;
  limit.set_unit(rule->unit == LimitUnit::kMonth ? records::v1::LIMIT_UNIT_MONTH
                                                 : records::v1::LIMIT_UNIT_CALENDAR_DAY);
  limit.set_amount(static_cast<unsigned>(rule->amount));
  return limit;
}

absl::Status CheckLimit(const TimeLimit& limit) {
  const bool unset = limit.unit() == records::v1::LIMIT_UNIT_UNSPECIFIED && limit.amount() == 0;
  if (unset || (UnitOf(limit) && limit.amount() > 0 && limit.amount() <= kAmountMax))
    return absl::OkStatus();
  return Refusal(absl::StatusCode::kInvalidArgument, "RECTIFICATION_LIMIT_WRONG",
                 {absl::StrCat(kAmountMax)});
}

absl::StatusOr<Deadline> DueUnder(const WorkingCalendar& calendar, const TimeLimit& limit,
                                  std::int64_t issued_ms) {
  const auto unit = UnitOf(limit);
  if (!unit) return Refusal(absl::StatusCode::kFailedPrecondition, "RECTIFICATION_LIMIT_MISSING");
  if (absl::Status status = CheckLimit(limit); !status.ok()) return status;
  return ComputeDeadline(calendar, {*unit, static_cast<int>(limit.amount()), false},
                         LocalTime(issued_ms));
}

const std::string& EffectiveDue(const records::v1::Rectification& rectification) {
  return rectification.extended_due().empty() ? rectification.due_date()
                                              : rectification.extended_due();
}

LightTimes LightTimesOf(const WorkingCalendar& calendar,
                        const records::v1::Rectification& rectification) {
  const auto due = ParseDay(EffectiveDue(rectification));
  if (!due || rectification.issued_at_ms() == 0) return {};
  const absl::CivilSecond issued = LocalTime(rectification.issued_at_ms());
  const absl::CivilSecond until = UntilOf(calendar, rectification, *due);
  if (until <= issued) return {UnixMs(until), UnixMs(until)};
  const absl::Duration used_when_yellow =
      InWorkingTime(rectification.limit())
          ? WorkingTimeBetween(calendar, issued, until).time * 4 / 5
          : absl::Seconds(until - issued) * 4 / 5;
  const absl::CivilSecond green = InWorkingTime(rectification.limit())
                                      ? AfterWorkingTime(calendar, issued, until, used_when_yellow)
                                      : issued + absl::ToInt64Seconds(used_when_yellow);
  return {UnixMs(green), UnixMs(until)};
}

bool ClockRuns(records::v1::RectificationState state) {
  return state == records::v1::RECTIFICATION_STATE_REVIEW_REQUESTED ||
         (state >= records::v1::RECTIFICATION_STATE_ISSUED &&
          state <= records::v1::RECTIFICATION_STATE_REWORK);
}

std::optional<Light> LightAt(const LightTimes& times, std::int64_t now_ms) {
  if (!times.runs()) return std::nullopt;
  if (now_ms <= times.green_until_ms) return Light::kGreen;
  return now_ms <= times.yellow_until_ms ? Light::kYellow : Light::kRed;
}

}  // namespace dudao::domain
