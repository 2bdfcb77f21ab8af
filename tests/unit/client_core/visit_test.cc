#include <gtest/gtest.h>

#include <algorithm>

#include "dudao/client/reason.h"
#include "dudao/records/v1/visit.pb.h"
#include "visit_day.h"

namespace dudao::client {
namespace {

using records::v1::Visit;

TEST_F(VisitDay, BeginsWithHeaderNumberAndItems) {
  const auto made = NewVisit(inspector);
  EXPECT_EQ(made.visit().temp_no(), "D2-0921-01");
  EXPECT_EQ(made.visit().visit_date(), "2026-09-21");
  EXPECT_EQ(made.visit().unit_type(), records::v1::UNIT_TYPE_VILLAGE);
  EXPECT_EQ(made.visit().author_id(), "li");
  EXPECT_GT(made.visit().check_items_size(), 15);
  Visit stored;
  ASSERT_TRUE(stored.ParseFromString(inspector.Get(made.record()).message()));
  EXPECT_EQ(stored.SerializeAsString(), made.visit().SerializeAsString());
  EXPECT_EQ(stored.state(), records::v1::VISIT_STATE_DRAFT);
  EXPECT_EQ(NewVisit(inspector).visit().temp_no(), "D2-0921-02");
}

TEST_F(VisitDay, NeedsReferenceData) {
  Tablet empty("empty");
  v1::NewVisitRequest request;
  request.set_space(kSpace);
  request.set_team_id("D2");
  request.set_unit_code(kVillage);
  EXPECT_EQ(ReasonOf(empty->NewVisit(request).status()), kReferenceMissing);
}

TEST_F(VisitDay, IsSubmittedByTheLeadOnlyAndOnlyComplete) {
  const auto made = NewVisit(lead);
  EXPECT_FALSE(Must(Submit(lead, made.record())).submitted());
  EXPECT_NE(Blocking(lead, made.record()), "");
  Complete(lead, made, kMonday, 7 * kHourMs);
  lead.clock.Advance(8 * kHourMs);
  EXPECT_EQ(Blocking(lead, made.record()), "");
  const auto mine = NewVisit(inspector);
  EXPECT_EQ(ReasonOf(Submit(inspector, mine.record()).status()), "VISIT_ROLE_MAY_NOT");
  EXPECT_TRUE(Must(Submit(lead, made.record())).submitted());
}

TEST_F(VisitDay, IsFrozenOnceSubmittedAndTakesSupplements) {
  const auto made = NewVisit(lead);
  Complete(lead, made, kMonday, 7 * kHourMs);
  lead.clock.Advance(8 * kHourMs);
  ASSERT_TRUE(Must(Submit(lead, made.record())).submitted()) << Blocking(lead, made.record());
  v1::EditRequest edit;
  *edit.mutable_record() = made.record();
  *edit.add_edits() = SetText("note", "later");
  EXPECT_EQ(ReasonOf(lead->Edit(edit).status()), "VISIT_FROZEN");
  v1::EditFormRequest typed;
  typed.set_form_id(made.form_id());
  *typed.add_edits() = SetText("findings[f1].problem", "later");
  EXPECT_EQ(ReasonOf(lead->EditForm(typed).status()), "VISIT_FROZEN");
  v1::DeleteRecordRequest remove;
  *remove.mutable_record() = made.record();
  EXPECT_EQ(ReasonOf(lead->DeleteRecord(remove).status()), "VISIT_STATE_FORBIDS");
  v1::AddSupplementRequest supplement;
  *supplement.mutable_record() = made.record();
  supplement.set_text("补充:已当场清理。");
  const auto added = Must(lead->AddSupplement(supplement));
  Visit stored;
  ASSERT_TRUE(stored.ParseFromString(lead.Get(made.record()).message()));
  ASSERT_EQ(stored.supplements_size(), 1);
  EXPECT_EQ(stored.supplements(0).id(), added.supplement_id());
  EXPECT_EQ(stored.supplements(0).date(), "2026-09-21");
  EXPECT_FALSE(stored.has_note());
}

TEST_F(VisitDay, CannotBeMovedByAPlainEdit) {
  const auto made = NewVisit(lead);
  v1::EditRequest edit;
  *edit.mutable_record() = made.record();
  *edit.add_edits() = SetInteger("state", records::v1::VISIT_STATE_CONFIRMED);
  EXPECT_EQ(ReasonOf(lead->Edit(edit).status()), kFieldLifecycle);
}

TEST_F(VisitDay, FillsTheMonthBoard) {
  const int64_t day_ms = 24 * kHourMs;
  const auto first = NewVisit(lead, "2026-09-08");
  Complete(lead, first, kMonday - 13 * day_ms, 6 * kHourMs + kHourMs / 2);
  const auto second = NewVisit(lead);
  Complete(lead, second, kMonday, 7 * kHourMs);
  lead.clock.Advance(8 * kHourMs);
  v1::GetMonthBoardRequest request;
  request.set_space(kSpace);
  request.set_office_space(kOffice);
  request.set_team_id("D2");
  EXPECT_EQ(Must(lead->GetMonthBoard(request)).drafts(), 2);
  ASSERT_TRUE(Must(Submit(lead, first.record())).submitted()) << Blocking(lead, first.record());
  ASSERT_TRUE(Must(Submit(lead, second.record())).submitted()) << Blocking(lead, second.record());
  const auto board = Must(lead->GetMonthBoard(request));
  EXPECT_EQ(board.month(), "2026-09");
  EXPECT_EQ(board.days_counted(), 2);
  EXPECT_TRUE(board.quota_met() && board.first_half_filled() && board.second_half_filled());
  ASSERT_EQ(board.days_size(), 2);
  EXPECT_EQ(board.days(0).minutes(), 390);
  EXPECT_EQ(board.days(1).minutes(), 420);
  ASSERT_EQ(board.visits_size(), 2);
  EXPECT_EQ(board.visits(0).visit_date(), "2026-09-08");
  EXPECT_TRUE(board.visits(1).counts());
}

TEST_F(VisitDay, CountsOnTheBoardNeitherDeletedVisitsNorOtherMonthsNorOtherTeams) {
  const auto kept = NewVisit(lead);
  v1::DeleteRecordRequest remove;
  *remove.mutable_record() = NewVisit(lead).record();
  ASSERT_TRUE(lead->DeleteRecord(remove).ok());
  NewVisit(lead, "2026-08-31");
  v1::GetMonthBoardRequest request;
  request.set_space(kSpace);
  request.set_office_space(kOffice);
  request.set_team_id("D2");
  const auto board = Must(lead->GetMonthBoard(request));
  EXPECT_EQ(board.drafts(), 1);
  const auto visible = [](const v1::BoardVisit& visit) {
    return visit.state() != records::v1::VISIT_STATE_DELETED;
  };
  ASSERT_EQ(std::count_if(board.visits().begin(), board.visits().end(), visible), 1);
  EXPECT_EQ(board.visits(0).record().key(), kept.record().key());
  request.set_team_id("D1");
  EXPECT_EQ(Must(lead->GetMonthBoard(request)).visits_size(), 0);
}

TEST_F(VisitDay, FindsThePlaceByItsInitials) {
  v1::SearchPlacesRequest request;
  request.set_office_space(kOffice);
  for (const char* text : {"zdc", "翟东", "zhaidong", kVillage}) {
    request.set_text(text);
    const auto found = Must(lead->SearchPlaces(request));
    ASSERT_EQ(found.places_size(), 1) << text;
    EXPECT_EQ(found.places(0).display_name(), "翟东村");
  }
  request.set_text("nowhere");
  EXPECT_EQ(Must(lead->SearchPlaces(request)).places_size(), 0);
}

}  // namespace
}  // namespace dudao::client
