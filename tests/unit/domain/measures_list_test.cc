#include "dudao/domain/measures_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data_file.h"
#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kHead[] = "measure_id,area,task,title,how_judged,lead_unit,co_units,due_date\n";

std::string ErrorOf(const std::string& rows) {
  const auto list = ParseMeasures(ReadCsvTable(kHead + rows));
  EXPECT_EQ(ReasonOf(list.status()), "IMPORT_FILE_WRONG") << rows;
  for (const ImportFault& fault : FaultsOf(list.status()))
    EXPECT_NE(FaultText(fault, Language::kChinese), fault.reason);
  return std::string(list.status().message());
}

TEST(MeasuresList, HasSixAreasTwentyThreeTasksAndOneHundredThirteenMeasures) {
  const auto list = ParseMeasures(ReadCsvTable(DataFile("measures-default.csv")));
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->areas, 6u);
  EXPECT_EQ(list->tasks, 23u);
  EXPECT_EQ(list->measures.size(), 113u);
  for (const auto& measure : list->measures) EXPECT_FALSE(measure.lead_unit().empty());
}

TEST(MeasuresList, ReadsEveryColumn) {
  const auto list = ParseMeasures(ReadCsvTable(
      std::string(kHead) + "1-1,grid,t,m,h,a,c、b,2026-12-31\n2-1,economy,u,n,,a,,\n"));
  ASSERT_TRUE(list.ok()) << list.status();
  const auto& first = list->measures[0];
  EXPECT_EQ(first.measure_id(), "1-1");
  EXPECT_EQ(first.area(), "grid");
  EXPECT_EQ(first.task(), "t");
  EXPECT_EQ(first.title(), "m");
  EXPECT_EQ(first.how_judged(), "h");
  EXPECT_EQ(first.lead_unit(), "a");
  EXPECT_THAT(first.co_units(), ElementsAre("b", "c"));
  EXPECT_EQ(first.due_date(), "2026-12-31");
  EXPECT_EQ(list->measures[1].due_date(), "");
  EXPECT_EQ(list->measures[1].co_units_size(), 0);
}

TEST(MeasuresList, NamesRowAndColumnOfEachProblem) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("no rows below the header"));
  EXPECT_THAT(ErrorOf("1 1,grid,t,m,h,a,,\n"), HasSubstr("line 2, column 1"));
  EXPECT_THAT(ErrorOf("1,网格,t,m,h,a,,\n"), HasSubstr("line 2, column 2"));
  EXPECT_THAT(ErrorOf("1,grid,,m,h,a,,\n"), HasSubstr("line 2, column 3"));
  EXPECT_THAT(ErrorOf("1,grid,t, m,h,a,,\n"), HasSubstr("line 2, column 4"));
  EXPECT_THAT(ErrorOf("1,grid,t,m,h,,,\n"), HasSubstr("line 2, column 6"));
  EXPECT_THAT(ErrorOf("1,grid,t,m,h,a、b,,\n"), HasSubstr("column 6: a measure has one lead unit"));
  EXPECT_THAT(ErrorOf("1,grid,t,m,h,a,b、,\n"), HasSubstr("line 2, column 7"));
  EXPECT_THAT(ErrorOf("1,grid,t,m,h,a,b、a,\n"), HasSubstr("column 7: \"a\" is the lead unit"));
  EXPECT_THAT(ErrorOf("1,grid,t,m,h,a,,2026-02-30\n"), HasSubstr("line 2, column 8"));
  EXPECT_THAT(ErrorOf("1,grid,t,m,h,a,,\n1,grid,t,n,h,a,,\n"),
              HasSubstr("line 3, column 1: id 1 is given twice"));
  EXPECT_THAT(ErrorOf("1,grid,t,m,h,a,,\n2,economy,t,n,h,a,,\n"),
              HasSubstr("line 3, column 2: task \"t\" lies in area grid"));
  EXPECT_THAT(ErrorOf("1,grid,t," + std::string(3001, 'x') + ",h,a,,\n"),
              HasSubstr("column 4: the text is longer than 3000 bytes"));
  EXPECT_THAT(ErrorOf("1,grid,t,m,h," + std::string(101, 'x') + ",,\n"),
              HasSubstr("column 6: the text is longer than 100 bytes"));
}

}  // namespace
}  // namespace dudao::domain
