// The command itself: exit codes, help, errors that say what is wrong.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "county.h"
#include "import_files.h"
#include "private_file.h"
#include "session.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

constexpr char kNow[] = "2026-09-21T08:00:00+08:00";

TEST(CommandLine, TellsUsageFromFailure) {
  OwnFolder folder;
  EXPECT_EQ(Dudao(kNow, {"no-such-command"}).code, 2);
  EXPECT_EQ(Dudao(kNow, {"tablet", "list"}).code, 2) << "--tablet is missing";
  EXPECT_EQ(Dudao(kNow, {"tablet", "--tablet", "none.db", "list"}).code, 1);
  EXPECT_EQ(Dudao("not a time", {"tablet", "--tablet", "none.db", "list"}).code, 2);
  command::SaveSession("nobody", {{"127.0.0.1:1", ""}, "p21", "token", 0}).IgnoreError();
  EXPECT_EQ(Dudao(kNow, {"--session", "nobody", "review", "list"}).code, 1)
      << "nobody listens there";
}

// What went wrong, by its stable reason.
std::string ReasonOf(const Outcome& outcome) {
  if (outcome.lines.empty() || !outcome.last().contains("error")) return "";
  return outcome.last().at("error").value("reason", "");
}

TEST(CommandLine, AnOfficeCommandWithoutASessionSaysHowToSignIn) {
  OwnFolder folder;
  const Outcome list = Dudao(kNow, {"--session", "none", "review", "list"});
  EXPECT_EQ(list.code, 1);
  EXPECT_EQ(ReasonOf(list), "NOT_SIGNED_IN");
  EXPECT_NE(list.errors.find("dudao sign-in"), std::string::npos) << list.errors;
}

TEST(CommandLine, ASessionThatOthersMayReadIsNotUsed) {
  OwnFolder folder;
  ASSERT_TRUE(command::SaveSession("mine", {{"127.0.0.1:1", ""}, "p21", "token", 0}).ok());
  const auto mode = std::filesystem::status("mine").permissions();
  EXPECT_EQ(mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
            std::filesystem::perms::none);
  std::filesystem::permissions("mine", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(command::LoadSession("mine").status().code(), absl::StatusCode::kPermissionDenied);
}

TEST(CommandLine, SignsInWithThePasswordAloneAndOutAgain) {
  OwnFolder folder;
  County county("server");
  county.ImportAll();
  const json reset = county.DoOk("admin", {"person", "reset-password", "p21"}).last();
  const auto first = reset.at("password").get<std::string>();
  ASSERT_TRUE(command::WritePrivate("wrong", "not the password\n").ok());
  ASSERT_TRUE(command::WritePrivate("first", first + "\n").ok());
  const std::vector<std::string> sign_in = {
      "--session",      "s",        "sign-in", "--server",
      county.address(), "--person", "p21",     "--password-file"};
  auto with = [&](const char* file) {
    auto words = sign_in;
    words.emplace_back(file);
    return words;
  };
  const Outcome wrong = Dudao(kNow, with("wrong"));
  EXPECT_EQ(wrong.code, 1);
  EXPECT_EQ(ReasonOf(wrong), "CREDENTIALS_WRONG");
  EXPECT_FALSE(std::filesystem::exists("s")) << "a session is kept only of a sign-in that held";
  EXPECT_TRUE(DudaoOk(kNow, with("first")).last().at("must_change_password"));
  EXPECT_EQ(ReasonOf(Dudao(kNow, {"--session", "s", "review", "list"})), "PASSWORD_CHANGE_NEEDED");
  DudaoOk(kNow, {"--session", "s", "password", "--old-password-file", "first", "--generate"});
  DudaoOk(kNow, {"--session", "s", "review", "list"});
  EXPECT_EQ(DudaoOk(kNow, {"--session", "s", "whoami"}).last().at("person_id"), "p21");
  std::filesystem::copy_file("s", "kept");
  DudaoOk(kNow, {"--session", "s", "sign-out"});
  EXPECT_EQ(ReasonOf(Dudao(kNow, {"--session", "kept", "review", "list"})), "SESSION_ENDED")
      << "signing out ends the session, not only the file";
}

TEST(CommandLine, AnEnrolmentCodeServesOneTabletOnce) {
  OwnFolder folder;
  County county("server");
  county.ImportAll();
  const json made = county.DoOk("admin", {"device", "enrol", "p07", "--qr", "p07.svg"}).last();
  EXPECT_NE(command::ReadWholeFile("p07.svg").value_or("").find("<svg"), std::string::npos);
  TerminalTablet first("first.db", kNow);
  const json enrolled =
      first.DoOk({"enrol", made.at("uri").get<std::string>(), "--server", county.address()}).last();
  EXPECT_EQ(enrolled.at("person"), "p07");
  EXPECT_EQ(enrolled.at("team_space"), "team-d2-2026");
  TerminalTablet second("second.db", kNow);
  const Outcome again =
      second.Do({"enrol", made.at("code").get<std::string>(), "--server", county.address()});
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(ReasonOf(again), "ENROLMENT_CODE_WRONG");
  EXPECT_EQ(ReasonOf(second.Do({"sync"})), "NOT_ENROLLED");
  const Outcome devices = county.DoOk("admin", {"device", "list", "--person", "p07"});
  ASSERT_EQ(devices.lines.size(), 1U);
  EXPECT_EQ(devices.lines[0].at("state"), "DEVICE_STATE_ACTIVE");
}

TEST(CommandLine, AWrongListIsRefusedByRowAndColumnAndASecondImportChangesNothing) {
  OwnFolder folder;
  County county("server");
  std::ofstream("wrong.csv")
      << "code,name,level,parent\n140824,稷山县,county,1408\n14082410x,稷峰镇,township,140824\n";
  const Outcome wrong = county.Do("admin", {"import", "divisions", "wrong.csv"});
  EXPECT_EQ(wrong.code, 1);
  ASSERT_FALSE(wrong.lines.empty());
  const json problems = wrong.last().at("problems");
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].at("row"), 3);
  EXPECT_EQ(problems[0].at("column"), 1);

  const std::string list = DataFolder() + "/jishan-divisions.csv";
  const json first = county.DoOk("admin", {"import", "divisions", list}).last();
  EXPECT_EQ(first.at("created"), 161);
  const json second = county.DoOk("admin", {"import", "divisions", list}).last();
  EXPECT_EQ(second.at("created"), 0);
  EXPECT_EQ(second.at("updated"), 0);
  EXPECT_EQ(second.at("unchanged"), 161);
}

TEST(CommandLine, AFileThatIsNoDatabaseIsSaidToBeNoneAndLeftAlone) {
  OwnFolder folder;
  County county("server");
  county.ImportAll();
  TerminalTablet good("good.db", kNow);
  good.Enrol(county, "p07");
  std::ofstream("good.db", std::ios::binary | std::ios::trunc) << std::string(8192, 'x');
  std::filesystem::remove("good.db-wal");
  const Outcome opened = good.Do({"list"});
  EXPECT_EQ(opened.code, 1);
  EXPECT_FALSE(opened.errors.empty());
  EXPECT_EQ(command::ReadWholeFile("good.db").value_or(""), std::string(8192, 'x'));
}

// A PIN locks the file, not only the command; the last wrong try destroys the key for good.
TEST(CommandLine, APinLocksTheTabletAndTooManyWrongOnesDestroyItsKey) {
  OwnFolder folder;
  County county("server");
  county.ImportAll();
  TerminalTablet tablet("li.db", kNow);
  tablet.Enrol(county, "p07");
  ASSERT_TRUE(command::WritePrivate("pin", "739164\n").ok());
  ASSERT_TRUE(command::WritePrivate("guess", "123456\n").ok());
  tablet.DoOk({"pin", "--new-pin-file", "pin", "--tries", "3"});
  EXPECT_EQ(ReasonOf(tablet.Do({"list"})), "PIN_NEEDED");
  tablet.DoOk({"--pin-file", "pin", "list"});
  for (int guess = 0; guess < 2; ++guess)
    EXPECT_EQ(ReasonOf(tablet.Do({"--pin-file", "guess", "list"})), "PIN_WRONG");
  EXPECT_EQ(tablet.Do({"--pin-file", "guess", "list"}).code, 1);
  EXPECT_EQ(ReasonOf(tablet.Do({"--pin-file", "pin", "list"})), "KEY_DESTROYED")
      << "not even the right PIN opens it now";
}

}  // namespace
}  // namespace dudao::integration
