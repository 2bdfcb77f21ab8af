#include "dudao/domain/working_calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data_file.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using testing::HasSubstr;

WorkingCalendar Calendar2026() {
  WorkingCalendar calendar;
  const absl::Status status = calendar.LoadCsv(DataFile("holidays-2026.csv"));
  EXPECT_TRUE(status.ok()) << status;
  return calendar;
}

struct Vector {
  const char* start;
  int days;
  const char* due;
  bool provisional;
  const char* why;
};

class AddWorkingDays : public testing::TestWithParam<Vector> {};

TEST_P(AddWorkingDays, FollowsTheOfficialCalendar) {
  const Vector& vector = GetParam();
  const auto due = Calendar2026().AddWorkingDays(*ParseDay(vector.start), vector.days);
  ASSERT_TRUE(due.ok()) << due.status();
  EXPECT_EQ(FormatDay(due->day), vector.due) << vector.why;
  EXPECT_EQ(due->provisional, vector.provisional) << vector.why;
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, AddWorkingDays,
    testing::Values(
        Vector{"2026-09-30", 3, "2026-10-10", false, "holiday 1-7 Oct, Saturday made up"},
        Vector{"2026-09-28", 5, "2026-10-10", false, "the same"},
        Vector{"2026-09-18", 1, "2026-09-20", false, "Sunday made up"},
        Vector{"2026-09-24", 1, "2026-09-28", false, "Mid-Autumn 25-27 Sept"},
        Vector{"2026-02-13", 3, "2026-02-25", false, "14 Feb made up, Spring Festival 15-23"},
        Vector{"2026-04-30", 3, "2026-05-08", false, "May holiday; 9 May made up is later"},
        Vector{"2026-09-21", 15, "2026-10-19", false, "three weeks over two holidays"},
        Vector{"2026-12-21", 10, "2027-01-04", true, "2027 is not published"},
        Vector{"2026-12-21", 8, "2026-12-31", false, "the last day that is known"},
        Vector{"2026-12-21", 9, "2027-01-01", true, "a guess: the first unknown day"},
        Vector{"2025-12-31", 1, "2026-01-04", true, "starts before what is known"},
        Vector{"2026-10-03", 0, "2026-10-03", false, "no days at all"}));

TEST(WorkingCalendar, KnowsTheMadeUpDaysOf2026) {
  const WorkingCalendar calendar = Calendar2026();
  for (const char* day :
       {"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}) {
    EXPECT_TRUE(calendar.IsWorkingDay(*ParseDay(day))) << day;
  }
  for (const char* day : {"2026-01-01", "2026-02-23", "2026-04-06", "2026-06-19", "2026-10-07",
                          "2026-09-19", "2026-10-11"}) {
    EXPECT_FALSE(calendar.IsWorkingDay(*ParseDay(day))) << day;
  }
}

TEST(WorkingCalendar, MakesDeadlinesFirmOnceTheNextYearIsLoaded) {
  WorkingCalendar calendar = Calendar2026();
  ASSERT_TRUE(calendar.LoadCsv("date,kind,name\n2027-01-01,off,元旦\n").ok());
  const auto due = calendar.AddWorkingDays(absl::CivilDay(2026, 12, 21), 10);
  ASSERT_TRUE(due.ok());
  EXPECT_EQ(due->day, absl::CivilDay(2027, 1, 5));
  EXPECT_FALSE(due->provisional);
}

TEST(WorkingCalendar, ReplacesAYearThatIsLoadedAgain) {
  WorkingCalendar calendar = Calendar2026();
  ASSERT_TRUE(calendar.LoadCsv("date,kind,name\n2026-01-01,off,元旦\n").ok());
  EXPECT_TRUE(calendar.IsWorkingDay(absl::CivilDay(2026, 10, 1)));
  EXPECT_FALSE(calendar.IsWorkingDay(absl::CivilDay(2026, 1, 1)));
}

TEST(WorkingCalendar, RefusesMalformedDataAndStaysAsItWas) {
  WorkingCalendar calendar = Calendar2026();
  const struct {
    const char* text;
    const char* reason;
  } kCases[] = {
      {"date,kind\n", "line 1: the header must be date,kind,name"},
      {"date,kind,name\n", "no rows below the header"},
      {"date,kind,name\n2026-02-30,off,x\n", "line 2, column 1: \"2026-02-30\" is no date"},
      {"date,kind,name\n2026-01-01,holiday,x\n", "line 2, column 2: \"holiday\""},
      {"date,kind,name\n2026-01-01,off,\n", "line 2, column 3: the cell is empty"},
      {"date,kind,name\n2026-01-01,off,x\n2027-01-01,off,x\n",
       "line 3, column 1: 2027-01-01 is not in 2026"},
      {"date,kind,name\n2026-01-01,off,x\n2026-01-01,off,x\n",
       "line 3, column 1: 2026-01-01 is given twice"},
      {"date,kind,name\n2026-01-05,work,x\n", "line 2, column 1: 2026-01-05 is no weekend"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = calendar.LoadCsv(test.text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.reason));
    EXPECT_FALSE(ReasonOf(status).empty());
  }
  EXPECT_FALSE(calendar.IsWorkingDay(absl::CivilDay(2026, 10, 1)));
}

TEST(WorkingCalendar, RefusesAbsurdCounts) {
  EXPECT_FALSE(Calendar2026().AddWorkingDays(absl::CivilDay(2026, 1, 1), -1).ok());
  EXPECT_FALSE(Calendar2026().AddWorkingDays(absl::CivilDay(2026, 1, 1), 2001).ok());
}

}  // namespace
}  // namespace dudao::domain
