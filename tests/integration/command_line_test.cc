// The command itself: exit codes, help, errors that say what is wrong.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "county.h"
#include "import_files.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

constexpr char kNow[] = "2026-09-21T08:00:00+08:00";

TEST(CommandLine, TellsUsageFromFailure) {
  EXPECT_EQ(Dudao(kNow, {"no-such-command"}).code, 2);
  EXPECT_EQ(Dudao(kNow, {"tablet", "list"}).code, 2) << "--tablet is missing";
  EXPECT_EQ(Dudao(kNow, {"tablet", "--tablet", "none.db", "list"}).code, 1);
  EXPECT_EQ(Dudao("not a time", {"tablet", "--tablet", "none.db", "list"}).code, 2);
  EXPECT_EQ(Dudao(kNow, {"review", "list", "--server", "127.0.0.1:1"}).code, 1)
      << "nobody listens there";
}

TEST(CommandLine, AWrongListIsRefusedByRowAndColumnAndASecondImportChangesNothing) {
  OwnFolder folder;
  County county("server");
  std::ofstream("wrong.csv")
      << "code,name,level,parent\n140824,稷山县,county,1408\n14082410x,稷峰镇,township,140824\n";
  const Outcome wrong =
      Dudao(kNow, {"import", "divisions", "wrong.csv", "--server", county.address()});
  EXPECT_EQ(wrong.code, 1);
  ASSERT_FALSE(wrong.lines.empty());
  const json problems = wrong.last().at("problems");
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].at("row"), 3);
  EXPECT_EQ(problems[0].at("column"), 1);

  const std::string list = DataFolder() + "/jishan-divisions.csv";
  const json first =
      DudaoOk(kNow, {"import", "divisions", list, "--server", county.address()}).last();
  EXPECT_EQ(first.at("created"), 161);
  const json second =
      DudaoOk(kNow, {"import", "divisions", list, "--server", county.address()}).last();
  EXPECT_EQ(second.at("created"), 0);
  EXPECT_EQ(second.at("updated"), 0);
  EXPECT_EQ(second.at("unchanged"), 161);
}

TEST(CommandLine, AFileThatIsNoDatabaseIsSaidToBeNoneAndLeftAlone) {
  OwnFolder folder;
  County county("server");
  TerminalTablet good("good.db", kNow);
  good.Init("p07", "D2", 0, county.address());
  std::ofstream("good.db", std::ios::binary | std::ios::trunc) << std::string(8192, 'x');
  std::filesystem::remove("good.db-wal");
  const Outcome opened = good.Do({"list"});
  EXPECT_EQ(opened.code, 1);
  EXPECT_FALSE(opened.errors.empty());
  EXPECT_EQ(command::ReadWholeFile("good.db").value_or(""), std::string(8192, 'x'));
}

TEST(CommandLine, AWrongSecretIsRefused) {
  OwnFolder folder;
  County county("server");
  const Outcome list = Dudao(kNow, {"review", "list", "--server", county.address(), "--person",
                                    "admin", "--secret", "guess"});
  EXPECT_EQ(list.code, 1);
}

}  // namespace
}  // namespace dudao::integration
