// The day that `make run` plays: everything equal at its end, and again in the same folder.
#include <gtest/gtest.h>

#include "county.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

void ExpectAGoodDay(const json& day) {
  EXPECT_TRUE(day.at("all_equal")) << day.at("wrong").dump(2);
  EXPECT_EQ(day.at("tablets"), 20);
  EXPECT_EQ(day.at("teams"), 4);
  EXPECT_EQ(day.at("places"), 161);
  const json& conflicts = day.at("conflicts");
  EXPECT_GE(conflicts.at("fields").get<int>(), 15);
  EXPECT_EQ(conflicts.at("readable_on_every_tablet"), conflicts.at("values_written"));
  EXPECT_EQ(conflicts.at("readable_on_server"), conflicts.at("values_written"));
  EXPECT_EQ(day.at("sync").at("second_sync_sent"), 0);
  EXPECT_EQ(day.at("blobs").at("on_server"), day.at("blobs").at("expected"));
  EXPECT_EQ(day.at("submitted"), 4);
  const json& trust = day.at("trust");
  EXPECT_EQ(trust.at("late_reason"), "PERMISSION_ENDED");
  EXPECT_FALSE(trust.at("revoked").get<std::string>().empty());
  for (const char* walked : {"changes", "proofs", "receipts", "control_entries", "blobs"})
    EXPECT_GT(trust.at("verified").at(walked).get<int>(), 0) << walked;
}

TEST(Scenario, EndsWithAllReplicasEqualAndMayBeRepeatedInTheSameFolder) {
  OwnFolder folder;
  for (const char* seed : {"1", "7"}) {
    SCOPED_TRACE(std::string("seed ") + seed);
    const Outcome day =
        DudaoOk("2026-09-21T08:30:00+08:00",
                {"scenario", "--data-dir", "run", "--data", DataFolder(), "--seed", seed});
    ASSERT_FALSE(day.lines.empty());
    ExpectAGoodDay(day.last());
  }
}

// What `make run` shows: the weeks before that day, with findings in every state.
TEST(Scenario, PlaysTheWeeksBeforeTheDayToo) {
  OwnFolder folder;
  const Outcome day =
      DudaoOk("2026-09-21T08:30:00+08:00",
              {"scenario", "--data-dir", "run", "--data", DataFolder(), "--weeks", "4"});
  ASSERT_FALSE(day.lines.empty());
  EXPECT_TRUE(day.last().at("all_equal")) << day.last().at("wrong").dump(2);
  EXPECT_GT(day.last().at("blobs").at("on_server").get<int>(), 200);
}

}  // namespace
}  // namespace dudao::integration
