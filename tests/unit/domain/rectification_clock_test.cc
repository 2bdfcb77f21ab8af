#include "dudao/domain/rectification_clock.h"

#include <gtest/gtest.h>

#include "data_file.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using namespace records::v1;  // NOLINT: enum values only

WorkingCalendar Calendar2026() {
  WorkingCalendar calendar;
  EXPECT_TRUE(calendar.LoadCsv(DataFile("holidays-2026.csv")).ok());
  return calendar;
}

TimeLimit Limit(records::v1::LimitUnit unit, unsigned amount) {
  TimeLimit limit;
  limit.set_unit(unit);
  limit.set_amount(amount);
  return limit;
}

std::string Due(const TimeLimit& limit, absl::CivilSecond issued) {
  const auto due = DueUnder(Calendar2026(), limit, UnixMs(issued));
  EXPECT_TRUE(due.ok()) << due.status();
  return due.ok() ? FormatDay(due->day) + (due->provisional ? "?" : "") : "";
}

TEST(RectificationClock, DueDaysAreThoseOfTheFieldsVectors) {
  const auto days = [](unsigned n) { return Limit(LIMIT_UNIT_WORKING_DAY, n); };
  EXPECT_EQ(Due(days(3), absl::CivilSecond(2026, 9, 30, 9)), "2026-10-10");
  EXPECT_EQ(Due(days(5), absl::CivilSecond(2026, 9, 28, 9, 30)), "2026-10-10");
  EXPECT_EQ(Due(days(1), absl::CivilSecond(2026, 9, 18, 9)), "2026-09-20");
  EXPECT_EQ(Due(days(1), absl::CivilSecond(2026, 9, 24, 9)), "2026-09-28");
  EXPECT_EQ(Due(days(3), absl::CivilSecond(2026, 2, 13, 9)), "2026-02-25");
  EXPECT_EQ(Due(days(3), absl::CivilSecond(2026, 4, 30, 9)), "2026-05-08");
  EXPECT_EQ(Due(days(15), absl::CivilSecond(2026, 9, 21, 9)), "2026-10-19");
  EXPECT_EQ(Due(days(10), absl::CivilSecond(2026, 12, 21, 9)), "2027-01-04?")
      << "that year is not loaded";
  EXPECT_EQ(Due(Limit(LIMIT_UNIT_MONTH, 1), absl::CivilSecond(2026, 9, 28, 9, 30)), "2026-10-28");
  EXPECT_EQ(Due(Limit(LIMIT_UNIT_MONTH, 1), absl::CivilSecond(2026, 1, 31, 9)), "2026-02-28");
  // 23:59 and 00:00 local are two days.
  EXPECT_EQ(Due(Limit(LIMIT_UNIT_CALENDAR_DAY, 3), absl::CivilSecond(2026, 9, 28, 23, 59, 59)),
            "2026-10-01");
  EXPECT_EQ(Due(Limit(LIMIT_UNIT_CALENDAR_DAY, 3), absl::CivilSecond(2026, 9, 29, 0, 0, 0)),
            "2026-10-02");
}

TEST(RectificationClock, LevelsHaveTheLimitsOf13710) {
  EXPECT_EQ(Due(DefaultLimit(FINDING_LEVEL_AT_ONCE), absl::CivilSecond(2026, 9, 28, 9)),
            "2026-10-01");
  EXPECT_EQ(Due(DefaultLimit(FINDING_LEVEL_ORDINARY), absl::CivilSecond(2026, 9, 28, 9)),
            "2026-10-05");
  EXPECT_EQ(Due(DefaultLimit(FINDING_LEVEL_SERIOUS), absl::CivilSecond(2026, 9, 28, 9)),
            "2026-10-28");
  EXPECT_FALSE(DefaultLimit(FINDING_LEVEL_LONG_TERM).has_unit());
  EXPECT_EQ(ReasonOf(DueUnder(Calendar2026(), {}, 1).status()), "RECTIFICATION_LIMIT_MISSING");
}

TEST(RectificationClock, RefusesAbsurdLimits) {
  EXPECT_TRUE(CheckLimit({}).ok());
  EXPECT_TRUE(CheckLimit(Limit(LIMIT_UNIT_MONTH, 2000)).ok());
  for (const TimeLimit& limit :
       {Limit(LIMIT_UNIT_MONTH, 0), Limit(LIMIT_UNIT_MONTH, 2001), Limit(LIMIT_UNIT_UNSPECIFIED, 3),
        Limit(static_cast<records::v1::LimitUnit>(99), 3), Limit(LIMIT_UNIT_MONTH, 4'000'000'000)})
    EXPECT_EQ(ReasonOf(CheckLimit(limit)), "RECTIFICATION_LIMIT_WRONG") << limit.DebugString();
}

Rectification Issued(const TimeLimit& limit, absl::CivilSecond at, const std::string& due) {
  Rectification rectification;
  *rectification.mutable_limit() = limit;
  rectification.set_issued_at_ms(UnixMs(at));
  rectification.set_due_date(due);
  return rectification;
}

TEST(RectificationClock, LightOfWorkingHoursIsThatOfTheVectors) {
  // 24 working hours from Monday morning: three days of eight hours.
  const auto times = LightTimesOf(
      Calendar2026(),
      Issued(Limit(LIMIT_UNIT_WORKING_HOUR, 24), absl::CivilSecond(2026, 9, 21, 8), "2026-09-23"));
  ASSERT_TRUE(times.runs());
  // 19.2 hours: two days, then 3.2 of the third: 11:12.
  EXPECT_EQ(LocalTime(times.green_until_ms), absl::CivilSecond(2026, 9, 23, 11, 12));
  EXPECT_EQ(LocalTime(times.yellow_until_ms), absl::CivilSecond(2026, 9, 23, 18));
}

TEST(RectificationClock, LightOfWorkingDaysWaitsOverTheHoliday) {
  const auto times = LightTimesOf(
      Calendar2026(),
      Issued(Limit(LIMIT_UNIT_WORKING_DAY, 5), absl::CivilSecond(2026, 9, 28, 18), "2026-10-10"));
  // Four of five days are used when office hours begin on the made-up Saturday.
  EXPECT_EQ(LocalTime(times.green_until_ms), absl::CivilSecond(2026, 10, 10, 8));
  EXPECT_EQ(LocalTime(times.yellow_until_ms), absl::CivilSecond(2026, 10, 11));
}

TEST(RectificationClock, LightIsThatOfLightForWhenever) {
  const absl::CivilSecond issued(2026, 9, 28, 9, 30);
  const auto times =
      LightTimesOf(Calendar2026(), Issued(Limit(LIMIT_UNIT_MONTH, 1), issued, "2026-10-28"));
  const absl::CivilSecond until(2026, 10, 29);
  EXPECT_EQ(LocalTime(times.yellow_until_ms), until);
  for (absl::CivilSecond now = issued; now < until + 86400; now += 3599) {
    const Light expected = LightFor(absl::Seconds(now - issued), absl::Seconds(until - issued));
    EXPECT_EQ(LightAt(times, UnixMs(now)), expected) << now;
  }
}

TEST(RectificationClock, AnExtensionMovesTheEnd) {
  Rectification rectification =
      Issued(Limit(LIMIT_UNIT_WORKING_HOUR, 8), absl::CivilSecond(2026, 9, 21, 8), "2026-09-21");
  EXPECT_EQ(EffectiveDue(rectification), "2026-09-21");
  EXPECT_EQ(LocalTime(LightTimesOf(Calendar2026(), rectification).yellow_until_ms),
            absl::CivilSecond(2026, 9, 21, 18));
  rectification.set_extended_due("2026-09-28");
  EXPECT_EQ(EffectiveDue(rectification), "2026-09-28");
  EXPECT_EQ(LocalTime(LightTimesOf(Calendar2026(), rectification).yellow_until_ms),
            absl::CivilSecond(2026, 9, 29));
  EXPECT_FALSE(LightTimesOf(Calendar2026(), Rectification()).runs());
  EXPECT_FALSE(LightAt(LightTimesOf(Calendar2026(), Rectification()), 0));
}

}  // namespace
}  // namespace dudao::domain
