#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "dudao/client/reason.h"
#include "dudao/domain/default_form.h"
#include "dudao/records/v1/visit.pb.h"
#include "world.h"

namespace dudao::client {
namespace {

using records::v1::Visit;

constexpr char kVillage[] = "140824103200";
constexpr int64_t kHourMs = 3'600'000;

std::string SourceFile(const std::string& name) {
  const char* source = std::getenv("DUDAO_SOURCE_DIR");
  std::ifstream file(std::string(source == nullptr ? "." : source) + "/" + name);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// A tablet that holds the office's places, people, team and form.
class VisitDay : public testing::Test {
 protected:
  VisitDay() {
    for (Tablet* tablet : {&lead, &inspector}) Prepare(*tablet);
  }

  static void Create(Tablet& tablet, uint32_t type, const std::string& key,
                     const google::protobuf::Message& message) {
    v1::CreateRecordRequest create;
    *create.mutable_record() = Record(type, key, kOffice);
    create.set_message(message.SerializeAsString());
    Must(tablet->CreateRecord(create));
  }

  static void Prepare(Tablet& tablet) {
    Create(tablet, 4, "default/1",
           Must(domain::ParseForm(SourceFile("data/form-default.textproto"))));
    records::v1::Place place;
    place.set_code(kVillage);
    place.set_name("翟东村委会");
    place.set_display_name("翟东村");
    place.set_level(records::v1::PLACE_LEVEL_VILLAGE);
    place.set_pinyin_initials("zdc");
    place.set_pinyin_full("zhaidongcun");
    place.set_unit_type(records::v1::UNIT_TYPE_VILLAGE);
    Create(tablet, 1, kVillage, place);
    records::v1::Person person;
    person.set_person_id("zhang");
    person.set_role(records::v1::PERSON_ROLE_LEAD);
    Create(tablet, 2, "zhang", person);
  }

  v1::NewVisitResponse NewVisit(Tablet& tablet, const std::string& date = "") {
    v1::NewVisitRequest request;
    request.set_space(kSpace);
    request.set_office_space(kOffice);
    request.set_team_id("D2");
    request.set_unit_code(kVillage);
    request.add_inspector_ids("zhang");
    request.add_inspector_ids("li");
    request.set_visit_date(date);
    return Must(tablet->NewVisit(request));
  }

  // Fills what the form demands.
  static void Complete(Tablet& tablet, const v1::NewVisitResponse& made, int64_t arrived_ms,
                       int64_t hours_ms) {
    v1::EditRequest edit;
    *edit.mutable_record() = made.record();
    *edit.add_edits() = SetInteger("arrived_at_ms", arrived_ms);
    *edit.add_edits() = SetInteger("left_at_ms", arrived_ms + hours_ms);
    *edit.add_edits() = SetInteger("mode", records::v1::VISIT_MODE_DIRECT);
    *edit.add_edits() = AddText("areas", "grid");
    for (const auto& item : made.visit().check_items()) {
      *edit.add_edits() =
          SetInteger("check_items[" + item.code() + "].result", records::v1::CHECK_RESULT_YES);
    }
    v1::FieldEdit signature;
    records::v1::Signature signed_by;
    signed_by.set_signer_name("张督一");
    signed_by.set_image_sha256(std::string(64, 'a'));
    signed_by.set_text_sha256(std::string(64, 'b'));
    signed_by.set_signed_at_ms(arrived_ms + hours_ms);
    for (const char* path : {"unit_signature", "lead_signature"}) {
      signature.set_path(path);
      signature.mutable_set()->set_message(signed_by.SerializeAsString());
      *edit.add_edits() = signature;
    }
    Must(tablet->Edit(edit));
  }

  static absl::StatusOr<v1::SubmitVisitResponse> Submit(Tablet& tablet,
                                                        const v1::RecordRef& record) {
    v1::SubmitVisitRequest request;
    *request.mutable_record() = record;
    request.set_office_space(kOffice);
    return tablet->SubmitVisit(request);
  }

  // What still blocks, by reason and path.
  static std::string Blocking(Tablet& tablet, const v1::RecordRef& record) {
    v1::CheckVisitRequest request;
    *request.mutable_record() = record;
    request.set_office_space(kOffice);
    std::string blocking;
    const auto checked = Must(tablet->CheckVisit(request));
    for (const auto& issue : checked.issues()) {
      if (issue.blocking()) blocking += issue.reason() + " " + issue.path() + "; ";
    }
    return blocking;
  }

  Tablet lead{"zhang"};
  Tablet inspector{"li"};
};

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
