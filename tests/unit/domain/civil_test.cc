#include "dudao/domain/civil.h"

#include <gtest/gtest.h>

namespace dudao::domain {
namespace {

TEST(Civil, TakesTheLocalDayAtMidnight) {
  // 2026-09-20 23:59:59.999 and 2026-09-21 00:00 in Asia/Shanghai.
  EXPECT_EQ(LocalDay(1789919999999), absl::CivilDay(2026, 9, 20));
  EXPECT_EQ(LocalDay(1789920000000), absl::CivilDay(2026, 9, 21));
  EXPECT_EQ(UnixMs(absl::CivilSecond(2026, 9, 21)), 1789920000000);
}

TEST(Civil, ReadsOnlyDaysThatExist) {
  EXPECT_EQ(ParseDay("2026-02-28"), absl::CivilDay(2026, 2, 28));
  EXPECT_EQ(ParseDay("2024-02-29"), absl::CivilDay(2024, 2, 29));
  for (const char* text :
       {"2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "2026-1-1",
        "2026/01/01", "", "2026-01-01 ", "-026-01-01", "20x6-01-01"}) {
    EXPECT_FALSE(ParseDay(text).has_value()) << text;
  }
}

TEST(Civil, ReadsMonths) {
  EXPECT_EQ(ParseMonth("2026-09"), absl::CivilMonth(2026, 9));
  EXPECT_FALSE(ParseMonth("2026-13").has_value());
  EXPECT_FALSE(ParseMonth("2026-09-01").has_value());
}

TEST(Civil, WritesWhatItReads) { EXPECT_EQ(FormatDay(absl::CivilDay(2026, 9, 1)), "2026-09-01"); }

}  // namespace
}  // namespace dudao::domain
