// Findings with one tap, and the view of one visit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "visit_day.h"

namespace dudao::client {
namespace {

using records::v1::Finding;

class FindingTap : public VisitDay {
 protected:
  static absl::StatusOr<v1::AddFindingResponse> Add(Tablet& tablet, const std::string& form_id,
                                                    const std::string& check_code,
                                                    bool another = false) {
    v1::AddFindingRequest request;
    request.set_form_id(form_id);
    request.set_check_code(check_code);
    request.set_problem("台账与公示不一致");
    request.set_another(another);
    return tablet->AddFinding(request);
  }

  static v1::GetVisitViewResponse View(Tablet& tablet, const std::string& form_id) {
    v1::GetVisitViewRequest request;
    request.set_form_id(form_id);
    return Must(tablet->GetVisitView(request));
  }

  static void Type(Tablet& tablet, const std::string& form_id, const v1::FieldEdit& edit) {
    v1::EditFormRequest request;
    request.set_form_id(form_id);
    *request.add_edits() = edit;
    Must(tablet->EditForm(request));
  }

  static const v1::ItemView* Item(const v1::GetVisitViewResponse& view, const std::string& code) {
    for (const auto& section : view.sections()) {
      for (const auto& item : section.items()) {
        if (item.code() == code) return &item;
      }
    }
    return nullptr;
  }
};

TEST_F(FindingTap, OpensOneThatIsFilledInAndDurable) {
  const auto made = NewVisit(lead);
  const auto added = Must(Add(lead, made.form_id(), "B3"));
  EXPECT_FALSE(added.existed());
  EXPECT_EQ(added.temp_no(), "D2-0921-01-F1");
  EXPECT_EQ(added.edits_size(), 1);
  const Finding& finding = added.finding();
  EXPECT_EQ(finding.id(), added.finding_id());
  EXPECT_EQ(finding.check_code(), "B3");
  EXPECT_EQ(finding.problem(), "台账与公示不一致");
  EXPECT_EQ(finding.level(), records::v1::FINDING_LEVEL_ORDINARY);
  EXPECT_EQ(finding.owner_unit(), kVillage);
  EXPECT_EQ(finding.category(), "网格治理");
  EXPECT_EQ(finding.measure_id(), "");  // the default form names none
  lead.Restart();
  const auto view = View(lead, made.form_id());
  ASSERT_EQ(view.findings_size(), 1);
  EXPECT_EQ(view.findings(0).finding().SerializeAsString(), finding.SerializeAsString());
}

TEST_F(FindingTap, GivesBackTheOneThatIsThereUnlessAnotherIsWanted) {
  const auto made = NewVisit(lead);
  const auto first = Must(Add(lead, made.form_id(), "B3"));
  const auto again = Must(Add(lead, made.form_id(), "B3"));
  EXPECT_TRUE(again.existed());
  EXPECT_EQ(again.finding_id(), first.finding_id());
  EXPECT_EQ(again.edits_size(), 0);
  const auto another = Must(Add(lead, made.form_id(), "B3", true));
  EXPECT_NE(another.finding_id(), first.finding_id());
  EXPECT_EQ(another.temp_no(), "D2-0921-01-F2");
  // What was found otherwise belongs to no item: each is one of its own.
  EXPECT_EQ(Must(Add(lead, made.form_id(), "")).temp_no(), "D2-0921-01-F3");
  EXPECT_EQ(Must(Add(lead, made.form_id(), "")).temp_no(), "D2-0921-01-F4");
}

TEST_F(FindingTap, TakesTheMeasureFromTheForm) {
  records::v1::FormTemplate form =
      Must(domain::ParseForm(SourceFile("data/form-default.textproto")));
  form.set_version(2);
  for (auto& item : *form.mutable_check_items()) {
    if (item.code() == "B3") item.set_measure_id("1-03-012");
  }
  Create(lead, 4, "default/2", form);
  const auto made = NewVisit(lead);
  EXPECT_EQ(made.visit().form_version(), 2u);
  EXPECT_EQ(Must(Add(lead, made.form_id(), "B3")).finding().measure_id(), "1-03-012");
}

TEST_F(FindingTap, DoesNotRepeatANumberThatArrivedSinceTheFormWasOpened) {
  const auto made = NewVisit(lead);
  v1::OpenRecordRequest open;
  *open.mutable_record() = made.record();
  const std::string early = Must(lead->OpenRecord(open)).form_id();
  Must(Add(lead, made.form_id(), "B3"));
  v1::SaveFormRequest save;
  save.set_form_id(made.form_id());
  Must(lead->SaveForm(save));
  EXPECT_EQ(Must(Add(lead, early, "B4")).temp_no(), "D2-0921-01-F2");
}

TEST_F(FindingTap, RefusesAnItemThatTheFormDoesNotHave) {
  const auto made = NewVisit(lead);
  EXPECT_EQ(ReasonOf(Add(lead, made.form_id(), "Z9").status()), "CHECK_ITEM_UNKNOWN");
  EXPECT_EQ(ReasonOf(Add(lead, "no-such-form", "B3").status()), kFormNotFound);
  EXPECT_EQ(View(lead, made.form_id()).findings_size(), 0);
}

TEST_F(FindingTap, IsRefusedOnceTheVisitIsSubmitted) {
  const auto made = NewVisit(lead);
  Complete(lead, made, kMonday, 7 * kHourMs);
  lead.clock.Advance(8 * kHourMs);
  ASSERT_TRUE(Must(Submit(lead, made.record())).submitted());
  EXPECT_EQ(ReasonOf(Add(lead, made.form_id(), "B3").status()), "VISIT_FROZEN");
}

TEST_F(FindingTap, ShowsProgressAndWhatIsStillAsked) {
  const auto made = NewVisit(lead);
  const auto before = View(lead, made.form_id());
  EXPECT_EQ(before.answered(), 0);
  EXPECT_GT(before.required(), 15);
  EXPECT_EQ(before.unit().name(), "翟东村");
  EXPECT_EQ(before.form_title(), "督导检查记录");
  EXPECT_EQ(before.state_text().zh(), "草稿");
  EXPECT_TRUE(before.may_edit());
  EXPECT_FALSE(before.frozen() || before.may_supplement() || before.ready());
  EXPECT_EQ(before.areas_size(), 6);
  Type(lead, made.form_id(), SetInteger("check_items[B3].result", records::v1::CHECK_RESULT_NO));
  Type(lead, made.form_id(), AddText("areas", "grid"));
  auto view = View(lead, made.form_id());
  EXPECT_EQ(view.answered(), 1);
  ASSERT_NE(Item(view, "B3"), nullptr);
  EXPECT_TRUE(Item(view, "B3")->needs_finding());
  EXPECT_TRUE(view.areas(0).chosen());
  EXPECT_FALSE(view.areas(1).chosen());
  const auto added = Must(Add(lead, made.form_id(), "B3"));
  view = View(lead, made.form_id());
  EXPECT_FALSE(Item(view, "B3")->needs_finding());
  EXPECT_EQ(Item(view, "B3")->finding_ids(0), added.finding_id());
  EXPECT_EQ(view.findings(0).check_label(), Item(view, "B3")->label());
  EXPECT_GT(view.pending_fields(), 2u);
}

TEST_F(FindingTap, ShowsInputsWithPathUnitAndScale) {
  const auto made = NewVisit(lead);
  Type(lead, made.form_id(), SetInteger("check_extras[C2.income_prev].number", 123456));
  const auto view = View(lead, made.form_id());
  const v1::InputView& income = Item(view, "C2")->inputs(0);
  EXPECT_EQ(income.path(), "check_extras[C2.income_prev].number");
  EXPECT_EQ(income.unit().zh(), "元");
  EXPECT_EQ(income.scale(), 100);
  EXPECT_TRUE(income.given());
  EXPECT_EQ(income.number(), 123456);
  EXPECT_FALSE(Item(view, "C2")->inputs(1).given());
  EXPECT_EQ(Item(view, "A3")->inputs(0).path(), "check_extras[A3.last_date].text");
}

TEST_F(FindingTap, CountsTheDefaultLimitFromTheDayOfTheVisit) {
  const auto made = NewVisit(lead);
  const auto added = Must(Add(lead, made.form_id(), "B3"));
  const std::string level = "findings[" + added.finding_id() + "].level";
  const auto deadline = [&](records::v1::FindingLevel to) {
    Type(lead, made.form_id(), SetInteger(level, to));
    return View(lead, made.form_id()).findings(0);
  };
  EXPECT_EQ(deadline(records::v1::FINDING_LEVEL_AT_ONCE).deadline(), "2026-09-24");
  EXPECT_EQ(deadline(records::v1::FINDING_LEVEL_ORDINARY).deadline(), "2026-09-28");
  EXPECT_EQ(deadline(records::v1::FINDING_LEVEL_ORDINARY).limit().zh(), "7 天");
  EXPECT_EQ(deadline(records::v1::FINDING_LEVEL_SERIOUS).deadline(), "2026-10-21");
  EXPECT_EQ(deadline(records::v1::FINDING_LEVEL_LONG_TERM).deadline(), "");
}

TEST_F(FindingTap, ShowsWhereAFileIs) {
  const auto made = NewVisit(lead);
  v1::AddAttachmentRequest photo;
  *photo.mutable_record() = made.record();
  photo.set_data("full picture");
  photo.set_thumbnail("small");
  photo.mutable_evidence()->set_kind(records::v1::EVIDENCE_KIND_PHOTO);
  const auto added = Must(lead->AddAttachment(photo));
  v1::GetVisitViewRequest request;
  *request.mutable_record() = made.record();
  const auto mine = Must(lead->GetVisitView(request));
  ASSERT_EQ(mine.evidence_size(), 1);
  EXPECT_EQ(mine.evidence(0).evidence().sha256(), added.sha256());
  EXPECT_TRUE(mine.evidence(0).held() && mine.evidence(0).thumbnail_held());
  EXPECT_TRUE(mine.evidence(0).unsent());
  EXPECT_TRUE(mine.unsent());
  Office office;
  ASSERT_TRUE(lead.Sync(office, true).ok());
  ASSERT_TRUE(inspector.Sync(office, false).ok());
  EXPECT_FALSE(Must(lead->GetVisitView(request)).evidence(0).unsent());
  EXPECT_FALSE(Must(lead->GetVisitView(request)).unsent());
  const auto theirs = Must(inspector->GetVisitView(request));
  ASSERT_EQ(theirs.evidence_size(), 1);
  EXPECT_FALSE(theirs.evidence(0).held() || theirs.evidence(0).unsent());
}

TEST_F(FindingTap, ShowsConflictsAndWhoMaySubmit) {
  const auto made = NewVisit(lead);
  Office office;
  ASSERT_TRUE(lead.Sync(office).ok());
  ASSERT_TRUE(inspector.Sync(office).ok());
  lead.Set(made.record(), "note", "晴");
  inspector.Set(made.record(), "note", "雨");
  ASSERT_TRUE(lead.Sync(office).ok());
  ASSERT_TRUE(inspector.Sync(office).ok());
  v1::GetVisitViewRequest request;
  *request.mutable_record() = made.record();
  const auto view = Must(inspector->GetVisitView(request));
  ASSERT_EQ(view.conflicts_size(), 1);
  EXPECT_EQ(view.conflicts(0).path(), "note");
  EXPECT_FALSE(view.may_submit());
  EXPECT_TRUE(Must(lead->GetVisitView(request)).may_submit());
  ASSERT_EQ(view.inspectors_size(), 2);
  EXPECT_EQ(view.month().month(), "2026-09");
  EXPECT_EQ(view.month().drafts(), 1);
}

TEST_F(FindingTap, ShowsAFrozenVisit) {
  const auto made = NewVisit(lead);
  Complete(lead, made, kMonday, 7 * kHourMs);
  lead.clock.Advance(8 * kHourMs);
  ASSERT_TRUE(Must(Submit(lead, made.record())).submitted());
  v1::GetVisitViewRequest request;
  *request.mutable_record() = made.record();
  const auto view = Must(lead->GetVisitView(request));
  EXPECT_TRUE(view.frozen() && view.may_supplement());
  EXPECT_FALSE(view.may_edit() || view.may_submit());
  EXPECT_EQ(view.month().days_counted(), 1);
}

}  // namespace
}  // namespace dudao::client
