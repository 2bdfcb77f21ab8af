#include "dudao/domain/people_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "data_file.h"
#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const std::string& rows) {
  const auto list = ParsePeople("person_id,name,home_department,team_id,role\n" + rows);
  EXPECT_EQ(ReasonOf(list.status()), "IMPORT_FILE_WRONG") << rows;
  return std::string(list.status().message());
}

TEST(PeopleList, HasFourTeamsOfFiveAndTheOffice) {
  const auto list = ParsePeople(DataFile("sample-people.csv"));
  ASSERT_TRUE(list.ok()) << list.status();
  std::map<std::string, int> sizes;
  std::map<std::string, std::string> names;
  for (const auto& person : list->people) {
    if (person.has_team_id()) ++sizes[person.team_id()];
    names[person.person_id()] = person.name();
  }
  EXPECT_EQ(sizes, (std::map<std::string, int>{{"D1", 5}, {"D2", 5}, {"D3", 5}, {"D4", 5}}));
  ASSERT_EQ(list->teams.size(), 4u);
  EXPECT_EQ(list->teams[1].name(), "第二督导组");
  EXPECT_EQ(names[list->teams[1].lead_id()], "张督一");
  EXPECT_EQ(names["p21"], "赵审");
}

TEST(PeopleList, GivesAReporterTheirUnitAndNoTeam) {
  const auto list = ParsePeople(
      "person_id,name,home_department,team_id,role\nr1,a,翟店镇,140824103,reporter\n"
      "r2,b,应急管理局,应急管理局,reporter\nr3,c,d,,reporter\n");
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_TRUE(list->teams.empty());
  EXPECT_EQ(list->people[0].team_id(), "140824103");
  EXPECT_EQ(list->people[1].team_id(), "应急管理局");
  EXPECT_FALSE(IsUnitName(""));
  EXPECT_FALSE(IsUnitName("a\"b"));
  EXPECT_FALSE(IsUnitName(std::string("a\nb")));
  EXPECT_FALSE(IsUnitName(std::string(101, 'x')));
}

TEST(PeopleList, NamesRowAndColumnOfEachProblem) {
  EXPECT_THAT(ErrorOf(",a,b,D1,lead\n"), HasSubstr("line 2, column 1"));
  EXPECT_THAT(ErrorOf("p1,,b,D1,lead\n"), HasSubstr("line 2, column 2"));
  EXPECT_THAT(ErrorOf("p1,a,b,D 1,lead\n"), HasSubstr("line 2, column 4"));
  EXPECT_THAT(ErrorOf("p1,a,b,,inspector\n"), HasSubstr("line 2, column 4"));
  EXPECT_THAT(ErrorOf("p1,a,b,D1,reviewer\n"), HasSubstr("line 2, column 4"));
  EXPECT_THAT(ErrorOf("p1,a,b,D1,boss\n"), HasSubstr("line 2, column 5: \"boss\" is no role"));
  EXPECT_THAT(ErrorOf("p1,a,b,D1,lead\np1,c,d,D1,inspector\n"),
              HasSubstr("line 3, column 1: id p1 is given twice"));
  EXPECT_THAT(ErrorOf("p1,a,b,D1,lead\np2,c,d,D1,lead\n"),
              HasSubstr("line 3, column 5: a second lead"));
  EXPECT_THAT(ErrorOf("p1,a,b,D1,inspector\n"), HasSubstr("team D1 has no lead"));
}

}  // namespace
}  // namespace dudao::domain
