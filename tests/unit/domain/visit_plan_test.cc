#include "dudao/domain/visit_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace dudao::domain {
namespace {

using records::v1::Place;

Place Village(const std::string& code, bool weak = false) {
  Place place;
  place.set_code(code);
  place.set_level(records::v1::PLACE_LEVEL_VILLAGE);
  place.set_weak_organisation(weak);
  return place;
}

TEST(VisitPlan, PutsWeakPlacesFirstThenTheLongestUnseen) {
  const Place a = Village("1");
  const Place b = Village("2");
  const Place c = Village("3");
  const Place weak_seen = Village("4", true);
  Place thin = Village("5");
  thin.set_thin_economy(true);
  std::vector<PlannedPlace> plan = {
      {&a, absl::CivilDay(2026, 9, 1), 0, false},
      {&b, absl::CivilDay(2026, 3, 1), 0, false},
      {&c, std::nullopt, 0, false},
      {&weak_seen, absl::CivilDay(2026, 9, 20), 0, false},
      {&thin, std::nullopt, 0, false},
  };
  SortPlan(&plan);
  std::string order;
  for (const PlannedPlace& place : plan) order += place.place->code();
  EXPECT_EQ(order, "54321");
}

TEST(VisitPlan, BreaksTiesByOpenFindingsThenCode) {
  const Place a = Village("1");
  const Place b = Village("2");
  const Place c = Village("3");
  std::vector<PlannedPlace> plan = {
      {&c, std::nullopt, 0, false}, {&a, std::nullopt, 0, false}, {&b, std::nullopt, 2, false}};
  SortPlan(&plan);
  std::string order;
  for (const PlannedPlace& place : plan) order += place.place->code();
  EXPECT_EQ(order, "213");
}

TEST(VisitPlan, LeavesOutTheCountyAndWhatIsNeverPlanned) {
  Place county;
  county.set_level(records::v1::PLACE_LEVEL_COUNTY);
  EXPECT_FALSE(IsPlannable(county));
  EXPECT_TRUE(IsPlannable(Village("1")));
  Place virtual_community = Village("2");
  virtual_community.set_plannable(false);
  EXPECT_FALSE(IsPlannable(virtual_community));
}

TEST(VisitPlan, KnowsWhichVisitsWereMadeAndWhichAreStillToBeSubmitted) {
  using namespace records::v1;  // NOLINT: enum values
  for (const VisitState state : {VISIT_STATE_DRAFT, VISIT_STATE_RETURNED}) {
    EXPECT_TRUE(WasThere(state) && IsUnsubmitted(state)) << state;
  }
  for (const VisitState state :
       {VISIT_STATE_SUBMITTED, VISIT_STATE_CONFIRMED, VISIT_STATE_MERGED}) {
    EXPECT_TRUE(WasThere(state) && !IsUnsubmitted(state)) << state;
  }
  for (const VisitState state : {VISIT_STATE_DELETED, VISIT_STATE_DISMISSED}) {
    EXPECT_FALSE(WasThere(state) || IsUnsubmitted(state)) << state;
  }
}

}  // namespace
}  // namespace dudao::domain
