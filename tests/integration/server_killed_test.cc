// kill -9 of the server at random moments while twenty tablets sync: no acknowledged change is
// lost, everybody ends equal.
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "absl/time/clock.h"
#include "busy_tablets.h"
#include "county.h"

namespace dudao::integration {
namespace {

constexpr int kTablets = 20;
constexpr int kKills = 6;
constexpr int kSavesOfTablet = 40;

TEST(ServerKilled, LosesNoAcknowledgedChange) {
  const OwnFolder folder;
  const uint64_t seed = TestSeed();
  County county("server");
  county.ImportAll();
  auto clock = command::CommandClock::StartingAt("2026-09-21T08:00:00+08:00");
  ASSERT_TRUE(clock.ok());
  BusyTablets tablets(county, kTablets, *clock);
  ASSERT_EQ(tablets.all().size(), static_cast<size_t>(kTablets));

  tablets.Start(kSavesOfTablet);
  std::mt19937_64 dice(seed);
  int kills = 0;
  for (; kills < kKills && tablets.busy(); ++kills) {
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(20, 900)(dice)));
    county.Kill();
    county.Restart();
  }
  tablets.Join();
  std::cout << kills << " kills, " << tablets.syncs_ended_well() << " syncs ended well meanwhile\n";
  EXPECT_GT(kills, 0);

  tablets.SyncUntilAllIsWell();
  tablets.ExpectAllEqualTheServer();
  EXPECT_EQ(tablets.saves(), kTablets * kSavesOfTablet);
  tablets.ExpectEachSaveOnceInHistory(seed);
}

}  // namespace
}  // namespace dudao::integration
