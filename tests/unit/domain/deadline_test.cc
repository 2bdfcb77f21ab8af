#include "dudao/domain/deadline.h"

#include <gtest/gtest.h>

#include "data_file.h"
#include "dudao/domain/civil.h"

namespace dudao::domain {
namespace {

WorkingCalendar Calendar2026() {
  WorkingCalendar calendar;
  EXPECT_TRUE(calendar.LoadCsv(DataFile("holidays-2026.csv")).ok());
  return calendar;
}

Deadline Due(const DeadlineRule& rule, absl::CivilSecond issued) {
  const auto due = ComputeDeadline(Calendar2026(), rule, issued);
  EXPECT_TRUE(due.ok()) << due.status();
  return due.value_or(Deadline{});
}

struct Vector {
  DeadlineRule rule;
  absl::CivilSecond issued;
  const char* due;
  bool provisional;
};

class ComputeDeadlineInDays : public testing::TestWithParam<Vector> {};

TEST_P(ComputeDeadlineInDays, GivesTheDayAndItsEnd) {
  const Deadline deadline = Due(GetParam().rule, GetParam().issued);
  EXPECT_EQ(FormatDay(deadline.day), GetParam().due);
  EXPECT_EQ(deadline.until, absl::CivilSecond(deadline.day + 1));
  EXPECT_EQ(deadline.provisional, GetParam().provisional);
}

constexpr DeadlineRule kFiveWorkingDays{LimitUnit::kWorkingDay, 5, false};
constexpr DeadlineRule kTenWorkingDays{LimitUnit::kWorkingDay, 10, false};
constexpr DeadlineRule kOneMonth{LimitUnit::kMonth, 1, false};

INSTANTIATE_TEST_SUITE_P(
    Vectors, ComputeDeadlineInDays,
    testing::Values(
        Vector{kFiveWorkingDays, absl::CivilSecond(2026, 9, 28, 9, 30), "2026-10-10", false},
        Vector{kTenWorkingDays, absl::CivilSecond(2026, 12, 21, 9), "2027-01-04", true},
        Vector{kOneMonth, absl::CivilSecond(2026, 9, 28, 9, 30), "2026-10-28", false},
        Vector{kOneMonth, absl::CivilSecond(2026, 1, 31), "2026-02-28", false},
        Vector{kOneMonth, absl::CivilSecond(2024, 1, 31), "2024-02-29", false},
        Vector{kOneMonth, absl::CivilSecond(2026, 12, 31), "2027-01-31", false},
        Vector{{LimitUnit::kMonth, 2, false}, absl::CivilSecond(2026, 12, 31), "2027-02-28", false},
        Vector{FollowUpRule(FollowUpStep::kStudy), absl::CivilSecond(2026, 9, 28, 23, 59, 59),
               "2026-09-28", false},
        Vector{FollowUpRule(FollowUpStep::kReport), absl::CivilSecond(2026, 9, 28, 9, 30),
               "2026-10-01", false},
        Vector{FollowUpRule(FollowUpStep::kSolveOrdinary), absl::CivilSecond(2026, 9, 28),
               "2026-10-05", false},
        Vector{FollowUpRule(FollowUpStep::kSolveMajor), absl::CivilSecond(2026, 9, 28),
               "2026-10-28", false}));

TEST(Deadline, GivesEachLevelItsRule) {
  const absl::CivilSecond issued(2026, 9, 28, 9, 30);
  EXPECT_EQ(FormatDay(Due(*DefaultRule(records::v1::FINDING_LEVEL_AT_ONCE), issued).day),
            "2026-10-01");
  EXPECT_EQ(FormatDay(Due(*DefaultRule(records::v1::FINDING_LEVEL_ORDINARY), issued).day),
            "2026-10-05");
  EXPECT_EQ(FormatDay(Due(*DefaultRule(records::v1::FINDING_LEVEL_SERIOUS), issued).day),
            "2026-10-28");
  EXPECT_FALSE(DefaultRule(records::v1::FINDING_LEVEL_LONG_TERM).has_value());
  EXPECT_FALSE(DefaultRule(records::v1::FINDING_LEVEL_UNSPECIFIED).has_value());
}

TEST(Deadline, RunsWorkingHoursOverNoonNightAndHoliday) {
  const DeadlineRule four_hours{LimitUnit::kWorkingHour, 4, false};
  EXPECT_EQ(Due(four_hours, absl::CivilSecond(2026, 9, 21, 9)).until,
            absl::CivilSecond(2026, 9, 21, 15));
  EXPECT_EQ(Due(four_hours, absl::CivilSecond(2026, 9, 21, 8)).until,
            absl::CivilSecond(2026, 9, 21, 12));
  // Wednesday 30 September 16:00; the clock stops over 1-7 October.
  const Deadline over_holiday = Due(four_hours, absl::CivilSecond(2026, 9, 30, 16));
  EXPECT_EQ(over_holiday.until, absl::CivilSecond(2026, 10, 8, 10));
  EXPECT_EQ(over_holiday.day, absl::CivilDay(2026, 10, 8));
  EXPECT_FALSE(over_holiday.provisional);
  EXPECT_TRUE(Due(four_hours, absl::CivilSecond(2026, 12, 31, 17)).provisional);
}

TEST(Deadline, MeasuresWorkingTimeBackTheSameWay) {
  const WorkingCalendar calendar = Calendar2026();
  const DeadlineRule rule{LimitUnit::kWorkingHour, 24, false};
  for (const absl::CivilSecond issued :
       {absl::CivilSecond(2026, 9, 30, 16), absl::CivilSecond(2026, 9, 20, 3),
        absl::CivilSecond(2026, 2, 13, 12, 30)}) {
    const Deadline due = Due(rule, issued);
    EXPECT_EQ(WorkingTimeBetween(calendar, issued, due.until).time, absl::Hours(24)) << issued;
  }
  EXPECT_EQ(
      WorkingTimeBetween(calendar, absl::CivilSecond(2026, 9, 22), absl::CivilSecond(2026, 9, 21))
          .time,
      absl::ZeroDuration());
}

TEST(Deadline, ShowsTheLightOfTheTimeUsed) {
  const absl::Duration limit = absl::Hours(24);
  EXPECT_EQ(LightFor(absl::Minutes(1152), limit), Light::kGreen);   // 19.2 h
  EXPECT_EQ(LightFor(absl::Minutes(1158), limit), Light::kYellow);  // 19.3 h
  EXPECT_EQ(LightFor(absl::Hours(24), limit), Light::kYellow);
  EXPECT_EQ(LightFor(absl::Minutes(1446), limit), Light::kRed);  // 24.1 h
}

TEST(Deadline, RefusesAbsurdRules) {
  const WorkingCalendar calendar;
  const absl::CivilSecond now(2026, 9, 28);
  EXPECT_FALSE(ComputeDeadline(calendar, {LimitUnit::kMonth, -1, false}, now).ok());
  EXPECT_FALSE(ComputeDeadline(calendar, {LimitUnit::kCalendarDay, 0, true}, now).ok());
  EXPECT_FALSE(ComputeDeadline(calendar, {LimitUnit::kWorkingHour, 1 << 30, false}, now).ok());
  OfficeHours upside_down;
  upside_down.morning_to = 0;
  EXPECT_FALSE(
      ComputeDeadline(calendar, {LimitUnit::kWorkingHour, 1, false}, now, upside_down).ok());
}

TEST(Deadline, EndsWhereThereAreNoOfficeHours) {
  const OfficeHours none{0, 0, 0, 0};
  const auto due =
      ComputeDeadline({}, {LimitUnit::kWorkingHour, 1, false}, absl::CivilSecond(2026, 1, 1), none);
  ASSERT_TRUE(due.ok());
  EXPECT_TRUE(due->provisional);
}

}  // namespace
}  // namespace dudao::domain
