#include "dudao/domain/look_back.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dudao/domain/civil.h"

namespace dudao::domain {
namespace {

using records::v1::Rectification;

const std::int64_t kIssued = UnixMs(absl::CivilSecond(2026, 9, 21));

// Issued at midnight, due on the tenth day after: 11 days until it is too late.
Rectification Issued() {
  Rectification rectification;
  rectification.set_state(records::v1::RECTIFICATION_STATE_ISSUED);
  rectification.set_issued_at_ms(kIssued);
  rectification.set_due_date("2026-10-01");
  return rectification;
}

std::int64_t At(int day, int hour) { return UnixMs(absl::CivilSecond(2026, 9, day, hour)); }

TEST(LookBack, ShowsWhatIsOpenFromTheNoticeToTheCheck) {
  for (int state = 0; state <= records::v1::RectificationState_MAX; ++state) {
    const auto value = static_cast<records::v1::RectificationState>(state);
    const bool open = value == records::v1::RECTIFICATION_STATE_ISSUED ||
                      value == records::v1::RECTIFICATION_STATE_RECEIVED ||
                      value == records::v1::RECTIFICATION_STATE_RECTIFYING ||
                      value == records::v1::RECTIFICATION_STATE_PENDING_CHECK ||
                      value == records::v1::RECTIFICATION_STATE_REWORK ||
                      value == records::v1::RECTIFICATION_STATE_REOPENED;
    EXPECT_EQ(IsOpenFinding(value), open) << state;
  }
}

TEST(LookBack, TurnsYellowAtFourFifthsAndRedAfterTheDueDay) {
  // Four fifths of 11 days are 8 days, 19 hours and 12 minutes.
  EXPECT_EQ(LightAt(Issued(), At(29, 19)), Light::kGreen);
  EXPECT_EQ(LightAt(Issued(), At(29, 20)), Light::kYellow);
  EXPECT_EQ(LightAt(Issued(), UnixMs(absl::CivilSecond(2026, 10, 1, 23, 59, 59))), Light::kYellow);
  EXPECT_EQ(LightAt(Issued(), UnixMs(absl::CivilSecond(2026, 10, 2)) + 1), Light::kRed);
}

TEST(LookBack, FollowsAnExtension) {
  Rectification rectification = Issued();
  rectification.set_extended_due("2026-10-15");
  EXPECT_EQ(EffectiveDue(rectification), "2026-10-15");
  EXPECT_EQ(LightAt(rectification, UnixMs(absl::CivilSecond(2026, 10, 3))), Light::kGreen);
}

TEST(LookBack, HasNoLightWithoutDayOrIssue) {
  Rectification undated = Issued();
  undated.clear_due_date();
  EXPECT_FALSE(LightAt(undated, kIssued));
  Rectification unissued = Issued();
  unissued.clear_issued_at_ms();
  EXPECT_FALSE(LightAt(unissued, kIssued));
}

TEST(LookBack, IsNotForTheFindersOfAnySource) {
  Rectification rectification = Issued();
  rectification.add_sources()->set_finder_id("p08");
  rectification.add_sources()->set_finder_id("p13");
  rectification.add_sources()->set_finder_id("p08");
  EXPECT_THAT(Finders(rectification), testing::ElementsAre("p08", "p13"));
  EXPECT_FALSE(MayStrikeOff(rectification, "p08"));
  EXPECT_FALSE(MayStrikeOff(rectification, "p13"));
  EXPECT_FALSE(MayStrikeOff(rectification, ""));
  EXPECT_TRUE(MayStrikeOff(rectification, "p09"));
}

TEST(LookBack, CountsChecksThatSentItBack) {
  Rectification rectification = Issued();
  rectification.add_checks()->set_result(records::v1::LOOKBACK_RESULT_PARTLY);
  rectification.add_checks()->set_result(records::v1::LOOKBACK_RESULT_DONE);
  rectification.add_checks();
  EXPECT_EQ(Reworks(rectification), 1);
}

}  // namespace
}  // namespace dudao::domain
