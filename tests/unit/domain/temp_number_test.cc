#include "dudao/domain/temp_number.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using testing::ElementsAre;

const absl::CivilDay kDay(2026, 9, 21);

std::string Next(int tablet, const std::vector<std::string>& known) {
  return NextTempNumber("D2", kDay, tablet, known).value_or("refused");
}

TEST(TempNumber, NamesTeamDayAndCounter) { EXPECT_EQ(Next(0, {}), "D2-0921-01"); }

TEST(TempNumber, GoesOnAfterTheHighestNumberOfTheDay) {
  EXPECT_EQ(Next(0, {"D2-0921-01", "D2-0921-07", "D2-0920-09", "D3-0921-30", "D2-0921-20B", "x"}),
            "D2-0921-08");
  EXPECT_EQ(Next(0, {"D2-0921-99"}), "D2-0921-100");
  EXPECT_EQ(Next(0, {"D2-0921-999"}), "refused");
}

TEST(TempNumber, NeverCollidesBetweenTabletsOfATeamThatAreOffline) {
  EXPECT_EQ(Next(0, {}), "D2-0921-01");
  EXPECT_EQ(Next(1, {}), "D2-0921-01B");
  EXPECT_EQ(Next(25, {}), "D2-0921-01Z");
  EXPECT_EQ(Next(26, {}), "refused");
  EXPECT_EQ(Next(-1, {}), "refused");
}

TEST(TempNumber, ReadsExactlyWhatItWrites) {
  for (const char* text : {"D2-0921-01", "D2-0229-100C", "D12-1231-07Z"}) {
    const auto number = ParseTempNumber(text);
    ASSERT_TRUE(number.ok()) << number.status();
    EXPECT_EQ(FormatTempNumber(*number).value_or(""), text);
  }
  for (const char* text :
       {"", "D2", "D2-0921", "D2-0921-1", "D2-0921-00", "D2-0921-01A", "D2-0921-01b", "D2-0231-01",
        "D2-1301-01", "D2-0921-001", "D2-0921-1000", "-0921-01", "D2-0921-01BB", "D2-0921-+1",
        "督2-0921-01", "D2-0921-01-F1", "D2-+921-01"}) {
    EXPECT_EQ(ReasonOf(ParseTempNumber(text).status()), "TEMP_NUMBER_WRONG") << text;
  }
}

TEST(TempNumber, NumbersFindingsWithinTheirVisit) {
  const std::vector<std::string> known = {"D2-0921-01-F1", "D2-0921-01-F2", "D2-0921-01-F9B",
                                          "D2-0921-01-F20A", "D2-0921-02-F7"};
  EXPECT_EQ(NextFindingNumber("D2-0921-01", 0, known).value_or(""), "D2-0921-01-F3");
  EXPECT_EQ(NextFindingNumber("D2-0921-01", 1, known).value_or(""), "D2-0921-01-F10B");
  EXPECT_EQ(NextFindingNumber("D2-0921-01", 2, known).value_or(""), "D2-0921-01-F1C");
  EXPECT_FALSE(NextFindingNumber("nonsense", 0, {}).ok());
  EXPECT_FALSE(NextFindingNumber("D2-0921-01", 26, {}).ok());
}

TEST(TempNumber, NamesNumbersThatOccurTwice) {
  const std::vector<std::string> numbers = {"b", "a", "b", "c", "a", "b"};
  EXPECT_THAT(FindDuplicates(numbers), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace dudao::domain
