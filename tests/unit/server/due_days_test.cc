// US-10: due days past the last loaded calendar become firm when the year is loaded, and what moves
// is named; nothing else moves.
#include "findings_fixture.h"

namespace dudao::server {
namespace {

// The last days of 2026 and the first of 2027: 1 January off, 3 January made up for it.
constexpr char k2027[] =
    "date,kind,name\n2027-01-01,off,元旦\n2027-01-02,off,元旦\n2027-01-03,work,元旦\n";
// Nothing about New Year but its day.
constexpr char kLate2027[] = "date,kind,name\n2027-02-06,off,春节\n";

class DueDaysTest : public FindingsTest {
 protected:
  admin::v1::ImportHolidaysResponse Load(const std::string& csv, bool dry_run = false) {
    admin::v1::ImportHolidaysRequest request;
    request.set_csv(csv);
    request.set_dry_run(dry_run);
    admin::v1::ImportHolidaysResponse response;
    As who("admin");
    const grpc::Status status = admin_->ImportHolidays(&who, request, &response);
    EXPECT_TRUE(status.ok()) << ReasonIn(status);
    EXPECT_EQ(response.problems_size(), 0);
    return response;
  }
  // Issued on 21 December under ten working days, as in the domain's vectors.
  void IssueAcrossTheYear(const std::string& id) {
    ASSERT_EQ(
        Confirm(id, records::v1::FINDING_LEVEL_ORDINARY, records::v1::LIMIT_UNIT_WORKING_DAY, 10),
        "");
    ASSERT_EQ(Issue(id), "");
    ASSERT_TRUE(decided_.rectification().due_provisional());
    ASSERT_EQ(decided_.row().due_date(), "2027-01-04");
  }
  void GrantSevenDays(const std::string& id) {
    ASSERT_EQ(Receive(id), "");
    AnswerFindingRequest more = To(Get(id, "rep"));
    more.mutable_extension()->set_days(7);
    more.mutable_extension()->set_reason("等待配件");
    ASSERT_EQ(Answer(more), "");
    DecideFindingRequest grant = On(Get(id));
    grant.mutable_extension()->set_extension_id(Get(id).rectification().extensions(0).id());
    grant.mutable_extension()->set_grant(true);
    ASSERT_EQ(Decide(grant), "");
  }
};

TEST_F(DueDaysTest, BecomeFirmWithTheirYearAndTheDifferencesAreListed) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-12-18", {"a", "b", "c", "d"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  At(absl::CivilSecond(2026, 12, 21, 9, 0));
  IssueAcrossTheYear("a");
  IssueAcrossTheYear("b");
  // Firm from the start.
  ASSERT_EQ(
      Confirm("c", records::v1::FINDING_LEVEL_ORDINARY, records::v1::LIMIT_UNIT_WORKING_DAY, 3),
      "");
  ASSERT_EQ(Issue("c"), "");
  // More time was granted on top of the provisional day.
  GrantSevenDays("b");
  // Withdrawn before the year is known.
  IssueAcrossTheYear("d");
  ASSERT_EQ(With("d", records::v1::RECTIFICATION_STATE_CANCELLED, "误发"), "");

  const auto preview = Load(k2027, true);
  ASSERT_EQ(preview.deadlines_size(), 2) << preview.ShortDebugString();
  EXPECT_TRUE(Get("a").rectification().due_provisional()) << "a preview writes nothing";

  const auto loaded = Load(k2027);
  EXPECT_EQ(loaded.SerializeAsString(), preview.SerializeAsString());
  const auto& first = loaded.deadlines(0);
  EXPECT_EQ(first.finding_id(), "a");
  EXPECT_EQ(first.notice_no(), "稷督整〔2026〕1号");
  EXPECT_EQ(first.unit_name(), "翟东村");
  EXPECT_EQ(first.due_before(), "2027-01-04");
  // 22 to 31 December are eight working days, then 3 January (made up) and the 4th.
  EXPECT_EQ(first.due_after(), "2027-01-04");
  EXPECT_FALSE(first.provisional());
  EXPECT_EQ(loaded.deadlines(1).due_before(), "2027-01-11") << "with the extension";
  const GetFindingResponse a = Get("a");
  EXPECT_FALSE(a.rectification().due_provisional());
  EXPECT_EQ(a.rectification().state(), records::v1::RECTIFICATION_STATE_ISSUED);
  const auto& step = *a.rectification().steps().rbegin();
  EXPECT_EQ(step.by(), "admin");
  EXPECT_EQ(step.from(), step.to());
  EXPECT_NE(step.reason().find("2027-01-04"), std::string::npos) << step.reason();
  EXPECT_FALSE(Get("c").rectification().due_provisional());
  EXPECT_EQ(Get("d").rectification().due_date(), "2027-01-04");
  EXPECT_TRUE(Get("d").rectification().due_provisional()) << "no clock runs any more";

  const auto again = Load(k2027);
  EXPECT_EQ(again.unchanged(), 1);
  EXPECT_EQ(again.deadlines_size(), 0);
}

TEST_F(DueDaysTest, MoveWhereTheCalendarSaysSoAndAnExtensionMovesAlong) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-12-18", {"a", "b"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  At(absl::CivilSecond(2026, 12, 21, 9, 0));
  IssueAcrossTheYear("a");
  IssueAcrossTheYear("b");
  GrantSevenDays("b");
  // 1 January counted as a working day; now it and the Monday after are off.
  const auto loaded = Load("date,kind,name\n2027-01-01,off,元旦\n2027-01-04,off,元旦\n");
  ASSERT_EQ(loaded.deadlines_size(), 2);
  EXPECT_EQ(loaded.deadlines(0).due_before(), "2027-01-04");
  EXPECT_EQ(loaded.deadlines(0).due_after(), "2027-01-06");
  EXPECT_EQ(loaded.deadlines(1).due_after(), "2027-01-13");
  EXPECT_EQ(Get("a").row().due_date(), "2027-01-06");
  EXPECT_EQ(Get("b").rectification().due_date(), "2027-01-06");
  EXPECT_EQ(Get("b").rectification().extended_due(), "2027-01-13");
  // Firm days stay where people have them on paper, whatever a corrected calendar says.
  EXPECT_EQ(Load(kLate2027).deadlines_size(), 0);
  EXPECT_EQ(Get("a").row().due_date(), "2027-01-06");
}

TEST_F(DueDaysTest, ACorrectedCalendarLosesTheDaysThatItDoesNotName) {
  Load(k2027);
  const auto corrected = Load(kLate2027);
  EXPECT_EQ(corrected.updated(), 1);
  Tablet office("zhao", "office", 9);
  ASSERT_TRUE(office.Sync(*sync_).ok());
  const sync::RecordId id{sync::RecordTypeOf(*records::v1::HolidayYear::descriptor()), "2027"};
  records::v1::HolidayYear year;
  ASSERT_TRUE(year.ParseFromString((*office.store().Load(id))->record.Materialise()));
  ASSERT_EQ(year.days_size(), 1);
  EXPECT_EQ(year.days(0).date(), "2027-02-06");
  EXPECT_EQ(Load(kLate2027).unchanged(), 1);
}

}  // namespace
}  // namespace dudao::server
