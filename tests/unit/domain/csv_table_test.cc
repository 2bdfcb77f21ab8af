#include "csv_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace dudao::domain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string ErrorOf(absl::string_view text) {
  return std::string(ReadCsv("list", text, {"a", "b"}).status().message());
}

TEST(CsvTable, ReadsRowsWithTheirLines) {
  const auto rows = ReadCsv("list", "a,b\n1,2\n\n3,\n", {"a", "b"});
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[1].line, 4);
  EXPECT_THAT((*rows)[1].cells, ElementsAre("3", ""));
}

TEST(CsvTable, AcceptsWhatSpreadsheetsWrite) {
  const auto rows = ReadCsv("list",
                            "\xEF\xBB\xBF"
                            "a,b\r\n\"1,5\",\"say \"\"hi\"\"\"\r\n",
                            {"a", "b"});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[0].cells, ElementsAre("1,5", "say \"hi\""));
}

TEST(CsvTable, NamesTheLineThatIsWrong) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty"));
  EXPECT_THAT(ErrorOf("a,c\n"), HasSubstr("line 1: the header must be a,b"));
  EXPECT_THAT(ErrorOf("a,b\n1,2\n1,2,3\n"), HasSubstr("line 3: 3 columns instead of 2"));
  EXPECT_THAT(ErrorOf("a,b\n1,\xFF\n"), HasSubstr("line 2: not UTF-8"));
  EXPECT_THAT(ErrorOf("a,b\n1,\"2\n"), HasSubstr("line 2: a quote is not closed"));
  EXPECT_THAT(ErrorOf("a,b\n1,2\"3\"\n"), HasSubstr("line 2: a quote"));
  EXPECT_THAT(ErrorOf(std::string("a,b\n1,\0\n", 8)), HasSubstr("line 2: contains a zero byte"));
}

TEST(CsvTable, RefusesHugeFiles) {
  EXPECT_THAT(ErrorOf(std::string((16U << 20U) + 1, 'a')), HasSubstr("larger than 16 MiB"));
}

TEST(CsvProblems, ListsTheFirstTwenty) {
  CsvProblems problems("list");
  EXPECT_TRUE(problems.status().ok());
  for (int i = 1; i <= 25; ++i) problems.Add(i, 2, "wrong");
  const std::string text(problems.status().message());
  EXPECT_THAT(text, HasSubstr("line 20, column 2: wrong"));
  EXPECT_THAT(text, Not(HasSubstr("line 21")));
  EXPECT_THAT(text, HasSubstr("and 5 more"));
}

}  // namespace
}  // namespace dudao::domain
