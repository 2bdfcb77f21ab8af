#include "dudao/domain/import_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dudao/domain/divisions.h"
#include "dudao/domain/people_list.h"
#include "dudao/domain/working_calendar.h"
#include "import_faults.h"

namespace dudao::domain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string ErrorOf(absl::string_view text) {
  ImportFaults faults("list");
  const auto rows = RowsBelow({"a", "b"}, ReadCsvTable(text), &faults);
  EXPECT_EQ(rows.ok(), rows.status().ok());
  return std::string(faults.status().message());
}

TEST(ImportTable, ReadsRowsWithTheirLines) {
  ImportFaults faults("list");
  const auto rows = RowsBelow({"a", "b"}, ReadCsvTable("a,b\n1,2\n\n3,\n"), &faults);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[1].line, 4);
  EXPECT_THAT((*rows)[1].cells, ElementsAre("3", ""));
  EXPECT_EQ(faults.count(), 0u);
}

TEST(ImportTable, AcceptsWhatSpreadsheetsWrite) {
  const ImportTable table = ReadCsvTable(
      "\xEF\xBB\xBF"
      "a,b\r\n\"1,5\",\"say \"\"hi\"\"\"\r\n");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_TRUE(table.faults.empty());
  EXPECT_THAT(table.rows[0].cells, ElementsAre("a", "b"));
  EXPECT_THAT(table.rows[1].cells, ElementsAre("1,5", "say \"hi\""));
}

TEST(ImportTable, NamesTheLineThatIsWrong) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty"));
  EXPECT_THAT(ErrorOf("a,c\n"), HasSubstr("line 1: the header must be a,b"));
  EXPECT_THAT(ErrorOf("a,b\n1,2\n1,2,3\n"), HasSubstr("line 3: 3 columns instead of 2"));
  EXPECT_THAT(ErrorOf("a,b\n1,\xFF\n"), HasSubstr("line 2: not UTF-8"));
  EXPECT_THAT(ErrorOf("a,b\n1,\"2\n"), HasSubstr("line 2: a quote is not closed"));
  EXPECT_THAT(ErrorOf("a,b\n1,2\"3\"\n"), HasSubstr("line 2: a quote"));
  EXPECT_THAT(ErrorOf(std::string("a,b\n1,\0\n", 8)), HasSubstr("line 2: contains a zero byte"));
}

TEST(ImportTable, SaysOnlyThatTheHeadingCannotBeReadWhereThatIsSo) {
  EXPECT_THAT(ErrorOf("a,\xFF\n1,2\n1\n"), HasSubstr("line 1: not UTF-8"));
  EXPECT_THAT(ErrorOf("a,\xFF\n1,2\n1\n"), Not(HasSubstr("line 2")));
}

TEST(ImportTable, NamesAllLinesThatAreWrongInTheirOrder) {
  const std::string error = ErrorOf("a,b\n1\n1,\xFF\n1,2\n1,2,3\n1,\"\n");
  std::size_t at = 0;
  for (const char* line : {"line 2: 1 columns instead of 2\n", "line 3: not UTF-8",
                           "line 5: 3 columns instead of 2\n", "line 6: a quote"}) {
    const std::size_t found = error.find(line, at);
    ASSERT_NE(found, std::string::npos) << line << " in " << error;
    at = found;
  }
}

TEST(ImportTable, RefusesHugeFiles) {
  EXPECT_THAT(ErrorOf(std::string((16U << 20U) + 1, 'a')), HasSubstr("larger than 16 MiB"));
}

TEST(ImportFaults, TellTheFirstTwentyAndKeepTwoHundred) {
  ImportFaults faults("list");
  EXPECT_TRUE(faults.status().ok());
  EXPECT_TRUE(FaultsOf(faults.status()).empty());
  for (int i = 1; i <= 225; ++i) faults.Add(i, 2, "IMPORT_ID_TWICE", {"p\x1f\x1e\n1"});
  const absl::Status status = faults.status();
  const std::string text(status.message());
  EXPECT_THAT(text, HasSubstr("line 20, column 2: id p   1 is given twice"));
  EXPECT_THAT(text, Not(HasSubstr("line 21")));
  EXPECT_THAT(text, HasSubstr("and 205 more"));
  const auto kept = FaultsOf(status);
  ASSERT_EQ(kept.size(), 201u);
  EXPECT_EQ(kept[199].row, 200);
  EXPECT_EQ(kept[199].column, 2);
  EXPECT_EQ(FaultText(kept[199], Language::kChinese), "编号 p   1 重复");
  EXPECT_EQ(kept[200].row, 0);
  EXPECT_EQ(FaultText(kept[200], Language::kEnglish), "and 25 more");
}

TEST(ImportFaults, AreChineseInTheChineseText) {
  const absl::Status status =
      ParsePeople("person_id,name,home_department,team_id,role\n,a,b,,boss\n").status();
  EXPECT_EQ(TextOf(status, Language::kChinese),
            "导入文件有误（人员名单）：第2行第1列：此格不能为空\n第2行第5列：“boss”不是角色；可用 "
            "inspector、lead、reviewer、leader、reporter、admin");
  EXPECT_THAT(TextOf(status, Language::kEnglish), HasSubstr("line 2, column 1: the cell is empty"));
}

// Every fault of every list has a Chinese text of its own: none falls back to its code or to
// English.
TEST(ImportFaults, HaveATextForEachFaultOfEachList) {
  auto places = ParseDivisions("code,name,level,parent\n1,稷山县,county,1408\n");
  std::vector<records::v1::Place> none;
  const absl::Status refusals[] = {
      places.status(),
      ParseDivisions("code,name,level,parent\n").status(),
      ParseDivisions("code,name,level,parent\n1,,county,2\n140824,a,county,1408\n140824,a,county,"
                     "1408\n140824100,b,hamlet,3\n140825100,b,township,140825\n")
          .status(),
      ApplyPinyin("code,initials,full\n1,A,\n", &none),
      ParsePeople("person_id,name,home_department,team_id,role\np1,a,b,D1,lead\np1,,b,D1,lead\n"
                  "p2,a,b,D2,inspector\np3,a,b,D1,reviewer\np4\n")
          .status(),
      ParseHolidayYear("date,kind,name\n").status(),
      ParseHolidayYear("date,kind,name\nx,off,a\n2026-01-05,work,\n2026-01-05,free,b\n2027-01-01,"
                       "off,c\n")
          .status(),
  };
  for (const absl::Status& refusal : refusals) {
    const auto faults = FaultsOf(refusal);
    ASSERT_FALSE(faults.empty()) << refusal;
    for (const ImportFault& fault : faults) {
      const std::string text = FaultText(fault, Language::kChinese);
      EXPECT_NE(text, fault.reason);
      EXPECT_TRUE(std::any_of(text.begin(), text.end(), [](char c) { return c < 0; })) << text;
    }
  }
}

}  // namespace
}  // namespace dudao::domain
