// The review desk over the wire: lists and their pages, search, conflicts, decisions, the month
// board.
#include <algorithm>
#include <set>

#include "dudao/domain/signing_text.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/schema/record_types.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {
namespace {

constexpr char kSpace[] = "team-d1-2026";
constexpr char kVillage[] = "翟东村";
const uint32_t kVisit = sync::RecordTypeOf(*records::v1::Visit::descriptor());

class ReviewTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    MakeTeamSpaces();
  }
  review::v1::ListVisitsResponse List(const std::string& person,
                                      review::v1::ListVisitsRequest request) {
    As who(person);
    review::v1::ListVisitsResponse response;
    const grpc::Status status = review_->ListVisits(&who, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  std::string Find(const std::string& text, const std::string& person = "zhao") {
    review::v1::ListVisitsRequest request;
    request.set_text(text);
    std::string found;
    const auto list = List(person, request);
    for (const auto& row : list.visits()) found += row.temp_no() + " ";
    return found;
  }
  review::v1::GetRecordResponse Get(const std::string& key) {
    review::v1::GetRecordRequest request;
    request.set_space(kSpace);
    request.set_type_id(kVisit);
    request.set_key(key);
    As who("zhao");
    review::v1::GetRecordResponse response;
    const grpc::Status status = review_->GetRecord(&who, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Decide(const std::string& key, review::v1::Decision decision,
                      const std::string& reason, const review::v1::GetRecordResponse& seen,
                      const std::string& person = "zhao") {
    review::v1::DecideVisitRequest request;
    request.set_space(kSpace);
    request.set_key(key);
    request.set_decision(decision);
    request.set_reason(reason);
    request.set_context(seen.context());
    request.set_content_digest(seen.content_digest());
    As who(person);
    review::v1::DecideVisitResponse response;
    return review_->DecideVisit(&who, request, &response);
  }
  static records::v1::Visit Parsed(const std::string& bytes) {
    records::v1::Visit visit;
    EXPECT_TRUE(visit.ParseFromString(bytes));
    return visit;
  }
};

TEST_F(ReviewTest, FindsChineseTextOfAnyLengthAndPlaceNames) {
  ImportPlaces();
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "公示牌与台账不一致"));
  alice.Save("v2", MakeVisit("D1", "140824400001", "2026-09-22", "two", "楼梯扶手 100% 破损"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Find("台"), "one ");
  EXPECT_EQ(Find("台账"), "one ");
  EXPECT_EQ(Find("公示牌"), "one ");
  EXPECT_EQ(Find("公示牌 一致"), "one ");
  EXPECT_EQ(Find("公示牌 楼梯"), "");
  EXPECT_EQ(Find("0%"), "two ") << "a percent sign is no wildcard";
  EXPECT_EQ(Find("_"), "");
  EXPECT_EQ(Find("\""), "");
  EXPECT_EQ(Find("破损\""), "");
  EXPECT_EQ(Find("翟东村"), "one ") << "by the place's name";
  EXPECT_EQ(Find("翟东"), "one ");
  const auto rows = List("zhao", {});
  ASSERT_EQ(rows.visits_size(), 2);
  EXPECT_EQ(rows.visits(0).temp_no(), "two") << "newest first";
  EXPECT_EQ(rows.visits(1).unit_name(), "翟东村");
  EXPECT_EQ(rows.visits(1).township_name(), "翟店镇");
  EXPECT_EQ(rows.visits(1).finding_count(), 1);
}

TEST_F(ReviewTest, FindsNothingOfWhatWasChangedOrDeleted) {
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "公示牌褪色"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Find("公示牌"), "one ");
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "楼梯扶手破损"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Find("公示牌"), "");
  EXPECT_EQ(Find("楼梯扶"), "one ");
  const sync::RecordId id{kVisit, "v1"};
  alice.Save({{id, sync::Path(), sync::MergeKind::kKeyed, sync::Value::Absent()}});
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Find("楼梯扶"), "");
  EXPECT_EQ(List("zhao", {}).total_size(), 0);
}

TEST_F(ReviewTest, ShowsEachCallerOnlyTheirSpaces) {
  Tablet alice("ins1", kSpace, 1);
  Tablet carol("ins3", "team-d2-2026", 3);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "a"));
  carol.Save("v2", MakeVisit("D2", "140824103200", "2026-09-21", "two", "b"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  EXPECT_EQ(List("zhao", {}).total_size(), 2);
  EXPECT_EQ(List("ld", {}).total_size(), 2);
  ASSERT_EQ(List("ins1", {}).total_size(), 1);
  EXPECT_EQ(List("ins1", {}).visits(0).temp_no(), "one");
  EXPECT_EQ(Find("b", "ins1"), "");
}

TEST_F(ReviewTest, FiltersByPlaceStateDayAndConflict) {
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "a"));
  alice.Save("v2", MakeVisit("D1", "140824100200", "2026-09-08", "two", "b"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  review::v1::ListVisitsRequest request;
  request.set_unit_prefix("140824103");
  EXPECT_EQ(List("zhao", request).total_size(), 1);
  request.Clear();
  request.set_from_date("2026-09-09");
  EXPECT_EQ(List("zhao", request).visits(0).temp_no(), "one");
  request.set_to_date("2026-09-20");
  EXPECT_EQ(List("zhao", request).total_size(), 0);
  request.Clear();
  request.set_state(records::v1::VISIT_STATE_DRAFT);
  EXPECT_EQ(List("zhao", request).total_size(), 0);
  request.Clear();
  request.set_only_conflicts(true);
  EXPECT_EQ(List("zhao", request).total_size(), 0);
  request.Clear();
  request.set_from_date("2026-9-9");
  As who("zhao");
  review::v1::ListVisitsResponse response;
  EXPECT_EQ(ReasonIn(review_->ListVisits(&who, request, &response)), "REQUEST_INVALID");
}

TEST_F(ReviewTest, SortsVisitsByEachColumnBothWays) {
  Tablet alice("ins1", kSpace, 1);
  Tablet carol("ins3", "team-d2-2026", 3);
  for (int i = 0; i < 4; ++i) {
    const std::string n = std::to_string(i);
    alice.Save("a" + n, MakeVisit("D1", i < 2 ? "140824103200" : "140824100200", "2026-09-2" + n,
                                  "x" + n, "a"));
    carol.Save("c" + n, MakeVisit("D2", "140824101200", "2026-09-1" + n, "y" + n, "b"));
  }
  auto more = MakeVisit("D2", "140824101200", "2026-09-14", "y4", "b");
  *more.add_findings() = more.findings(0);
  more.mutable_findings(1)->set_id("another");
  carol.Save("c4", more);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  const auto all = [this](int order, bool reversed) {
    review::v1::ListVisitsRequest request;
    request.set_order(static_cast<review::v1::VisitOrder>(order));
    request.set_reversed(reversed);
    request.set_page_size(2);
    std::vector<std::string> seen;
    do {
      const auto page = List("zhao", request);
      for (const auto& row : page.visits()) seen.push_back(row.temp_no());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(seen.size(), 9u);
    return seen;
  };
  for (int order = 0; order < review::v1::VisitOrder_ARRAYSIZE; ++order) {
    SCOPED_TRACE(order);
    std::vector<std::string> seen = all(order, false);
    const std::vector<std::string> back = all(order, true);
    std::reverse(seen.begin(), seen.end());
    EXPECT_EQ(back, seen);
  }
  EXPECT_EQ(all(review::v1::VISIT_ORDER_UNSPECIFIED, false).front(), "x3");
  EXPECT_EQ(all(review::v1::VISIT_ORDER_UNSPECIFIED, true).front(), "y0");
  EXPECT_EQ(all(review::v1::VISIT_ORDER_NUMBER, true).front(), "y4");
  EXPECT_EQ(all(review::v1::VISIT_ORDER_FINDINGS, false).front(), "y4");
  EXPECT_EQ(all(review::v1::VISIT_ORDER_TEAM, false)[4], "y0");
  EXPECT_EQ(all(review::v1::VISIT_ORDER_UNIT, false)[1].front(), 'x') << "the lesser code first";
  EXPECT_EQ(all(review::v1::VISIT_ORDER_UNIT, false)[2].front(), 'y');
  review::v1::ListVisitsRequest request;
  request.set_order(static_cast<review::v1::VisitOrder>(review::v1::VisitOrder_MAX + 1));
  review::v1::ListVisitsResponse response;
  As who("zhao");
  EXPECT_EQ(ReasonIn(review_->ListVisits(&who, request, &response)), "REQUEST_INVALID");
}

TEST_F(ReviewTest, GivesEachVisitOnceThoughOthersArriveBetweenPages) {
  Tablet alice("ins1", kSpace, 1);
  for (int i = 10; i < 30; ++i) {
    alice.Save("v" + std::to_string(i),
               MakeVisit("D1", "140824103200", i % 2 ? "2026-09-21" : "", std::to_string(i), "a"));
  }
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  review::v1::ListVisitsRequest request;
  request.set_page_size(3);
  std::multiset<std::string> seen;
  int added = 0;
  do {
    const auto page = List("zhao", request);
    for (const auto& row : page.visits()) seen.insert(row.temp_no());
    request.set_page_token(page.next_page_token());
    // Sorts before everything that was shown.
    alice.Save("early" + std::to_string(added),
               MakeVisit("D1", "140824103200", "2026-12-01", "new" + std::to_string(added), "a"));
    ++added;
    ASSERT_TRUE(alice.Sync(*sync_).ok());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen.size(), 20u);
  for (int i = 10; i < 30; ++i) EXPECT_EQ(seen.count(std::to_string(i)), 1u) << i;
}

TEST_F(ReviewTest, RefusesPageTokensThatItDidNotMakeForThisRequest) {
  Tablet alice("ins1", kSpace, 1);
  for (int i = 0; i < 5; ++i)
    alice.Save("v" + std::to_string(i), MakeVisit("D1", "140824103200", "2026-09-21", "n", "a"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  review::v1::ListVisitsRequest request;
  request.set_page_size(2);
  const std::string token = List("zhao", request).next_page_token();
  ASSERT_FALSE(token.empty());
  const auto reason = [&](const std::string& person, const std::string& used,
                          const std::string& text) {
    review::v1::ListVisitsRequest next;
    next.set_page_size(2);
    next.set_page_token(used);
    next.set_text(text);
    As who(person);
    review::v1::ListVisitsResponse response;
    return ReasonIn(review_->ListVisits(&who, next, &response));
  };
  EXPECT_EQ(reason("zhao", token, ""), "");
  EXPECT_EQ(reason("zhao", token, "a"), "PAGE_TOKEN_INVALID") << "another filter";
  EXPECT_EQ(reason("ins1", token, ""), "PAGE_TOKEN_INVALID") << "another person";
  EXPECT_EQ(reason("zhao", "x", ""), "PAGE_TOKEN_INVALID");
  for (size_t i = 0; i < token.size(); i += 2) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(reason("zhao", changed, ""), "PAGE_TOKEN_INVALID") << i;
  }
  Restart();
  EXPECT_EQ(reason("zhao", token, ""), "") << "still good after a restart";
}

TEST_F(ReviewTest, ShowsBothValuesOfAConflictAndSettlesItOnceForAll) {
  Tablet alice("ins1", kSpace, 1);
  Tablet bob("ins2", kSpace, 2);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "a"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  records::v1::Visit note;
  note.set_note("路滑");
  alice.Save("v1", note);
  note.set_note("下雨");
  bob.Save("v1", note);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const auto stale = Get("v1");
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  const auto seen = Get("v1");
  ASSERT_EQ(seen.conflicts_size(), 1);
  EXPECT_EQ(seen.conflicts(0).path(), "note");
  ASSERT_EQ(seen.conflicts(0).values_size(), 2);
  const int rain = seen.conflicts(0).values(0).text() == "下雨" ? 0 : 1;
  EXPECT_EQ(seen.conflicts(0).values(rain).author(), "ins2");
  EXPECT_EQ(seen.conflicts(0).values(1 - rain).text(), "路滑");
  EXPECT_NE(seen.conflicts(0).values(0).shown(), seen.conflicts(0).values(1).shown());
  EXPECT_EQ(List("zhao", {}).visits(0).conflict_count(), 1);

  review::v1::ListConflictsRequest all;
  review::v1::ListConflictsResponse conflicts;
  As reviewer("zhao");
  ASSERT_TRUE(review_->ListConflicts(&reviewer, all, &conflicts).ok());
  ASSERT_EQ(conflicts.rows_size(), 1);
  EXPECT_EQ(conflicts.rows(0).key(), "v1");

  review::v1::ResolveConflictRequest request;
  request.set_space(kSpace);
  request.set_type_id(kVisit);
  request.set_key("v1");
  request.set_path_bytes(seen.conflicts(0).path_bytes());
  request.set_choice(rain);
  request.set_context(seen.context());
  request.set_content_digest(stale.content_digest());
  review::v1::ResolveConflictResponse response;
  As early("zhao");
  EXPECT_EQ(ReasonIn(review_->ResolveConflict(&early, request, &response)), "CONTENT_CHANGED");
  request.set_content_digest(seen.content_digest());
  request.set_context(seen.context() + "x");
  As forged("zhao");
  EXPECT_EQ(ReasonIn(review_->ResolveConflict(&forged, request, &response)), "CONTEXT_INVALID");
  request.set_context(seen.context());
  request.set_choice(7);
  As wild("zhao");
  EXPECT_EQ(ReasonIn(review_->ResolveConflict(&wild, request, &response)), "CHOICE_INVALID");
  request.set_choice(rain);
  As good("zhao");
  const grpc::Status status = review_->ResolveConflict(&good, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(Get("v1").conflicts_size(), 0);
  EXPECT_EQ(response.content_digest(), Get("v1").content_digest());
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const auto mine = alice.store().Load({kVisit, "v1"});
  EXPECT_FALSE((*mine)->record.HasConflict());
  EXPECT_EQ(Parsed((*mine)->record.Materialise()).note(), "下雨");
}

TEST_F(ReviewTest, LeavesAConflictToTheLeadAsATask) {
  Tablet alice("ins1", kSpace, 1);
  Tablet bob("ins2", kSpace, 2);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "a"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  review::v1::SendConflictToLeadRequest request;
  request.set_space(kSpace);
  request.set_type_id(kVisit);
  request.set_key("v1");
  request.set_note("请组长核定");
  request.set_content_digest(Get("v1").content_digest());
  review::v1::SendConflictToLeadResponse response;
  As none("zhao");
  EXPECT_EQ(ReasonIn(review_->SendConflictToLead(&none, request, &response)), "CONFLICT_UNKNOWN");
  records::v1::Visit note;
  note.set_note("路滑");
  alice.Save("v1", note);
  note.set_note("下雨");
  bob.Save("v1", note);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  As stale("zhao");
  EXPECT_EQ(ReasonIn(review_->SendConflictToLead(&stale, request, &response)), "CONTENT_CHANGED");
  request.set_content_digest(Get("v1").content_digest());
  As leader("ld");
  EXPECT_EQ(ReasonIn(review_->SendConflictToLead(&leader, request, &response)), "ROLE_FORBIDDEN");
  As zhao("zhao");
  const grpc::Status status = review_->SendConflictToLead(&zhao, request, &response);
  ASSERT_TRUE(status.ok()) << ReasonIn(status);
  EXPECT_EQ(response.team_id(), "D1");
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  std::vector<records::v1::OfficeTask> tasks;
  ASSERT_TRUE(alice.store()
                  .Scan(sync::RecordTypeOf(*records::v1::OfficeTask::descriptor()), "",
                        [&](const sync::StoredRecord& stored) {
                          return tasks.emplace_back().ParseFromString(stored.record.Materialise());
                        })
                  .ok());
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].kind(), records::v1::OFFICE_TASK_KIND_SETTLE_CONFLICT);
  EXPECT_EQ(tasks[0].visit_temp_no(), "one");
  EXPECT_EQ(tasks[0].reason(), "请组长核定");
}

TEST_F(ReviewTest, SaysWhatADecisionHadNotSeen) {
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "a"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(Decide("v1", review::v1::DECISION_CONFIRM, "", Get("v1")).ok());
  EXPECT_EQ(Get("v1").changed_paths_size(), 0);
  // Written with a clock that stands before the decision, and without having heard of it.
  records::v1::Visit more;
  auto& supplement = *more.add_supplements();
  supplement.set_id("s1");
  supplement.set_text("又发现一处");
  alice.Save("v1", more);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const auto now = Get("v1");
  const std::set<std::string> paths(now.changed_paths().begin(), now.changed_paths().end());
  EXPECT_TRUE(paths.contains("supplements[s1].text")) << now.DebugString();
  EXPECT_EQ(Parsed(now.message()).state(), records::v1::VISIT_STATE_CONFIRMED);
}

TEST_F(ReviewTest, DecidesOnlyOnWhatWasShown) {
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "a"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const auto seen = Get("v1");
  records::v1::Visit note;
  note.set_note("补充");
  alice.Save("v1", note);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Decide("v1", review::v1::DECISION_CONFIRM, "", seen).error_code(),
            grpc::StatusCode::ABORTED);
  const auto again = Get("v1");
  EXPECT_EQ(ReasonIn(Decide("v1", review::v1::DECISION_RETURN, "", again)), "VISIT_REASON_MISSING");
  EXPECT_EQ(ReasonIn(Decide("v1", review::v1::DECISION_CONFIRM, "", again, "ins1")),
            "ROLE_FORBIDDEN");
  ASSERT_TRUE(Decide("v1", review::v1::DECISION_RETURN, "请补充照片说明", again).ok());
  const records::v1::Visit returned = Parsed(Get("v1").message());
  EXPECT_EQ(returned.state(), records::v1::VISIT_STATE_RETURNED);
  EXPECT_EQ(returned.review().decided_by(), "zhao");
  EXPECT_EQ(returned.review().reason(), "请补充照片说明");
  EXPECT_EQ(ReasonIn(Decide("v1", review::v1::DECISION_CONFIRM, "", Get("v1"))),
            "VISIT_STATE_FORBIDS");
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  int tasks = 0;
  const uint32_t task = sync::RecordTypeOf(*records::v1::OfficeTask::descriptor());
  ASSERT_TRUE(alice.store().Scan(task, "", [&](const auto&) { return ++tasks < 10; }).ok());
  EXPECT_EQ(tasks, 1) << "the return is a task on the team's tablet";
}

TEST_F(ReviewTest, SaysWhetherASignatureStillBelongsToWhatTheVisitSays) {
  ImportPlaces();
  Tablet alice("ins1", kSpace, 1);
  records::v1::Visit visit =
      MakeVisit("D1", "140824103200", "2026-09-21", "D1-0921-01", "公示牌与台账不一致");
  visit.set_contact_phone("13800001234");
  const auto sign = [&](domain::Signer who) {
    const std::string text = domain::SigningText(visit, kVillage, who);
    return sync::HashHex(sync::Sha256(text));
  };
  visit.mutable_unit_signature()->set_signer_name("王三");
  visit.mutable_unit_signature()->set_text_sha256(sign(domain::Signer::kUnit));
  visit.mutable_lead_signature()->set_text_sha256(sign(domain::Signer::kLead));
  alice.Save("v1", visit);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const auto seen = [&] {
    std::string out;
    const review::v1::GetRecordResponse record = Get("v1");
    for (const auto& check : record.signatures())
      out += check.path() + (check.text_unchanged() ? " same; " : " changed; ");
    return out;
  };
  EXPECT_EQ(seen(), "unit_signature same; lead_signature same; ");
  // Nothing of this was read out to anybody.
  records::v1::Visit later;
  later.set_contact_phone("13900001234");
  alice.Save("v1", later);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(seen(), "unit_signature same; lead_signature same; ");
  // This was what the unit put its name to.
  later.set_unit_opinion("无意见，已整改");
  alice.Save("v1", later);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(seen(), "unit_signature changed; lead_signature changed; ");
}

TEST_F(ReviewTest, TellsWhoWroteWhatPageByPage) {
  Tablet alice("ins1", kSpace, 1);
  for (int i = 0; i < 5; ++i) {
    records::v1::Visit visit;
    visit.set_note("第" + std::to_string(i) + "次");
    alice.Save("v1", visit);
  }
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  review::v1::ListHistoryRequest request;
  request.set_space(kSpace);
  request.set_type_id(kVisit);
  request.set_key("v1");
  request.set_path_bytes(sync::Path().Field(19).bytes());
  request.set_page_size(2);
  std::string texts;
  do {
    As who("ins2");
    review::v1::ListHistoryResponse page;
    const grpc::Status status = review_->ListHistory(&who, request, &page);
    ASSERT_TRUE(status.ok()) << status.error_message();
    for (const auto& row : page.rows()) texts += row.value().text() + row.value().author() + " ";
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(texts, "第0次ins1 第1次ins1 第2次ins1 第3次ins1 第4次ins1 ");
}

TEST_F(ReviewTest, ShowsTheMonthOfTheTeams) {
  admin::v1::ImportPeopleRequest people;
  people.set_csv(DataFile("sample-people.csv"));
  people.set_year(2026);
  admin::v1::ImportPeopleResponse imported;
  As admin("admin");
  ASSERT_TRUE(admin_->ImportPeople(&admin, people, &imported).ok());
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-16", "one", "a"));
  alice.Save("v2", MakeVisit("D1", "140824103200", "2026-09-21", "two", "a"));
  alice.Save("v3", MakeVisit("D1", "140824103200", "2026-10-02", "three", "a"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  review::v1::GetMonthBoardRequest request;
  request.set_month("2026-09");
  review::v1::GetMonthBoardResponse board;
  As who("zhao");
  ASSERT_TRUE(review_->GetMonthBoard(&who, request, &board).ok());
  ASSERT_EQ(board.teams_size(), 4);
  EXPECT_EQ(board.teams(0).team_id(), "D1");
  EXPECT_EQ(board.teams(0).days_size(), 2);
  EXPECT_TRUE(board.teams(0).twice_a_month());
  EXPECT_FALSE(board.teams(0).first_half());
  EXPECT_TRUE(board.teams(0).second_half());
  EXPECT_FALSE(board.teams(1).twice_a_month());
}

}  // namespace
}  // namespace dudao::server
