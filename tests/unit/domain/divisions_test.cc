#include "dudao/domain/divisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "data_file.h"
#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using records::v1::Place;
using testing::HasSubstr;

constexpr char kHead[] =
    "code,name,level,parent\n140824,稷山县,county,1408\n140824103,翟店镇,township,140824\n";

std::string ErrorOf(const std::string& text) {
  const auto places = ParseDivisions(text);
  EXPECT_EQ(ReasonOf(places.status()), "IMPORT_FILE_WRONG") << text;
  return std::string(places.status().message());
}

TEST(Divisions, ReadsTheRealCounty) {
  const auto places = ParseDivisions(DataFile("jishan-divisions.csv"));
  ASSERT_TRUE(places.ok()) << places.status();
  std::map<records::v1::UnitType, int> types;
  std::map<records::v1::PlaceLevel, int> levels;
  int plannable = 0;
  for (const Place& place : *places) {
    ++types[place.unit_type()];
    ++levels[place.level()];
    plannable += place.plannable() ? 1 : 0;
  }
  EXPECT_EQ(places->size(), 161u);
  EXPECT_EQ(levels[records::v1::PLACE_LEVEL_COUNTY], 1);
  EXPECT_EQ(levels[records::v1::PLACE_LEVEL_TOWNSHIP], 9);
  EXPECT_EQ(levels[records::v1::PLACE_LEVEL_VILLAGE], 151);
  EXPECT_EQ(types[records::v1::UNIT_TYPE_VILLAGE], 144);
  EXPECT_EQ(types[records::v1::UNIT_TYPE_COMMUNITY], 7);
  EXPECT_EQ(plannable, 159) << "all but the county and the virtual community";
}

TEST(Divisions, ShowsNamesAsPeopleSayThem) {
  EXPECT_EQ(DisplayName("东街村委会"), "东街村");
  EXPECT_EQ(DisplayName("马村村委会"), "马村");
  EXPECT_EQ(DisplayName("化峪镇村委会"), "化峪镇村");
  EXPECT_EQ(DisplayName("路村庄村委会"), "路村庄村");
  EXPECT_EQ(DisplayName("汾水社区居委会"), "汾水社区");
  EXPECT_EQ(DisplayName("翟店镇"), "翟店镇");
  EXPECT_EQ(DisplayName("居委会"), "居委会");
}

TEST(Divisions, KeepsTheThirteenVillagesWhoseNamesEndInCunCunWeiHui) {
  const auto places = ParseDivisions(DataFile("jishan-divisions.csv"));
  ASSERT_TRUE(places.ok());
  int count = 0;
  for (const Place& place : *places) {
    EXPECT_THAT(place.display_name(), Not(HasSubstr("委会")));
    const std::string& name = place.name();
    if (name.size() > 12 && name.substr(name.size() - 12) == "村村委会") ++count;
  }
  EXPECT_EQ(count, 13);
}

TEST(Divisions, AcceptsByteOrderMarkAndCrLf) {
  std::string text = DataFile("jishan-divisions.csv");
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2))
    text.insert(at, "\r");
  const auto places = ParseDivisions("\xEF\xBB\xBF" + text);
  ASSERT_TRUE(places.ok()) << places.status();
  EXPECT_EQ(places->size(), 161u);
}

TEST(Divisions, NamesRowAndColumnOfEachProblem) {
  const std::string head = kHead;
  EXPECT_THAT(ErrorOf(head + "14082410320,翟东村委会,village,140824103\n"),
              HasSubstr("line 4, column 1: code \"14082410320\" must have 12 digits"));
  EXPECT_THAT(ErrorOf(head + "14082410320x,翟东村委会,village,140824103\n"),
              HasSubstr("line 4, column 1"));
  EXPECT_THAT(ErrorOf(head + "140824103,翟店镇,township,140824\n"),
              HasSubstr("line 4, column 1: code 140824103 is given twice"));
  EXPECT_THAT(ErrorOf(head + "140824103200,,village,140824103\n"), HasSubstr("line 4, column 2"));
  EXPECT_THAT(ErrorOf(head + "140824103200,翟东村委会 ,village,140824103\n"),
              HasSubstr("line 4, column 2"));
  EXPECT_THAT(ErrorOf(head + "140824103200,翟东村委会,hamlet,140824103\n"),
              HasSubstr("line 4, column 3: level \"hamlet\""));
  EXPECT_THAT(ErrorOf(head + "140824103200,翟东村委会,village,140824104\n"),
              HasSubstr("line 4, column 4: parent \"140824104\" must be the first 9 digits"));
  EXPECT_THAT(ErrorOf(head + "140824104200,清河村委会,village,140824104\n"),
              HasSubstr("line 4, column 4: parent 140824104 is not in the list"));
  EXPECT_THAT(ErrorOf(head + "140825,新绛县,county,1408\n"),
              HasSubstr("line 4, column 3: a second county"));
  EXPECT_THAT(ErrorOf("code,name,level,parent\n"), HasSubstr("no county"));
  EXPECT_THAT(ErrorOf("SQLite format 3"), HasSubstr("line 1"));
}

TEST(Divisions, ReportsAllProblemsAtOnce) {
  const std::string error = ErrorOf(std::string(kHead) + "1,a,village,2\n3,b,township,4\n");
  EXPECT_THAT(error, HasSubstr("line 4, column 1"));
  EXPECT_THAT(error, HasSubstr("line 5, column 1"));
}

TEST(Divisions, FillsPinyinInForEveryPlace) {
  auto places = ParseDivisions(DataFile("jishan-divisions.csv"));
  ASSERT_TRUE(places.ok());
  const absl::Status status = ApplyPinyin(DataFile("jishan-pinyin.csv"), &*places);
  ASSERT_TRUE(status.ok()) << status;
  for (const Place& place : *places) EXPECT_FALSE(place.pinyin_full().empty()) << place.name();
}

TEST(Divisions, RefusesAnIndexThatDoesNotFit) {
  auto places = ParseDivisions(kHead);
  ASSERT_TRUE(places.ok());
  const auto error = [&places](const std::string& rows) {
    return std::string(ApplyPinyin("code,initials,full\n" + rows, &*places).message());
  };
  EXPECT_THAT(error("140824,jsx,jishanxian\n"), HasSubstr("place 140824103 is missing"));
  EXPECT_THAT(error("140824,jsx,jishanxian\n140824,jsx,jishanxian\n"),
              HasSubstr("line 3, column 1"));
  EXPECT_THAT(error("9,jsx,jishanxian\n"), HasSubstr("line 2, column 1"));
  EXPECT_THAT(error("140824,JSX,jishanxian\n"), HasSubstr("line 2, column 2: must be letters"));
  EXPECT_TRUE((*places)[0].pinyin_full().empty()) << "a refused index must leave the places alone";
}

}  // namespace
}  // namespace dudao::domain
