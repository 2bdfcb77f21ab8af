// Findings over the wire, from the inbox to striking off: who may, what is bound to what, numbers,
// tasks for the teams, lists.
#include <algorithm>
#include <thread>

#include "findings_fixture.h"

namespace dudao::server {
namespace {

TEST_F(FindingsTest, AreIssuedWithConsecutiveNumbersAndDueDays) {
  Tablet alice("ins1", kOne, 1);
  Tablet carol("ins3", kTwo, 3);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a", "b"}));
  carol.Save("v2", VisitOf("D2", "2026-09-22", {"c"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_INBOX), "a b c ");
  EXPECT_EQ(Issue("a"), "RECTIFICATION_STATE_FORBIDS");
  ASSERT_EQ(
      Confirm("a", records::v1::FINDING_LEVEL_ORDINARY, records::v1::LIMIT_UNIT_WORKING_DAY, 5),
      "");
  EXPECT_EQ(decided_.due_if_issued(), "2026-10-10");
  ASSERT_EQ(Confirm("b", records::v1::FINDING_LEVEL_SERIOUS), "");
  ASSERT_EQ(Confirm("c", records::v1::FINDING_LEVEL_LONG_TERM, records::v1::LIMIT_UNIT_UNSPECIFIED,
                    0, kTwo),
            "");
  EXPECT_EQ(Issue("c", kTwo), "RECTIFICATION_LIMIT_MISSING") << "long-term findings are parked";
  ASSERT_EQ(
      Confirm("c", records::v1::FINDING_LEVEL_LONG_TERM, records::v1::LIMIT_UNIT_MONTH, 6, kTwo),
      "");
  ASSERT_EQ(Issue("a"), "");
  EXPECT_EQ(decided_.row().notice_no(), "稷督整〔2026〕1号");
  EXPECT_EQ(decided_.row().due_date(), "2026-10-10");
  EXPECT_EQ(decided_.row().light(), review::v1::LIGHT_GREEN);
  EXPECT_EQ(decided_.row().days_left(), 12);
  EXPECT_EQ(decided_.rectification().owner_unit(), kVillage) << "the visited unit";
  EXPECT_EQ(decided_.rectification().demand(), "修复扶手");
  Restart();
  ASSERT_EQ(Issue("c", kTwo), "");
  EXPECT_EQ(decided_.row().notice_no(), "稷督整〔2026〕2号") << "one series over all spaces";
  ASSERT_EQ(Issue("b"), "");
  EXPECT_EQ(decided_.row().notice_no(), "稷督整〔2026〕3号");
  EXPECT_EQ(decided_.row().due_date(), "2026-10-28");
  EXPECT_EQ(Issue("b"), "RECTIFICATION_STATE_FORBIDS");
  // The next year begins with 1, and what its calendar is nobody knows yet.
  At(absl::CivilSecond(2027, 1, 4, 9));
  alice.Save("v3", VisitOf("D1", "2026-12-30", {"d"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_EQ(
      Confirm("d", records::v1::FINDING_LEVEL_ORDINARY, records::v1::LIMIT_UNIT_WORKING_DAY, 5),
      "");
  ASSERT_EQ(Issue("d"), "");
  EXPECT_EQ(decided_.row().notice_no(), "稷督整〔2027〕1号");
  EXPECT_TRUE(decided_.rectification().due_provisional());
}

TEST_F(FindingsTest, IssuedAtOnceGetNumbersWithoutGapsOrDoubles) {
  constexpr int kFindings = 24;
  std::vector<std::string> ids;
  for (int i = 0; i < kFindings; ++i) ids.push_back("f" + std::to_string(i));
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", ids));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  std::vector<DecideFindingRequest> requests;
  for (const std::string& id : ids) {
    ASSERT_EQ(Confirm(id, records::v1::FINDING_LEVEL_ORDINARY), "");
    requests.push_back(On(Get(id)));
    requests.back().mutable_issue();
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = static_cast<size_t>(t); i < requests.size(); i += 4) {
        review::v1::DecideFindingResponse response;
        As who("zhao");
        EXPECT_TRUE(findings_->DecideFinding(&who, requests[i], &response).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> numbers;
  std::set<std::string> expected;
  for (int i = 0; i < kFindings; ++i) {
    numbers.insert(Get(ids[static_cast<size_t>(i)]).row().notice_no());
    expected.insert("稷督整〔2026〕" + std::to_string(i + 1) + "号");
  }
  EXPECT_EQ(numbers, expected);
}

TEST_F(FindingsTest, AreDecidedOnlyAsTheyWereShown) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  // Two reviewers look at the same page.
  DecideFindingRequest first = On(Get("a"));
  DecideFindingRequest second = first;
  first.mutable_confirm()->set_level(records::v1::FINDING_LEVEL_SERIOUS);
  second.mutable_with_reason()->set_to(records::v1::RECTIFICATION_STATE_DISMISSED);
  second.mutable_with_reason()->set_reason("不属实");
  ASSERT_EQ(Decide(first), "");
  EXPECT_EQ(Decide(second), "CONTENT_CHANGED");
  EXPECT_EQ(Get("a").row().state(), records::v1::RECTIFICATION_STATE_CONFIRMED);
  EXPECT_EQ(Get("a").rectification().steps_size(), 1);
  // A tablet changes the finding in the meantime: nothing is decided on what nobody saw.
  DecideFindingRequest stale = On(Get("a"));
  stale.mutable_issue();
  records::v1::Visit more;
  auto& supplement = *more.add_supplements();
  supplement.set_id("s1");
  supplement.set_finding_id("a");
  supplement.set_text("又发现一处");
  alice.Save("v1", more);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Decide(stale), "CONTENT_CHANGED");
  const GetFindingResponse now = Get("a");
  EXPECT_TRUE(now.stale());
  ASSERT_EQ(now.changed_paths_size(), 1);
  EXPECT_EQ(now.changed_paths(0), "supplements");
  EXPECT_TRUE(now.row().stale());
  ASSERT_EQ(Issue("a"), "");
  EXPECT_FALSE(Get("a").stale()) << "it was issued as it is now";
}

TEST_F(FindingsTest, ReturnedComeBackWithASupplement) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a", "b"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(With("a", records::v1::RECTIFICATION_STATE_RETURNED, " "),
            "RECTIFICATION_REASON_MISSING");
  ASSERT_EQ(With("a", records::v1::RECTIFICATION_STATE_RETURNED, "请写明位置"), "");
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_INBOX), "b ");
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_EQ(TasksOn(alice).size(), 1u);
  EXPECT_EQ(TasksOn(alice)[0].kind(), records::v1::OFFICE_TASK_KIND_RETURNED_FINDING);
  EXPECT_EQ(TasksOn(alice)[0].finding_id(), "a");
  EXPECT_EQ(TasksOn(alice)[0].reason(), "请写明位置");
  // A supplement on the other finding does not bring it back.
  records::v1::Visit other;
  other.add_supplements()->set_id("s1");
  other.mutable_supplements(0)->set_finding_id("b");
  alice.Save("v1", other);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_INBOX), "b ");
  records::v1::Visit named;
  named.add_supplements()->set_id("s2");
  named.mutable_supplements(0)->set_finding_id("a");
  named.mutable_supplements(0)->set_text("三单元二层");
  alice.Save("v1", named);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_INBOX), "a b ");
  ASSERT_EQ(Confirm("a", records::v1::FINDING_LEVEL_ORDINARY), "");
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(TasksOn(alice)[0].state(), records::v1::OFFICE_TASK_STATE_DONE);
}

TEST_F(FindingsTest, MergedKeepTheSourcesOfBothTeams) {
  Tablet alice("ins1", kOne, 1);
  Tablet carol("ins3", kTwo, 3);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  carol.Save("v2", VisitOf("D2", "2026-09-22", {"c"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  review::v1::ListAlikeFindingsRequest alike;
  alike.set_space(kTwo);
  alike.set_finding_id("c");
  review::v1::ListAlikeFindingsResponse found;
  As who("zhao");
  ASSERT_TRUE(findings_->ListAlikeFindings(&who, alike, &found).ok());
  ASSERT_EQ(found.findings_size(), 1);
  EXPECT_EQ(found.findings(0).finding_id(), "a");
  DecideFindingRequest itself = On(Get("c", "zhao", kTwo));
  itself.mutable_merge()->set_into_space(kTwo);
  itself.mutable_merge()->set_into_finding_id("c");
  EXPECT_EQ(Decide(itself), "RECTIFICATION_MERGE_WRONG");
  DecideFindingRequest request = On(Get("c", "zhao", kTwo));
  request.mutable_merge()->set_into_space(kOne);
  request.mutable_merge()->set_into_finding_id("a");
  ASSERT_EQ(Decide(request), "");
  const GetFindingResponse other = Get("c", "zhao", kTwo);
  EXPECT_EQ(other.row().state(), records::v1::RECTIFICATION_STATE_MERGED);
  EXPECT_EQ(other.rectification().merged_into(), "a");
  EXPECT_EQ(other.rectification().merged_into_space(), kOne);
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_INBOX), "a ") << "the one that goes on still waits";
  ASSERT_EQ(Confirm("a", records::v1::FINDING_LEVEL_SERIOUS), "");
  ASSERT_EQ(Issue("a"), "");
  const GetFindingResponse on = Get("a");
  EXPECT_EQ(on.row().source_count(), 2);
  ASSERT_EQ(on.rectification().sources_size(), 2);
  std::set<std::string> finders;
  for (const auto& source : on.rectification().sources()) finders.insert(source.finder_id());
  EXPECT_EQ(finders, (std::set<std::string>{"ins1", "ins3"}));
  ASSERT_EQ(on.merged_size(), 1);
  EXPECT_EQ(on.merged(0).finding_id(), "c");
  EXPECT_EQ(Get("a", "ins1").merged_size(), 0) << "another team's finding is not theirs to read";
}

TEST_F(FindingsTest, AreAnsweredByTheirUnitAloneOrFromPaper) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a", "b"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  review::v1::GetFindingRequest unknown;
  unknown.set_space(kOne);
  unknown.set_finding_id("a");
  GetFindingResponse nothing;
  As early("rep");
  EXPECT_EQ(ReasonIn(findings_->GetFinding(&early, unknown, &nothing)), "RECORD_UNKNOWN")
      << "there is no notice yet";
  for (const char* id : {"a", "b"}) {
    ASSERT_EQ(Confirm(id, records::v1::FINDING_LEVEL_ORDINARY), "");
    ASSERT_EQ(Issue(id), "");
  }
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_UNSPECIFIED, "rep"), "a b ");
  const GetFindingResponse seen = Get("a", "rep");
  records::v1::Visit visit;
  ASSERT_TRUE(visit.ParseFromString(seen.visit()));
  EXPECT_EQ(visit.findings_size(), 1) << "the other findings of the visit are not shown";
  AnswerFindingRequest wrong = To(seen, true);
  wrong.set_received_by("张镇长");
  EXPECT_EQ(Answer(wrong), "REQUEST_INVALID") << "a unit enters nothing on behalf";
  EXPECT_EQ(Plan("a"), "RECTIFICATION_STATE_FORBIDS") << "the receipt comes first";
  ASSERT_EQ(Receive("a"), "");
  EXPECT_EQ(decided_.row().due_date(), "2026-10-05") << "a receipt starts nothing";
  AnswerFindingRequest empty = To(Get("a", "rep"));
  empty.mutable_plan()->set_measure(" ");
  EXPECT_EQ(Answer(empty), "RECTIFICATION_FIELD_REQUIRED");
  ASSERT_EQ(Plan("a"), "");
  EXPECT_EQ(decided_.rectification().plan().person(), "李**") << "masked, for every role";
  // Another unit's reporter sees none of it.
  SetReporter("140824104");
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_UNSPECIFIED, "rep"), "");
  As foreign("rep");
  EXPECT_EQ(ReasonIn(findings_->GetFinding(&foreign, unknown, &nothing)), "RECORD_UNKNOWN");
  AnswerFindingRequest stolen = To(Get("a"));
  stolen.mutable_reply()->set_result("已更换");
  stolen.mutable_reply()->set_finished_on("2026-09-28");
  EXPECT_EQ(Answer(stolen), "RECORD_UNKNOWN");
  // The office enters it from paper, and says so.
  EXPECT_EQ(Answer(stolen, "zhao"), "REQUEST_INVALID") << "the office answers on behalf only";
  stolen.set_on_behalf(true);
  ASSERT_EQ(Answer(stolen, "zhao"), "");
  EXPECT_TRUE(decided_.rectification().replies(0).on_behalf());
  EXPECT_EQ(decided_.row().state(), records::v1::RECTIFICATION_STATE_PENDING_CHECK);
  EXPECT_EQ(Answer(stolen, "admin"), "ROLE_FORBIDDEN");
  EXPECT_EQ(Answer(stolen, "ld"), "ROLE_FORBIDDEN");
}

TEST_F(FindingsTest, GetMoreTimeOnce) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_EQ(Confirm("a", records::v1::FINDING_LEVEL_ORDINARY), "");
  ASSERT_EQ(Issue("a"), "");
  AnswerFindingRequest ask = To(Get("a", "rep"));
  ask.mutable_extension()->set_days(7);
  EXPECT_EQ(Answer(ask), "RECTIFICATION_REASON_MISSING");
  ask.mutable_extension()->set_reason("材料未到");
  ask.mutable_extension()->set_days(181);
  EXPECT_EQ(Answer(ask), "RECTIFICATION_EXTENSION_DAYS_WRONG");
  ask.mutable_extension()->set_days(7);
  ASSERT_EQ(Answer(ask), "");
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_TODO), "a ");
  EXPECT_EQ(Get("a").row().todo(0), "GRANT_EXTENSION");
  DecideFindingRequest grant = On(Get("a"));
  grant.mutable_extension()->set_extension_id(Get("a").rectification().extensions(0).id());
  grant.mutable_extension()->set_grant(true);
  ASSERT_EQ(Decide(grant), "");
  EXPECT_EQ(decided_.rectification().due_date(), "2026-10-05");
  EXPECT_EQ(decided_.rectification().extended_due(), "2026-10-12");
  EXPECT_EQ(decided_.row().due_date(), "2026-10-12");
  AnswerFindingRequest again = To(Get("a", "rep"));
  *again.mutable_extension() = ask.extension();
  EXPECT_EQ(Answer(again), "RECTIFICATION_EXTENDED_ALREADY");
}

TEST_F(FindingsTest, AreStruckOffOnSiteByWhoeverDidNotFindThem) {
  Tablet alice("ins1", kOne, 1);
  Tablet bob("ins2", kOne, 2);
  Tablet carol("ins3", kTwo, 3);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  RunUntilReplied("a", records::v1::FINDING_LEVEL_SERIOUS);
  DecideFindingRequest paper = On(Get("a"));
  paper.mutable_check()->set_mode(records::v1::CHECK_MODE_PAPER);
  paper.mutable_check()->set_result(records::v1::LOOKBACK_RESULT_DONE);
  paper.mutable_check()->set_note("见照片");
  EXPECT_EQ(Decide(paper), "RECTIFICATION_CHECK_ON_SITE");
  ASSERT_EQ(LookBack("a", "D2"), "");
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  ASSERT_EQ(TasksOn(carol).size(), 1u) << "the other team is asked";
  EXPECT_EQ(TasksOn(carol)[0].kind(), records::v1::OFFICE_TASK_KIND_LOOK_BACK);
  EXPECT_EQ(TasksOn(carol)[0].unit_code(), kVillage);
  EXPECT_EQ(TasksOn(carol)[0].due_date(), "2026-10-20");
  EXPECT_NE(TasksOn(carol)[0].reason().find("楼梯扶手"), std::string::npos);
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_TODO), "") << "it is the team's turn";
  // The finder's own look-back strikes nothing off; a draft does not either.
  alice.Save("own", LookBackVisit("D1", "2026-10-09", "a", records::v1::LOOKBACK_RESULT_DONE));
  records::v1::Visit draft =
      LookBackVisit("D2", "2026-10-09", "a", records::v1::LOOKBACK_RESULT_PARTLY);
  draft.set_state(records::v1::VISIT_STATE_DRAFT);
  carol.Save("look", draft);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  EXPECT_EQ(Check("a", kOne, "own"), "RECTIFICATION_CHECK_BY_FINDER");
  EXPECT_EQ(Check("a", kTwo, "look"), "RECTIFICATION_LOOK_BACK_UNKNOWN");
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_TODO), "");
  records::v1::Visit submitted;
  submitted.set_state(records::v1::VISIT_STATE_SUBMITTED);
  carol.Save("look", submitted);
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_TODO), "a ");
  const GetFindingResponse seen = Get("a");
  ASSERT_EQ(seen.look_backs_size(), 2);
  ASSERT_EQ(Check("a", kTwo, "look"), "");
  EXPECT_EQ(decided_.row().state(), records::v1::RECTIFICATION_STATE_REWORK);
  EXPECT_EQ(decided_.row().rework_count(), 1);
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  EXPECT_EQ(TasksOn(carol)[0].state(), records::v1::OFFICE_TASK_STATE_DONE);
  ASSERT_EQ(Reply("a"), "");
  EXPECT_EQ(Check("a", kTwo, "look"), "RECTIFICATION_LOOK_BACK_UNKNOWN") << "each is used once";
  bob.Save("again", LookBackVisit("D1", "2026-10-15", "a", records::v1::LOOKBACK_RESULT_DONE));
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  At(absl::CivilSecond(2026, 10, 15, 16));
  ASSERT_EQ(Check("a", kOne, "again"), "");
  EXPECT_EQ(decided_.row().state(), records::v1::RECTIFICATION_STATE_CLOSED);
  EXPECT_EQ(decided_.row().closed_on(), "2026-10-15");
  EXPECT_EQ(decided_.row().rework_count(), 1);
  EXPECT_EQ(decided_.row().light(), review::v1::LIGHT_UNSPECIFIED) << "no clock runs";
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_CLOSED), "a ");
  // Two months later it is back.
  carol.Save("back", LookBackVisit("D2", "2026-12-15", "a", records::v1::LOOKBACK_RESULT_RELAPSED));
  ASSERT_TRUE(carol.Sync(*sync_).ok());
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_TODO), "a ");
  EXPECT_EQ(Get("a").row().todo(0), "REOPEN");
  DecideFindingRequest reopen = On(Get("a"));
  reopen.mutable_reopen()->set_visit_space(kTwo);
  reopen.mutable_reopen()->set_visit_key("back");
  reopen.mutable_reopen()->set_reason("扶手再次松动");
  ASSERT_EQ(Decide(reopen), "");
  EXPECT_EQ(decided_.row().state(), records::v1::RECTIFICATION_STATE_REOPENED);
  EXPECT_EQ(decided_.row().reopened_count(), 1);
  EXPECT_EQ(decided_.row().closed_on(), "");
  EXPECT_EQ(decided_.rectification().replies_size(), 2) << "its history stays";
  ASSERT_EQ(Issue("a"), "");
  EXPECT_EQ(decided_.row().notice_no(), "稷督整〔2026〕2号") << "issued anew";
  EXPECT_FALSE(decided_.rectification().has_receipt());
}

TEST_F(FindingsTest, OfTabletsOwnMakingAreKeptAside) {
  Tablet lead("lead1", kOne, 4);
  lead.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  const sync::RecordId id{sync::RecordTypeOf(*Rectification::descriptor()), "a"};
  lead.Save({{id, sync::Path().Field(Rectification::kStateFieldNumber), sync::MergeKind::kLifecycle,
              sync::Value::Varint(records::v1::RECTIFICATION_STATE_CLOSED)}});
  ASSERT_TRUE(lead.Sync(*sync_).ok());
  EXPECT_EQ(Ids(review::v1::FINDING_VIEW_INBOX), "a ");
  EXPECT_FALSE(Get("a").has_rectification());
  review::v1::ListKeptAsideRequest request;
  request.set_space(kOne);
  review::v1::ListKeptAsideResponse aside;
  As who("zhao");
  ASSERT_TRUE(review_->ListKeptAside(&who, request, &aside).ok());
  EXPECT_EQ(aside.rows_size(), 1);
}

TEST_F(FindingsTest, AreFoundByTextPlacePinyinAndNumber) {
  Tablet alice("ins1", kOne, 1);
  records::v1::Visit other = VisitOf("D1", "2026-09-22", {"b"});
  other.set_unit_code("140824400001");  // 汾水社区
  other.mutable_findings(0)->set_problem("公示牌与台账不一致");
  other.mutable_findings(0)->set_check_code("B1");
  other.mutable_findings(0)->clear_advice();
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  alice.Save("v2", other);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(Find("扶手"), "a ");
  EXPECT_EQ(Find("楼梯扶手"), "a ");
  EXPECT_EQ(Find("公示牌"), "b ");
  EXPECT_EQ(Find("翟东村"), "a ");
  EXPECT_EQ(Find("zdc"), "a ");
  EXPECT_EQ(Find("zhaidong"), "a ");
  EXPECT_EQ(Find("翟店"), "a ") << "a township stands for its villages";
  EXPECT_EQ(Find("0%"), "");
  EXPECT_EQ(Find("\""), "");
  ASSERT_EQ(Confirm("a", records::v1::FINDING_LEVEL_SERIOUS), "");
  ASSERT_EQ(Issue("a"), "");
  EXPECT_EQ(Find("〔2026〕1号"), "a ");
  review::v1::ListFindingsRequest request;
  request.mutable_filter()->set_level(records::v1::FINDING_LEVEL_SERIOUS);
  EXPECT_EQ(IdsOf(List(request)), "a ");
  request.Clear();
  request.mutable_filter()->set_light(review::v1::LIGHT_RED);
  EXPECT_EQ(IdsOf(List(request)), "");
  At(absl::CivilSecond(2026, 10, 29, 0, 0, 1));
  EXPECT_EQ(IdsOf(List(request)), "a ");
  request.Clear();
  request.mutable_filter()->set_area("B");
  EXPECT_EQ(IdsOf(List(request)), "a b ");
  request.mutable_filter()->set_area("A");
  EXPECT_EQ(IdsOf(List(request)), "");
}

TEST_F(FindingsTest, AreListedPageByPageInEachOrder) {
  Tablet alice("ins1", kOne, 1);
  for (int i = 0; i < 7; ++i) {
    const std::string n = std::to_string(i);
    alice.Save("v" + n, VisitOf("D1", "2026-09-1" + n, {"f" + n, "g" + n}));
  }
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  for (const char* id : {"f3", "g5"}) {
    ASSERT_EQ(Confirm(id, records::v1::FINDING_LEVEL_ORDINARY), "");
    ASSERT_EQ(Issue(id), "");
  }
  const auto all = [this](review::v1::FindingOrder order, bool reversed) {
    review::v1::ListFindingsRequest request;
    request.set_order(order);
    request.set_reversed(reversed);
    request.set_page_size(3);
    std::vector<std::string> seen;
    do {
      const auto page = List(request);
      EXPECT_EQ(page.total_size(), 14);
      for (const auto& row : page.findings()) seen.push_back(row.finding_id());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 14u) << order;
    return seen;
  };
  for (int order = 0; order < review::v1::FindingOrder_ARRAYSIZE; ++order) {
    SCOPED_TRACE(order);
    std::vector<std::string> seen = all(static_cast<review::v1::FindingOrder>(order), false);
    ASSERT_EQ(seen.size(), 14u);
    const auto back = all(static_cast<review::v1::FindingOrder>(order), true);
    ASSERT_EQ(back.size(), 14u);
    if (order != review::v1::FINDING_ORDER_DUE) {
      std::reverse(seen.begin(), seen.end());
      EXPECT_EQ(back, seen);
    }
  }
  const auto first = [&](review::v1::FindingOrder order, bool reversed) {
    return all(order, reversed).front();
  };
  EXPECT_EQ(first(review::v1::FINDING_ORDER_UNSPECIFIED, false), "f6");
  EXPECT_EQ(first(review::v1::FINDING_ORDER_UNSPECIFIED, true), "g0");
  // What has no due day is last both ways.
  EXPECT_EQ(first(review::v1::FINDING_ORDER_DUE, false), "f3");
  EXPECT_EQ(first(review::v1::FINDING_ORDER_DUE, true), "g5");
  EXPECT_EQ(first(review::v1::FINDING_ORDER_NUMBER, false), "f3") << "notice number 1";
  EXPECT_EQ(all(review::v1::FINDING_ORDER_NUMBER, false)[1], "g5");
  EXPECT_EQ(first(review::v1::FINDING_ORDER_STATE, true), "g5") << "notified, not in the inbox";
  review::v1::ListFindingsRequest request;
  request.set_order(static_cast<review::v1::FindingOrder>(review::v1::FindingOrder_MAX + 1));
  review::v1::ListFindingsResponse response;
  As who("zhao");
  EXPECT_EQ(ReasonIn(findings_->ListFindings(&who, request, &response)), "REQUEST_INVALID");
}

TEST_F(FindingsTest, ShowInRevisionCoverageAndFigures) {
  const auto revision = [this](const std::string& person) {
    review::v1::GetRevisionResponse response;
    As who(person);
    EXPECT_TRUE(ledger_->GetRevision(&who, {}, &response).ok());
    return response;
  };
  const auto before = revision("zhao");
  EXPECT_EQ(revision("zhao").revision(), before.revision());
  Tablet alice("ins1", kOne, 1);
  records::v1::Visit visit = VisitOf("D1", "2026-09-21", {"a", "b"});
  visit.mutable_fix()->set_longitude(110.983333);
  visit.mutable_fix()->set_latitude(35.604025);
  visit.mutable_fix()->set_crs(records::v1::COORDINATE_SYSTEM_WGS84);
  alice.Save("v1", visit);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_NE(revision("zhao").revision(), before.revision());
  EXPECT_EQ(revision("zhao").todo_count(), 2);
  EXPECT_EQ(revision("zhao").visit_count(), 1);
  EXPECT_EQ(revision("ins3").todo_count(), 0);
  EXPECT_EQ(revision("rep").todo_count(), 0);
  ASSERT_EQ(Confirm("a", records::v1::FINDING_LEVEL_AT_ONCE), "");
  ASSERT_EQ(Issue("a"), "");
  At(absl::CivilSecond(2026, 10, 3, 9));
  review::v1::ListCoverageResponse coverage;
  As one("ld");
  ASSERT_TRUE(ledger_->ListCoverage(&one, {}, &coverage).ok());
  ASSERT_EQ(coverage.units_size(), 160) << "all but the county";
  int planned = 0;
  for (const auto& unit : coverage.units()) {
    planned += unit.plannable() ? 1 : 0;
    if (unit.unit_code() != kVillage) continue;
    EXPECT_EQ(unit.last_visit(), "2026-09-21");
    EXPECT_EQ(unit.last_team(), "D1");
    EXPECT_EQ(unit.visits(), 1);
    EXPECT_EQ(unit.open_findings(), 1);
    EXPECT_EQ(unit.overdue_findings(), 1);
    EXPECT_EQ(unit.fixes(), 1);
    EXPECT_NEAR(unit.longitude(), 110.983333, 1e-6);
    EXPECT_EQ(unit.township_name(), "翟店镇");
  }
  EXPECT_LT(planned, 160) << "the virtual community is never planned";
  EXPECT_FALSE(coverage.units(159).plannable());
  review::v1::GetStatisticsResponse figures;
  As two("ld");
  ASSERT_TRUE(ledger_->GetStatistics(&two, {}, &figures).ok());
  ASSERT_EQ(figures.by_area_size(), 1);
  EXPECT_EQ(figures.by_area(0).key(), "B");
  EXPECT_EQ(figures.by_area(0).count(), 2);
  EXPECT_EQ(figures.by_area(0).open(), 1);
  EXPECT_EQ(figures.by_area(0).overdue(), 1);
  EXPECT_EQ(figures.by_township(0).label(), "翟店镇");
  ASSERT_EQ(figures.by_age_size(), 5);
  EXPECT_EQ(figures.by_age(2).count(), 1);
  EXPECT_EQ(figures.visits(), 1);
  EXPECT_EQ(figures.units_visited(), 1);
}

}  // namespace
}  // namespace dudao::server
