#include "dudao/domain/visit_quota.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <list>
#include <string>
#include <vector>

#include "dudao/domain/civil.h"

namespace dudao::domain {
namespace {

using namespace records::v1;  // NOLINT: enum values only

const absl::CivilMonth kSeptember(2026, 9);

class Visits {
 public:
  Visit& Add(const std::string& date, VisitState state, int minutes = 0) {
    Visit& visit = visits_.emplace_back();
    visit.set_team_id("D2");
    visit.set_visit_date(date);
    visit.set_state(state);
    const auto day = ParseDay(date);
    if (minutes > 0 && day) {
      visit.set_arrived_at_ms(UnixMs(absl::CivilSecond(absl::CivilHour(*day) + 9)));
      visit.set_left_at_ms(visit.arrived_at_ms() + minutes * 60000);
    }
    return visit;
  }
  TeamMonth Month() const {
    std::vector<const Visit*> all;
    for (const Visit& visit : visits_) all.push_back(&visit);
    return BuildTeamMonth("D2", kSeptember, all);
  }

 private:
  std::list<Visit> visits_;
};

TEST(VisitQuota, ShowsAMonthThatIsFulfilled) {
  Visits visits;
  visits.Add("2026-09-21", VISIT_STATE_SUBMITTED, 420);
  visits.Add("2026-09-08", VISIT_STATE_SUBMITTED, 390);
  const TeamMonth month = visits.Month();
  ASSERT_EQ(month.days.size(), 2u);
  EXPECT_EQ(month.days[0].time_on_site, absl::Minutes(390));  // 6.5 h
  EXPECT_EQ(month.days[1].time_on_site, absl::Hours(7));
  EXPECT_TRUE(month.days[0].full_day && month.days[1].full_day);
  EXPECT_TRUE(month.quota_met);
  EXPECT_TRUE(month.first_half_filled);
  EXPECT_TRUE(month.second_half_filled);
}

TEST(VisitQuota, ShowsBothRulesApart) {
  Visits visits;
  visits.Add("2026-09-16", VISIT_STATE_SUBMITTED);
  visits.Add("2026-09-21", VISIT_STATE_CONFIRMED);
  const TeamMonth month = visits.Month();
  EXPECT_TRUE(month.quota_met);
  EXPECT_FALSE(month.first_half_filled);
  EXPECT_TRUE(month.second_half_filled);
}

TEST(VisitQuota, EndsTheFirstHalfOnThe15th) {
  Visits visits;
  visits.Add("2026-09-15", VISIT_STATE_SUBMITTED);
  EXPECT_TRUE(visits.Month().first_half_filled);
  EXPECT_FALSE(visits.Month().second_half_filled);
}

TEST(VisitQuota, CountsADayOnceAndSumsItsTime) {
  Visits visits;
  visits.Add("2026-09-08", VISIT_STATE_SUBMITTED, 180);
  visits.Add("2026-09-08", VISIT_STATE_SUBMITTED, 179);
  TeamMonth month = visits.Month();
  ASSERT_EQ(month.days.size(), 1u);
  EXPECT_EQ(month.days[0].units, 2);
  EXPECT_FALSE(month.days[0].full_day);
  EXPECT_FALSE(month.quota_met);
  visits.Add("2026-09-08", VISIT_STATE_SUBMITTED, 1);
  EXPECT_TRUE(visits.Month().days[0].full_day);
}

TEST(VisitQuota, PassesOverWhatDoesNotCount) {
  Visits visits;
  visits.Add("2026-09-08", VISIT_STATE_DRAFT);
  visits.Add("2026-09-09", VISIT_STATE_RETURNED);
  visits.Add("2026-09-10", VISIT_STATE_DISMISSED);
  visits.Add("2026-09-11", VISIT_STATE_DELETED);
  visits.Add("2026-10-01", VISIT_STATE_SUBMITTED);
  visits.Add("2026-08-31", VISIT_STATE_SUBMITTED);
  visits.Add("2026-09-99", VISIT_STATE_SUBMITTED);
  visits.Add("2026-09-12", VISIT_STATE_SUBMITTED).set_team_id("D3");
  const TeamMonth month = visits.Month();
  EXPECT_TRUE(month.days.empty());
  EXPECT_EQ(month.drafts, 2);
  EXPECT_EQ(month.undated, 1);
}

TEST(VisitQuota, SurvivesAbsurdTimes) {
  Visits visits;
  Visit& visit = visits.Add("2026-09-08", VISIT_STATE_SUBMITTED);
  visit.set_arrived_at_ms(std::numeric_limits<std::int64_t>::min());
  visit.set_left_at_ms(std::numeric_limits<std::int64_t>::max());
  Visit& backwards = visits.Add("2026-09-08", VISIT_STATE_SUBMITTED);
  backwards.set_arrived_at_ms(1000);
  backwards.set_left_at_ms(0);
  EXPECT_EQ(visits.Month().days[0].time_on_site, absl::ZeroDuration());
}

}  // namespace
}  // namespace dudao::domain
