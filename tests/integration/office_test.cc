// US-04 and US-05: the office takes findings up across the National Day, and one of them lives
// until it is struck off and comes back.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/time/time.h"
#include "command_clock.h"
#include "county.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

constexpr int64_t kHourMs = 3600 * 1000;
constexpr char kVillage[] = "140824103200";  // 翟东村 in 翟店镇
constexpr char kReviewer[] = "p21";          // 赵审

int64_t MomentMs(const std::string& moment) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, moment, &time, &error)) << error;
  return absl::ToUnixMillis(time);
}

// One clock for the server, the office and the tablets, which stands where the test puts it.
class OfficeStories : public testing::Test {
 protected:
  static std::string Clock() { return "@clock"; }
  static bool Put(const std::string& moment) {
    command::CommandClock clock;
    clock.SetTo(MomentMs(moment));
    return clock.Publish("clock").ok();
  }
  void SetUp() override {
    county_.ImportAll();
    county_.DoOk("admin", {"import", "holidays", DataFolder() + "/holidays-2026.csv"});
    zhang_.Enrol(county_, "p06");
    li_.Enrol(county_, "p07");
    wang_.Enrol(county_, "p08");
    for (TerminalTablet* tablet : {&zhang_, &li_, &wang_}) tablet->DoOk({"sync"});
  }
  // A visit that lacks nothing but the lead's submission, with these edits on top.
  static std::string Visit(TerminalTablet& tablet, const std::string& moment,
                           const std::string& colleague, const std::vector<std::string>& edits) {
    EXPECT_TRUE(Put(moment));
    const json started = tablet.DoOk({"new-visit", kVillage, "--inspector", colleague}).last();
    const auto visit = started.at("temp_no").get<std::string>();
    const int64_t at = MomentMs(moment);
    std::vector<std::string> words = {
        "edit",
        visit,
        "mode=四不两直",
        "areas+=grid",
        "arrived_at_ms=" + std::to_string(at),
        "left_at_ms=" + std::to_string(at + 6 * kHourMs),
        R"(unit_refusal={"reason":"负责人外出","witnessIds":["p07","p08"]})"};
    words.insert(words.end(), edits.begin(), edits.end());
    tablet.DoOk(words);
    return visit;
  }
  static std::vector<std::string> Finding(const std::string& id, const std::string& problem,
                                          const std::string& level) {
    const std::string path = "findings[" + id + "].";
    return {path + "problem=" + problem, path + "owner_unit=" + kVillage, path + "level=" + level};
  }
  // `lead`: the tablet of the team's lead; empties both tablets' outboxes.
  static void Submit(TerminalTablet& author, TerminalTablet& lead, const std::string& visit) {
    author.DoOk({"sync"});
    lead.DoOk({"sync"});
    EXPECT_TRUE(lead.DoOk({"submit", visit}).last().at("submitted"));
    lead.DoOk({"sync"});
  }
  json Decide(const std::string& finding, const std::vector<std::string>& words) {
    std::vector<std::string> all = {"review", "decide-finding", finding};
    all.insert(all.end(), words.begin(), words.end());
    return county_.DoOk(kReviewer, all).last();
  }
  json Answer(const std::string& person, const std::string& finding,
              const std::vector<std::string>& words) {
    std::vector<std::string> all = {"review", "answer", finding};
    all.insert(all.end(), words.begin(), words.end());
    return county_.DoOk(person, all).last();
  }
  json Show(const std::string& finding) {
    return county_.DoOk(kReviewer, {"review", "finding", finding}).last();
  }
  static std::string StateOf(const json& finding) {
    return finding.at("row").at("state").get<std::string>().substr(20);
  }
  std::vector<std::string> Listed(const std::string& view) {
    std::vector<std::string> ids;
    for (const json& row : county_.DoOk(kReviewer, {"review", "findings", "--view", view}).lines) {
      if (row.contains("finding_id")) ids.push_back(row.at("finding_id"));
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  OwnFolder folder_;
  const bool clock_set_ = Put("2026-09-21T08:00:00+08:00");
  County county_{"server", Clock()};
  TerminalTablet zhang_{"zhang.db", Clock()};
  TerminalTablet li_{"li.db", Clock()};
  TerminalTablet wang_{"wang.db", Clock()};
};

TEST_F(OfficeStories, TakesFindingsUpAcrossTheNationalDay) {
  TerminalTablet lead4("lead4.db", Clock());
  TerminalTablet four("four.db", Clock());
  lead4.Enrol(county_, "p16");
  four.Enrol(county_, "p17");
  for (TerminalTablet* tablet : {&lead4, &four}) tablet->DoOk({"sync"});
  std::vector<std::string> edits = Finding("stair2", "村委会楼梯扶手破损", "一般");
  for (const auto& more : {Finding("ledger", "台账与公示牌不一致", "一般"),
                           Finding("money", "扶持资金未到位", "较重")})
    edits.insert(edits.end(), more.begin(), more.end());
  const std::string visit2 = Visit(li_, "2026-09-21T09:00:00+08:00", "p08", edits);
  Submit(li_, zhang_, visit2);
  const std::string visit4 =
      Visit(four, "2026-09-22T09:00:00+08:00", "p18", Finding("stair4", "楼梯扶手破损", "一般"));
  Submit(four, lead4, visit4);

  ASSERT_TRUE(Put("2026-09-28T09:30:00+08:00"));
  county_.SignInAgain();
  EXPECT_EQ(Listed("inbox"), (std::vector<std::string>{"ledger", "money", "stair2", "stair4"}));
  Decide("stair4", {"merge", "--into", "stair2"});
  Decide("ledger", {"return", "--reason", "请写明是哪一块公示牌"});
  const json confirmed = Decide("stair2", {"confirm", "--level", "一般", "--limit", "5工作日"});
  EXPECT_EQ(confirmed.at("due_if_issued"), "2026-10-10");
  Decide("money", {"confirm", "--level", "较重"});
  const json first = Decide("stair2", {"issue"});
  EXPECT_EQ(first.at("row").at("notice_no"), "稷督整〔2026〕1号");
  EXPECT_EQ(first.at("row").at("due_date"), "2026-10-10") << "a made-up Saturday";
  // The server is killed in between: the numbers know nothing of it.
  county_.Kill();
  county_.Restart();
  const json second = Decide("money", {"issue"});
  EXPECT_EQ(second.at("row").at("notice_no"), "稷督整〔2026〕2号");
  EXPECT_EQ(second.at("row").at("due_date"), "2026-10-28");
  // Both sources are named, here and there.
  const json merged = Show("stair2");
  EXPECT_EQ(merged.at("row").at("source_count"), 2);
  std::set<std::string> teams;
  for (const json& source : merged.at("rectification").at("sources"))
    teams.insert(source.at("team_id").get<std::string>());
  EXPECT_EQ(teams, (std::set<std::string>{"D2", "D4"}));
  ASSERT_EQ(merged.at("merged").size(), 1U);
  EXPECT_EQ(StateOf(Show("stair4")), "MERGED");
  // The returned one is a task on the team's tablets after the next sync, with its reason.
  li_.DoOk({"sync"});
  bool told = false;
  for (const json& task : li_.DoOk({"tasks"}).lines) {
    if (task.value("finding_id", "") != "ledger") continue;
    told = true;
    EXPECT_EQ(task.at("reason"), "请写明是哪一块公示牌");
  }
  EXPECT_TRUE(told);
  li_.DoOk({"supplement", visit2, "村委会门口的公示牌", "--finding", "ledger"});
  li_.DoOk({"sync"});
  EXPECT_EQ(Listed("inbox"), (std::vector<std::string>{"ledger"}));
  const Outcome none = county_.Do(kReviewer, {"review", "notice", "稷督整〔2026〕99号"});
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.last().at("error").at("code"), "NOT_FOUND");
  EXPECT_EQ(none.last().at("error").at("reason"), "FINDING_NOT_FOUND");
  EXPECT_NE(none.errors.find("稷督整〔2026〕99号"), std::string::npos) << none.errors;
  // The papers.
  for (const auto& [words, file] :
       {std::pair<std::vector<std::string>, std::string>{
            {"review", "notice", "稷督整〔2026〕1号", "--out", "notice.docx"}, "notice.docx"},
        {{"review", "export", "findings", "--out", "ledger.xlsx", "--sheet-per-township"},
         "ledger.xlsx"}}) {
    county_.DoOk(kReviewer, words);
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    EXPECT_EQ(content.str().substr(0, 2), "PK") << file;
    EXPECT_GT(content.str().size(), 2000U) << file;
  }
}

TEST_F(OfficeStories, FollowsAFindingUntilItIsStruckOffAndComesBack) {
  const std::string visit = Visit(li_, "2026-09-21T09:00:00+08:00", "p09",
                                  Finding("stair", "村委会楼梯扶手破损", "较重"));
  Submit(li_, zhang_, visit);
  ASSERT_TRUE(Put("2026-09-28T09:30:00+08:00"));
  county_.SignInAgain();
  county_.DoOk("admin", {"person", "set", "r01", "--name", "翟店联络", "--role", "reporter",
                         "--team", "140824103"});
  Decide("stair", {"confirm", "--level", "较重"});
  const std::string no = Decide("stair", {"issue"}).at("row").at("notice_no");
  // 1: receipt. It starts nothing.
  json finding = Answer("r01", no, {"received", "--by", "张镇长"});
  EXPECT_EQ(StateOf(finding), "RECEIVED");
  EXPECT_EQ(finding.at("row").at("due_date"), "2026-10-28");
  // 2: on day 3 measure and person.
  ASSERT_TRUE(Put("2026-10-01T10:00:00+08:00"));
  county_.SignInAgain();
  finding = Answer("r01", no,
                   {"plan", "--measure", "更换扶手", "--person", "李干事", "--date", "2026-10-20"});
  EXPECT_EQ(StateOf(finding), "RECTIFYING");
  // 3: seven more days, granted once.
  Answer("r01", no, {"extend", "--days", "7", "--reason", "材料未到"});
  EXPECT_EQ(county_.Do("r01", {"review", "decide-finding", no, "grant"}).code, 1)
      << "a unit grants itself nothing";
  finding = Decide("stair", {"grant"});
  EXPECT_EQ(finding.at("rectification").at("due_date"), "2026-10-28");
  EXPECT_EQ(finding.at("rectification").at("extended_due"), "2026-11-04");
  EXPECT_EQ(
      county_.Do("r01", {"review", "answer", no, "extend", "--days", "7", "--reason", "再延"}).code,
      1);
  // 4: the result, on paper: the office enters it.
  ASSERT_TRUE(Put("2026-10-20T10:00:00+08:00"));
  county_.SignInAgain();
  finding =
      Answer(kReviewer, no, {"reply", "--result", "已更换", "--date", "2026-10-20", "--on-behalf"});
  EXPECT_EQ(StateOf(finding), "PENDING_CHECK");
  EXPECT_TRUE(finding.at("rectification").at("replies")[0].at("on_behalf").get<bool>());
  EXPECT_EQ(county_
                .Do(kReviewer, {"review", "decide-finding", "stair", "check-paper", "--result",
                                "已整改", "--reason", "见照片"})
                .code,
            1)
      << "closing needs the on-site check";
  // 5: the look-back: Wang, who did not find it, has the task and writes offline.
  Decide("stair", {"look-back", "--date", "2026-10-30"});
  wang_.DoOk({"sync"});
  bool told = false;
  for (const json& task : wang_.DoOk({"tasks"}).lines)
    told = told || (task.value("finding_id", "") == "stair" &&
                    task.value("kind", "") == "OFFICE_TASK_KIND_LOOK_BACK");
  EXPECT_TRUE(told);
  const std::string partly =
      Visit(wang_, "2026-10-22T09:00:00+08:00", "p09",
            {"lookback_items[stair].result=部分", "lookback_items[stair].note=还差一段"});
  Submit(wang_, zhang_, partly);
  county_.SignInAgain();
  EXPECT_EQ(Listed("todo"), (std::vector<std::string>{"stair"}));
  finding = Decide("stair", {"check"});
  EXPECT_EQ(StateOf(finding), "REWORK");
  EXPECT_EQ(finding.at("row").at("rework_count"), 1);
  // 6: replied again, looked at again, struck off.
  finding = Answer("r01", no, {"reply", "--result", "全部更换", "--date", "2026-10-22"});
  EXPECT_EQ(StateOf(finding), "PENDING_CHECK");
  const std::string done =
      Visit(wang_, "2026-10-24T09:00:00+08:00", "p09", {"lookback_items[stair].result=已整改"});
  Submit(wang_, zhang_, done);
  county_.SignInAgain();
  finding = Decide("stair", {"check"});
  EXPECT_EQ(StateOf(finding), "CLOSED");
  EXPECT_EQ(finding.at("row").at("closed_on"), "2026-10-24");
  EXPECT_EQ(finding.at("row").at("rework_count"), 1);
  EXPECT_EQ(Listed("closed"), (std::vector<std::string>{"stair"}));
  // 7: two months later another visit finds it again; its history stays.
  const std::string again = Visit(wang_, "2026-12-21T09:00:00+08:00", "p09",
                                  Finding("again", "楼梯扶手再次松动", "较重"));
  Submit(wang_, zhang_, again);
  county_.SignInAgain();
  finding = Decide("stair", {"reopen", "--later", "again", "--reason", "扶手再次松动"});
  EXPECT_EQ(StateOf(finding), "REOPENED");
  EXPECT_EQ(finding.at("row").at("reopened_count"), 1);
  EXPECT_EQ(finding.at("rectification").at("replies").size(), 2U);
  EXPECT_EQ(finding.at("rectification").at("checks").size(), 2U);
  finding = Decide("stair", {"issue"});
  EXPECT_EQ(finding.at("row").at("notice_no"), "稷督整〔2026〕2号");
  // The team's own tablets hold the whole life, and everybody ends equal.
  for (TerminalTablet* tablet : {&zhang_, &li_, &wang_}) tablet->DoOk({"sync"});
  EXPECT_EQ(li_.TeamDigest(), ServerDigest(county_.office(), "team-d2-2026"));
  EXPECT_EQ(wang_.TeamDigest(), li_.TeamDigest());
}

}  // namespace
}  // namespace dudao::integration
