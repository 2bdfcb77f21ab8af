// Visits in pages, the plan, and the first page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "visit_day.h"

namespace dudao::client {
namespace {

class VisitList : public VisitDay {
 protected:
  static v1::ListVisitsResponse List(Tablet& tablet, const v1::ListVisitsRequest& request = {}) {
    return Must(tablet->ListVisits(request));
  }

  static std::string Numbers(const v1::ListVisitsResponse& list) {
    std::string numbers;
    for (const auto& visit : list.visits()) numbers += visit.temp_no() + " ";
    return numbers;
  }

  static void AddPlace(Tablet& tablet, const std::string& code, const std::string& name,
                       bool weak = false) {
    records::v1::Place place;
    place.set_code(code);
    place.set_display_name(name);
    place.set_level(records::v1::PLACE_LEVEL_VILLAGE);
    place.set_unit_type(records::v1::UNIT_TYPE_VILLAGE);
    place.set_weak_organisation(weak);
    Create(tablet, 1, code, place);
  }
};

TEST_F(VisitList, HasTheNewestFirstAndPages) {
  NewVisit(lead, "2026-09-08");
  NewVisit(lead, "2026-09-21");
  NewVisit(lead, "2026-09-21");
  NewVisit(lead, "2026-09-15");
  const auto all = List(lead);
  EXPECT_EQ(Numbers(all), "D2-0921-02 D2-0921-01 D2-0915-01 D2-0908-01 ");
  EXPECT_EQ(all.total(), 4);
  EXPECT_EQ(all.next_page_token(), "");
  EXPECT_EQ(all.visits(0).unit().name(), "翟东村");
  EXPECT_EQ(all.visits(0).state_text().zh(), "草稿");
  EXPECT_TRUE(all.visits(0).unsent());
  v1::ListVisitsRequest request;
  request.set_page_size(3);
  const auto first = List(lead, request);
  EXPECT_EQ(first.visits_size(), 3);
  EXPECT_EQ(first.total(), 4);
  // A new one at the top moves nothing on the next page.
  NewVisit(lead, "2026-09-22");
  request.set_page_token(first.next_page_token());
  EXPECT_EQ(Numbers(List(lead, request)), "D2-0908-01 ");
  request.set_page_token("nonsense");
  EXPECT_EQ(ReasonOf(lead->ListVisits(request).status()), kPageTokenInvalid);
}

TEST_F(VisitList, FindsByNumberPlacePinyinStateAndProblem) {
  AddPlace(lead, "140824103201", "马村");
  const auto here = NewVisit(lead);
  Complete(lead, here, kMonday, 7 * kHourMs);
  lead.clock.Advance(8 * kHourMs);
  ASSERT_TRUE(Must(Submit(lead, here.record())).submitted());
  v1::NewVisitRequest there;
  there.set_space(kSpace);
  there.set_team_id("D2");
  there.set_unit_code("140824103201");
  const auto made = Must(lead->NewVisit(there));
  lead.Set(made.record(), "findings[f1].problem", "消防通道 A 堵塞");
  const auto found = [&](const std::string& text) {
    v1::ListVisitsRequest request;
    request.set_text(text);
    return Numbers(List(lead, request));
  };
  EXPECT_EQ(found("zdc"), "D2-0921-01 ");
  EXPECT_EQ(found("翟东"), "D2-0921-01 ");
  EXPECT_EQ(found(" ZDC "), "D2-0921-01 ");
  EXPECT_EQ(found("d2-0921-02"), "D2-0921-02 ");
  EXPECT_EQ(found("通道 a"), "D2-0921-02 ");
  EXPECT_EQ(found("nowhere"), "");
  v1::ListVisitsRequest submitted;
  submitted.add_states(records::v1::VISIT_STATE_SUBMITTED);
  EXPECT_EQ(Numbers(List(lead, submitted)), "D2-0921-01 ");
  v1::ListVisitsRequest unit;
  unit.set_unit_code("140824103201");
  EXPECT_EQ(Numbers(List(lead, unit)), "D2-0921-02 ");
  EXPECT_EQ(List(lead, unit).visits(0).findings(), 1);
}

TEST_F(VisitList, FollowsEditsSyncsConflictsAndDeletions) {
  Office office;
  const auto made = NewVisit(lead);
  ASSERT_TRUE(lead.Sync(office).ok());
  EXPECT_FALSE(List(lead).visits(0).unsent());
  ASSERT_TRUE(inspector.Sync(office).ok());
  EXPECT_FALSE(List(inspector).visits(0).unsent());
  inspector.Set(made.record(), "note", "雨");
  lead.Set(made.record(), "note", "晴");
  EXPECT_TRUE(List(lead).visits(0).unsent());
  EXPECT_EQ(List(lead).visits(0).conflicts(), 0);
  ASSERT_TRUE(lead.Sync(office).ok());
  ASSERT_TRUE(inspector.Sync(office).ok());
  ASSERT_TRUE(lead.Sync(office).ok());
  EXPECT_EQ(List(lead).visits(0).conflicts(), 1);
  v1::ListVisitsRequest only;
  only.set_only_conflicts(true);
  EXPECT_EQ(List(lead, only).total(), 1);
  v1::DeleteRecordRequest remove;
  *remove.mutable_record() = made.record();
  Must(lead->DeleteRecord(remove));
  EXPECT_EQ(List(lead).total(), 0);
}

TEST_F(VisitList, NamesTheFormWithUnsavedTyping) {
  const auto made = NewVisit(lead);
  EXPECT_EQ(List(lead).visits(0).form_id(), "");
  v1::EditFormRequest typed;
  typed.set_form_id(made.form_id());
  *typed.add_edits() = SetText("note", "雨");
  Must(lead->EditForm(typed));
  EXPECT_EQ(List(lead).visits(0).form_id(), made.form_id());
}

// Enough visits that the file takes them over, and a few more that it does not have yet.
TEST_F(VisitList, IsTheSameAfterAStartWithAndWithoutTheIndex) {
  for (int i = 0; i < 70; ++i) NewVisit(lead, "2026-09-" + std::to_string(10 + i % 20));
  v1::ListVisitsRequest request;
  request.set_page_size(200);
  List(lead, request);
  NewVisit(lead);
  const auto gone = NewVisit(lead);
  List(lead, request);
  v1::DeleteRecordRequest remove;
  *remove.mutable_record() = gone.record();
  Must(lead->DeleteRecord(remove));
  const auto before = List(lead, request);
  EXPECT_EQ(before.total(), 71);
  lead.Restart();
  EXPECT_EQ(List(lead, request).SerializeAsString(), before.SerializeAsString());
  lead.Restart();
  {
    auto db = Must(sync::Database::Open(lead.path()));
    MustBeOk(
        db->Execute("DELETE FROM client_index; DELETE FROM client_setting WHERE name LIKE "
                    "'index:%'"));
  }
  lead.Restart();
  EXPECT_EQ(List(lead, request).SerializeAsString(), before.SerializeAsString());
}

TEST_F(VisitList, PlansWeakPlacesFirstThenTheLongestUnseen) {
  AddPlace(lead, "140824103201", "马村");
  AddPlace(lead, "140824103202", "弱村", true);
  AddPlace(lead, "140824200200", "别处");
  NewVisit(lead, "2026-09-11");
  v1::PlanVisitsRequest request;
  request.set_unit_prefix("140824103");
  const auto plan = Must(lead->PlanVisits(request));
  ASSERT_EQ(plan.places_size(), 3);
  EXPECT_EQ(plan.total(), 3);
  EXPECT_EQ(plan.never_visited(), 2);
  EXPECT_EQ(plan.places(0).unit().name(), "弱村");
  EXPECT_TRUE(plan.places(0).unit().weak_organisation());
  EXPECT_EQ(plan.places(1).unit().name(), "马村");
  EXPECT_EQ(plan.places(1).days_since(), -1);
  EXPECT_EQ(plan.places(2).unit().name(), "翟东村");
  EXPECT_EQ(plan.places(2).last_visit_date(), "2026-09-11");
  EXPECT_EQ(plan.places(2).days_since(), 10);
  EXPECT_TRUE(plan.places(2).has_draft());
  v1::SearchPlacesRequest search;
  search.set_text("zdc");
  const auto found = Must(lead->SearchPlaces(search));
  ASSERT_EQ(found.notes_size(), 1);
  EXPECT_EQ(found.notes(0).last_visit_date(), "2026-09-11");
  EXPECT_TRUE(found.notes(0).has_draft());
}

TEST_F(VisitList, CountsFindingsThatTheOfficeHasNotTakenUp) {
  const auto made = NewVisit(lead);
  Complete(lead, made, kMonday, 7 * kHourMs);
  v1::EditRequest edit;
  *edit.mutable_record() = made.record();
  *edit.add_edits() = SetText("findings[f1].problem", "楼梯破损");
  *edit.add_edits() = SetInteger("findings[f1].level", records::v1::FINDING_LEVEL_ORDINARY);
  *edit.add_edits() = SetText("findings[f1].owner_unit", kVillage);
  Must(lead->Edit(edit));
  EXPECT_EQ(Must(lead->PlanVisits({})).places(0).open_findings(), 0);
  lead.clock.Advance(8 * kHourMs);
  ASSERT_TRUE(Must(Submit(lead, made.record())).submitted());
  EXPECT_EQ(Must(lead->PlanVisits({})).places(0).open_findings(), 1);
  EXPECT_EQ(Must(lead->GetHome({})).open_findings(), 1);
}

TEST_F(VisitList, TellsTheHomePageInOneCall) {
  const auto made = NewVisit(lead);
  NewVisit(lead, "2026-09-08");
  v1::EditFormRequest typed;
  typed.set_form_id(made.form_id());
  *typed.add_edits() = SetText("note", "雨");
  Must(lead->EditForm(typed));
  const auto home = Must(lead->GetHome({}));
  EXPECT_EQ(home.person().name(), "张督一");
  EXPECT_EQ(home.person().role(), records::v1::PERSON_ROLE_LEAD);
  EXPECT_EQ(home.today(), "2026-09-21");
  EXPECT_EQ(home.month().month(), "2026-09");
  EXPECT_EQ(home.month().quota(), 2);
  EXPECT_EQ(home.month().drafts(), 2);
  ASSERT_EQ(home.today_visits_size(), 1);
  EXPECT_EQ(home.today_visits(0).temp_no(), "D2-0921-01");
  EXPECT_EQ(home.draft_visits(), 2);
  EXPECT_EQ(home.unsaved_forms(), 1);
  EXPECT_EQ(home.unsent_visits(), 2);
  EXPECT_EQ(home.plan_size(), 1);
  EXPECT_GT(home.unsent_changes(), 0u);
  EXPECT_EQ(home.last_success_ms(), 0);
  EXPECT_EQ(home.last_error(), "");
  EXPECT_GT(home.database_bytes(), 0u);
}

TEST_F(VisitList, RemembersTheLastSyncThatEndedWell) {
  Office office;
  NewVisit(lead);
  ASSERT_TRUE(lead.Sync(office).ok());
  lead.clock.Advance(kHourMs);
  EXPECT_FALSE(lead.Sync(office, false, [](size_t) { return Fate::kLostOnTheWay; }).ok());
  lead.Restart();
  const auto home = Must(lead->GetHome({}));
  EXPECT_EQ(home.last_success_ms(), kMonday);
  EXPECT_EQ(home.last_sync_ms(), kMonday + kHourMs);
  EXPECT_NE(home.last_error(), "");
  EXPECT_NE(home.last_error_text().zh(), home.last_error());
  ASSERT_TRUE(lead.Sync(office).ok());
  EXPECT_EQ(Must(lead->GetHome({})).last_error(), "");
  EXPECT_EQ(Must(lead->GetHome({})).unsent_visits(), 0);
}

}  // namespace
}  // namespace dudao::client
