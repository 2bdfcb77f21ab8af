// kill -9 of a tablet's process at random moments of a sync: nothing acknowledged is lost, nothing
// is doubled, both sides end equal.
#include <gtest/gtest.h>

#include <random>

#include "busy_tablets.h"
#include "county.h"
#include "spaces.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

constexpr int kKills = 12;
constexpr int kPhotos = 6;

class TabletKilled : public testing::Test {
 protected:
  void SetUp() override {
    county_.ImportAll();
    li_.Enrol(county_, "p07");
    wang_.Enrol(county_, "p08");
    for (TerminalTablet* tablet : {&li_, &wang_}) tablet->DoOk({"sync"});
    visit_ = li_.DoOk({"new-visit", "140824103200", "--inspector", "p08"})
                 .last()
                 .at("temp_no")
                 .get<std::string>();
    for (int i = 0; i < kPhotos; ++i) {
      li_.DoOk(
          {"add-photo", visit_,
           WritePhoto("photo" + std::to_string(i) + ".jpg", static_cast<uint64_t>(i), 250000)});
    }
  }

  OwnFolder folder_;
  const uint64_t seed_ = TestSeed();
  std::mt19937_64 dice_{seed_};
  County county_{"server"};
  TerminalTablet li_{"li.db", "2026-09-21T09:00:00+08:00"};
  TerminalTablet wang_{"wang.db", "2026-09-21T09:00:00+08:00"};
  std::string visit_;
};

TEST_F(TabletKilled, LosesAndDoublesNothing) {
  int killed = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    TerminalTablet& tablet = kill % 3 == 2 ? wang_ : li_;
    if (kill % 3 != 2) {
      const std::string at = "sites_seen[s" + std::to_string(kill) + "].situation=";
      li_.DoOk({"edit", visit_, at + "第" + std::to_string(kill) + "处"});
    }
    killed += tablet.DoAndKill({"sync"}, std::uniform_int_distribution<int>(0, 120)(dice_)) ? 1 : 0;
  }
  std::cout << killed << " of " << kKills << " syncs were killed on their way\n";
  for (TerminalTablet* tablet : {&li_, &wang_}) tablet->DoOk({"sync"});
  const std::string server = ServerDigest(county_.office(), command::TeamSpaceOf("D2"));
  EXPECT_EQ(li_.TeamDigest(), server) << "seed " << seed_;
  EXPECT_EQ(wang_.TeamDigest(), server) << "seed " << seed_;
  const json visit = wang_.Show(visit_).at("visit");
  EXPECT_EQ(visit.at("sites_seen").size(), static_cast<size_t>(kKills - kKills / 3));
  std::vector<std::string> hashes;
  for (const json& evidence : visit.at("evidence"))
    hashes.push_back(evidence.at("sha256").get<std::string>());
  EXPECT_EQ(hashes.size(), static_cast<size_t>(kPhotos));
  EXPECT_EQ(county_.office().CountBlobs(command::TeamSpaceOf("D2"), hashes).value_or(0),
            static_cast<uint64_t>(kPhotos));
  EXPECT_EQ(li_.DoOk({"sync"}).last().at("changes_sent"), 0);
}

}  // namespace
}  // namespace dudao::integration
