#include "dudao/domain/look_back.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dudao/domain/civil.h"

namespace dudao::domain {
namespace {

using records::v1::Rectification;

const std::int64_t kIssued = UnixMs(absl::CivilSecond(2026, 9, 21));

Rectification Issued() {
  Rectification rectification;
  rectification.set_state(records::v1::RECTIFICATION_STATE_ISSUED);
  rectification.set_issued_at_ms(kIssued);
  rectification.set_due_date("2026-10-01");
  return rectification;
}

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

}  // namespace
}  // namespace dudao::domain
