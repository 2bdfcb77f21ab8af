// US-08, its last step: the secretary's report of a leader's visit is entered, counts for the
// leader and for no team, and its problems are findings like any other.
#include <algorithm>
#include <functional>

#include "absl/strings/escaping.h"
#include "findings_fixture.h"

namespace dudao::server {
namespace {

constexpr char kLeaders[] = "team-ldr-2026";

class LeaderVisitsTest : public FindingsTest {
 protected:
  void SetUp() override {
    FindingsTest::SetUp();
    admin::v1::SetPersonRequest request;
    request.set_person_id("ld");
    request.set_name("孙阅");
    request.set_role(records::v1::PERSON_ROLE_LEADER);
    request.set_active(true);
    admin::v1::SetPersonResponse response;
    As admin("admin");
    ASSERT_TRUE(admin_->SetPerson(&admin, request, &response).ok());
    admin::v1::ImportMeasuresRequest measures;
    measures.set_csv(DataFile("measures-default.csv"));
    admin::v1::ImportMeasuresResponse imported;
    As again("admin");
    ASSERT_TRUE(admin_->ImportMeasures(&again, measures, &imported).ok());
  }
  static review::v1::RecordLeaderVisitRequest Visit(char id = 'v') {
    review::v1::RecordLeaderVisitRequest request;
    request.set_request_id(std::string(16, id));
    request.set_leader_id("ld");
    request.set_visit_date("2026-09-24");
    request.set_unit_code(kVillage);
    request.add_topics("农村党建");
    request.set_observations("班子战斗力不强");
    request.set_instructions("一周内拿出方案");
    for (const char* problem : {"三会一课记录不全", "合同到期未续签"}) {
      request.add_problems()->set_problem(problem);
    }
    request.mutable_problems(0)->set_measure_id("1-01-001");
    request.mutable_problems(1)->set_level(records::v1::FINDING_LEVEL_SERIOUS);
    return request;
  }
  std::string Enter(const review::v1::RecordLeaderVisitRequest& request,
                    const std::string& person = "zhao") {
    As who(person);
    const grpc::Status status = review_->RecordLeaderVisit(&who, request, &entered_);
    return status.ok() ? "" : ReasonIn(status);
  }
  review::v1::GetStatisticsResponse Statistics(const std::string& person = "zhao") {
    review::v1::GetStatisticsResponse response;
    As who(person);
    EXPECT_TRUE(ledger_->GetStatistics(&who, {}, &response).ok());
    return response;
  }
  review::v1::CoverageRow Coverage() {
    review::v1::ListCoverageRequest request;
    request.set_unit_prefix(kVillage);
    review::v1::ListCoverageResponse response;
    As who("zhao");
    EXPECT_TRUE(ledger_->ListCoverage(&who, request, &response).ok());
    return response.units_size() == 1 ? response.units(0) : review::v1::CoverageRow();
  }

  review::v1::RecordLeaderVisitResponse entered_;
};

TEST_F(LeaderVisitsTest, CountForTheLeaderAndForNoTeam) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const auto before = Statistics();
  EXPECT_EQ(before.leaders(), 1);
  EXPECT_EQ(before.leaders_visited(), 0);
  ASSERT_EQ(Enter(Visit()), "");
  EXPECT_TRUE(entered_.created());
  EXPECT_EQ(entered_.space(), kLeaders);
  EXPECT_EQ(entered_.temp_no(), "LDR-0924-01");
  const auto after = Statistics();
  EXPECT_EQ(after.leaders_visited(), 1);
  EXPECT_EQ(after.visits(), before.visits());
  EXPECT_EQ(after.units_visited(), before.units_visited());
  EXPECT_EQ(Coverage().last_visit(), "2026-09-21");
  EXPECT_EQ(Coverage().last_team(), "D1");
  EXPECT_EQ(Coverage().visits(), 1);
  EXPECT_EQ(Coverage().last_leader_visit(), "2026-09-24");
  EXPECT_EQ(Coverage().open_findings(), 0) << "nothing is confirmed yet";
  Restart();
  EXPECT_EQ(Statistics().leaders_visited(), 1);
}

TEST_F(LeaderVisitsTest, AreEnteredOnceWhateverIsSentAgain) {
  ASSERT_EQ(Enter(Visit()), "");
  auto again = Visit();
  again.set_observations("另一段话");
  ASSERT_EQ(Enter(again), "");
  EXPECT_FALSE(entered_.created());
  EXPECT_EQ(entered_.temp_no(), "LDR-0924-01");
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_INBOX).size(), 2 * (32 + 2 + 1));
  ASSERT_EQ(Enter(Visit('w')), "");
  EXPECT_TRUE(entered_.created());
  EXPECT_EQ(entered_.temp_no(), "LDR-0924-02");
}

TEST_F(LeaderVisitsTest, GiveFindingsThatGoToStrikingOff) {
  ASSERT_EQ(Enter(Visit()), "");
  review::v1::ListFindingsRequest request;
  request.mutable_filter()->set_view(review::v1::FINDING_VIEW_INBOX);
  request.mutable_filter()->set_team_id("LDR");
  const auto inbox = List(request);
  ASSERT_EQ(inbox.findings_size(), 2);
  const std::string first = absl::BytesToHexString(Visit().request_id()) + "-1";
  const GetFindingResponse seen = Get(first, "zhao", kLeaders);
  EXPECT_EQ(seen.row().temp_no(), "LDR-0924-01-F1");
  EXPECT_EQ(seen.row().owner_unit(), kVillage);
  EXPECT_EQ(std::count(seen.actions().begin(), seen.actions().end(), "RETURN"), 0);
  DecideFindingRequest back = On(seen);
  back.mutable_with_reason()->set_to(records::v1::RECTIFICATION_STATE_RETURNED);
  back.mutable_with_reason()->set_reason("请补充");
  EXPECT_EQ(Decide(back), "LEADER_VISIT_STAYS");
  ASSERT_EQ(Confirm(first, records::v1::FINDING_LEVEL_ORDINARY, records::v1::LIMIT_UNIT_UNSPECIFIED,
                    0, kLeaders),
            "");
  EXPECT_EQ(decided_.rectification().measure_id(), "1-01-001");
  EXPECT_EQ(decided_.rectification().sources(0).finder_id(), "ld");
  ASSERT_EQ(Issue(first, kLeaders), "");
  EXPECT_EQ(decided_.row().notice_no(), "稷督整〔2026〕1号");
  EXPECT_EQ(Coverage().open_findings(), 1);
  DecideFindingRequest nobody = On(Get(first, "zhao", kLeaders));
  nobody.mutable_look_back();
  EXPECT_EQ(Decide(nobody), "LOOK_BACK_TEAM_MISSING") << "leaders have no tablets";
  DecideFindingRequest ask = On(Get(first, "zhao", kLeaders));
  ask.mutable_look_back()->set_team_id("D1");
  ASSERT_EQ(Decide(ask), "") << "a team looks for the leader";
  Tablet alice("ins1", kOne, 1);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const auto tasks = TasksOn(alice);
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].finding_id(), first);
}

TEST_F(LeaderVisitsTest, AreTheOfficesToEnterAndTheReadersToRead) {
  for (const char* person : {"admin", "ld", "ins1", "lead1", "rep"})
    EXPECT_EQ(Enter(Visit(), person), "ROLE_FORBIDDEN") << person;
  ASSERT_EQ(Enter(Visit()), "");
  review::v1::GetRecordRequest request;
  request.set_space(entered_.space());
  request.set_type_id(sync::RecordTypeOf(*records::v1::Visit::descriptor()));
  request.set_key(entered_.key());
  for (const char* person : {"zhao", "ld"}) {
    review::v1::GetRecordResponse response;
    As who(person);
    EXPECT_TRUE(review_->GetRecord(&who, request, &response).ok()) << person;
  }
  for (const char* person : {"ins1", "lead1"}) {
    review::v1::GetRecordResponse response;
    As who(person);
    EXPECT_EQ(ReasonIn(review_->GetRecord(&who, request, &response)), "SPACE_FORBIDDEN") << person;
  }
  admin::v1::SetPersonRequest member;
  member.set_person_id("ins9");
  member.set_role(records::v1::PERSON_ROLE_INSPECTOR);
  member.set_team_id("LDR");
  member.set_active(true);
  admin::v1::SetPersonResponse response;
  As admin("admin");
  EXPECT_EQ(ReasonIn(admin_->SetPerson(&admin, member, &response)), "PERSON_INVALID")
      << "nobody joins the leaders' team";
}

TEST_F(LeaderVisitsTest, AreRefusedWithAReasonWhereSomethingIsWrong) {
  struct Case {
    const char* reason;
    std::function<void(review::v1::RecordLeaderVisitRequest&)> spoil;
  };
  const Case cases[] = {
      {"REQUEST_INVALID", [](auto& r) { r.set_request_id("short"); }},
      {"LEADER_UNKNOWN", [](auto& r) { r.set_leader_id("ins1"); }},
      {"LEADER_UNKNOWN", [](auto& r) { r.set_leader_id(""); }},
      {"VISIT_DATE_WRONG", [](auto& r) { r.set_visit_date("2026-09-29"); }},
      {"VISIT_DATE_WRONG", [](auto& r) { r.set_visit_date("24.9."); }},
      {"UNIT_UNKNOWN", [](auto& r) { r.set_unit_code("140824103299"); }},
      {"UNIT_UNKNOWN", [](auto& r) { r.set_unit_code("140824"); }},
      {"REQUEST_INVALID", [](auto& r) { r.clear_topics(); }},
      {"RECTIFICATION_FIELD_REQUIRED", [](auto& r) { r.set_observations(" "); }},
      {"RECTIFICATION_FIELD_REQUIRED", [](auto& r) { r.mutable_problems(0)->clear_problem(); }},
      {"TEXT_HOLDS_IDENTITY_NUMBER",
       [](auto& r) { r.set_observations("联系人 11010519491231002X"); }},
      {"MEASURE_UNKNOWN", [](auto& r) { r.mutable_problems(0)->set_measure_id("9-99-999"); }},
      {"REQUEST_INVALID", [](auto& r) { r.mutable_problems(0)->set_level(77); }},
  };
  for (const Case& wrong : cases) {
    auto request = Visit();
    wrong.spoil(request);
    EXPECT_EQ(Enter(request), wrong.reason) << request.ShortDebugString();
  }
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_INBOX), "");
  EXPECT_EQ(Statistics().leaders_visited(), 0);
}

}  // namespace
}  // namespace dudao::server
