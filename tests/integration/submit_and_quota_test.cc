// US-03: the team lead submits; the month board; from then on only supplements; other teams' drafts
// are invisible.
#include <gtest/gtest.h>

#include "county.h"
#include "spaces.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

constexpr int64_t kMinuteMs = 60 * 1000;

class SubmitAndQuota : public testing::Test {
 protected:
  void SetUp() override {
    county_.ImportAll();
    zhang_.Enrol(county_, "p06");
    li_.Enrol(county_, "p07");
    liu_.Enrol(county_, "p01");
    for (TerminalTablet* tablet : {&zhang_, &li_, &liu_}) tablet->DoOk({"sync"});
  }

  // A visit of Li's that lacks nothing but the lead's submission. Returns its number.
  std::string CompleteVisit(const std::string& day, int minutes) {
    li_.SetNow(day + "T09:00:00+08:00");
    const json started = li_.DoOk({"new-visit", "140824103200", "--inspector", "p08"}).last();
    const auto visit = started.at("temp_no").get<std::string>();
    absl::Time arrived;
    std::string error;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, day + "T09:00:00+08:00", &arrived, &error));
    const int64_t at = absl::ToUnixMillis(arrived);
    li_.DoOk({"edit", visit, "mode=四不两直", "areas+=grid", "arrived_at_ms=" + std::to_string(at),
              "left_at_ms=" + std::to_string(at + minutes * kMinuteMs),
              "findings[f1].problem=台账与公示不一致", "findings[f1].owner_unit=140824103200",
              "findings[f1].level=一般",
              R"(unit_refusal={"reason":"负责人外出","witnessIds":["p07","p08"]})"});
    li_.DoOk({"sync"});
    return visit;
  }

  void Submit(const std::string& visit) {
    zhang_.DoOk({"sync"});
    EXPECT_TRUE(zhang_.DoOk({"submit", visit}).last().at("submitted"));
    zhang_.DoOk({"sync"});
    li_.DoOk({"sync"});
  }

  OwnFolder folder_;
  County county_{"server", "2026-09-08T08:00:00+08:00"};
  TerminalTablet zhang_{"zhang.db", "2026-09-21T18:00:00+08:00"};
  TerminalTablet li_{"li.db", "2026-09-08T08:05:00+08:00"};
  TerminalTablet liu_{"liu.db", "2026-09-21T18:00:00+08:00"};
};

TEST_F(SubmitAndQuota, TwoVisitsInBothHalvesMeetEveryRule) {
  const std::string early = CompleteVisit("2026-09-08", 390);
  const std::string late = CompleteVisit("2026-09-21", 420);
  EXPECT_EQ(early, "D2-0908-01B") << "the second tablet of a team marks its numbers";
  const Outcome refused = li_.Do({"submit", late});
  EXPECT_EQ(refused.code, 1) << "only the lead submits";
  Submit(early);
  Submit(late);

  const json board = zhang_.DoOk({"board", "2026-09"}).last();
  EXPECT_EQ(board.at("days_counted"), 2);
  EXPECT_TRUE(board.at("quota_met"));
  EXPECT_TRUE(board.at("first_half_filled"));
  EXPECT_TRUE(board.at("second_half_filled"));
  ASSERT_EQ(board.at("days").size(), 2U);
  EXPECT_EQ(board.at("days")[0].at("minutes"), 390);
  EXPECT_EQ(board.at("days")[1].at("minutes"), 420);

  // The office counts the same.
  const Outcome office = county_.DoOk("p21", {"review", "board", "2026-09"});
  bool found = false;
  for (const json& team : office.lines) {
    if (team.at("team_id") != "D2") continue;
    found = true;
    EXPECT_TRUE(team.at("twice_a_month"));
    EXPECT_TRUE(team.at("first_half"));
    EXPECT_TRUE(team.at("second_half"));
    EXPECT_EQ(team.at("days")[0].at("minutes"), 390);
  }
  EXPECT_TRUE(found);
}

TEST_F(SubmitAndQuota, TwoVisitsInOneHalfMeetTheCountButNotTheHalfMonth) {
  Submit(CompleteVisit("2026-09-16", 380));
  Submit(CompleteVisit("2026-09-21", 400));
  const json board = zhang_.DoOk({"board", "2026-09"}).last();
  EXPECT_TRUE(board.at("quota_met"));
  EXPECT_FALSE(board.at("first_half_filled"));
  EXPECT_TRUE(board.at("second_half_filled"));
}

TEST_F(SubmitAndQuota, ASubmittedVisitTakesOnlyDatedSupplements) {
  const std::string visit = CompleteVisit("2026-09-21", 400);
  Submit(visit);
  const Outcome edited = zhang_.Do({"edit", visit, "findings[f1].level=较重"});
  EXPECT_EQ(edited.code, 1);
  EXPECT_EQ(zhang_.Show(visit).at("visit").at("findings")[0].at("level"), "FINDING_LEVEL_ORDINARY");
  EXPECT_EQ(li_.Do({"edit", visit, "note=再补一句"}).code, 1);
  li_.SetNow("2026-09-22T09:00:00+08:00");
  li_.DoOk({"supplement", visit, "次日收到村委会照片", "--finding", "f1"});
  li_.DoOk({"sync"});
  zhang_.DoOk({"sync"});
  const json supplements = zhang_.Show(visit).at("visit").at("supplements");
  ASSERT_EQ(supplements.size(), 1U);
  EXPECT_EQ(supplements[0].at("date"), "2026-09-22");
  EXPECT_EQ(supplements[0].at("author_id"), "p07");
}

TEST_F(SubmitAndQuota, OtherTeamsSeeNothingOfADraft) {
  const std::string visit = CompleteVisit("2026-09-21", 400);
  liu_.DoOk({"sync"});
  EXPECT_EQ(liu_.Do({"show", visit}).code, 1);
  const Outcome list = county_.DoOk("p01", {"review", "list"});
  for (const json& row : list.lines) EXPECT_NE(row.value("temp_no", ""), visit);
  // A tablet that asks for the other team's space is refused, and says so.
  TerminalTablet curious("curious.db", "2026-09-21T18:00:00+08:00");
  curious.Enrol(county_, "p02");
  const Outcome sync = curious.Do({"sync", "--space", command::TeamSpaceOf("D2")});
  EXPECT_EQ(sync.code, 1);
  EXPECT_EQ(curious.Do({"show", visit}).code, 1);
}

}  // namespace
}  // namespace dudao::integration
