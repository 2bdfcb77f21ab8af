#include "dudao/domain/rectification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using namespace records::v1;  // NOLINT: enum values only
using testing::ElementsAre;
using testing::IsEmpty;

FindingAct ActNamed(const std::string& name) {
  for (int i = 0; i < kFindingActs; ++i) {
    if (ActName(static_cast<FindingAct>(i)) == name) return static_cast<FindingAct>(i);
  }
  ADD_FAILURE() << "no act " << name;
  return FindingAct::kConfirm;
}

RectificationState StateNamed(const std::string& name) {
  RectificationState state = RECTIFICATION_STATE_UNSPECIFIED;
  EXPECT_TRUE(RectificationState_Parse("RECTIFICATION_STATE_" + name, &state)) << name;
  return state;
}

FindingFacts In(const std::string& state) {
  FindingFacts facts;
  facts.state = StateNamed(state);
  facts.level = FINDING_LEVEL_ORDINARY;
  facts.has_notice = true;
  return facts;
}

absl::Status By(PersonRole role, const std::string& act, const FindingFacts& facts,
                const std::string& reason = "why") {
  return CheckAct(ActNamed(act), facts, role, reason);
}

// Every move there is: act, from, to.
const std::map<std::string, std::map<std::string, std::string>>& Moves() {
  static const auto* const moves = new std::map<std::string, std::map<std::string, std::string>>{
      {"CONFIRM",
       {{"UNSPECIFIED", "CONFIRMED"},
        {"RETURNED", "CONFIRMED"},
        {"CONFIRMED", "CONFIRMED"},
        {"DISMISSED", "CONFIRMED"},
        {"REOPENED", "REOPENED"}}},
      {"RETURN",
       {{"UNSPECIFIED", "RETURNED"}, {"RETURNED", "RETURNED"}, {"CONFIRMED", "RETURNED"}}},
      {"MERGE", {{"UNSPECIFIED", "MERGED"}, {"RETURNED", "MERGED"}, {"CONFIRMED", "MERGED"}}},
      {"DISMISS",
       {{"UNSPECIFIED", "DISMISSED"}, {"RETURNED", "DISMISSED"}, {"CONFIRMED", "DISMISSED"}}},
      {"ISSUE", {{"CONFIRMED", "ISSUED"}, {"REOPENED", "ISSUED"}}},
      {"RECEIVE", {{"ISSUED", "RECEIVED"}}},
      {"PLAN",
       {{"RECEIVED", "RECTIFYING"}, {"RECTIFYING", "RECTIFYING"}, {"REWORK", "RECTIFYING"}}},
      {"ASK_EXTENSION",
       {{"ISSUED", "ISSUED"},
        {"RECEIVED", "RECEIVED"},
        {"RECTIFYING", "RECTIFYING"},
        {"REWORK", "REWORK"}}},
      {"GRANT_EXTENSION",
       {{"ISSUED", "ISSUED"},
        {"RECEIVED", "RECEIVED"},
        {"RECTIFYING", "RECTIFYING"},
        {"REWORK", "REWORK"},
        {"PENDING_CHECK", "PENDING_CHECK"}}},
      {"REFUSE_EXTENSION",
       {{"ISSUED", "ISSUED"},
        {"RECEIVED", "RECEIVED"},
        {"RECTIFYING", "RECTIFYING"},
        {"REWORK", "REWORK"},
        {"PENDING_CHECK", "PENDING_CHECK"}}},
      {"REPLY", {{"RECTIFYING", "PENDING_CHECK"}, {"REWORK", "PENDING_CHECK"}}},
      {"SEND_LOOK_BACK",
       {{"ISSUED", "ISSUED"},
        {"RECEIVED", "RECEIVED"},
        {"RECTIFYING", "RECTIFYING"},
        {"REWORK", "REWORK"},
        {"PENDING_CHECK", "PENDING_CHECK"},
        {"PARKED", "PARKED"}}},
      {"CHECK", {{"PENDING_CHECK", "REWORK"}}},
      {"CLOSE", {{"PENDING_CHECK", "CLOSED"}}},
      {"PARK",
       {{"CONFIRMED", "PARKED"},
        {"REOPENED", "PARKED"},
        {"ISSUED", "PARKED"},
        {"RECEIVED", "PARKED"},
        {"RECTIFYING", "PARKED"},
        {"REWORK", "PARKED"},
        {"PENDING_CHECK", "PARKED"}}},
      {"UNPARK", {{"PARKED", "RECTIFYING"}, {"REVIEW_REQUESTED", "RECTIFYING"}}},
      {"REVIEW",
       {{"ISSUED", "REVIEW_REQUESTED"},
        {"RECEIVED", "REVIEW_REQUESTED"},
        {"RECTIFYING", "REVIEW_REQUESTED"},
        {"REWORK", "REVIEW_REQUESTED"},
        {"PENDING_CHECK", "REVIEW_REQUESTED"}}},
      {"CANCEL",
       {{"CONFIRMED", "CANCELLED"},
        {"REOPENED", "CANCELLED"},
        {"ISSUED", "CANCELLED"},
        {"RECEIVED", "CANCELLED"},
        {"RECTIFYING", "CANCELLED"},
        {"REWORK", "CANCELLED"},
        {"PENDING_CHECK", "CANCELLED"},
        {"PARKED", "CANCELLED"},
        {"REVIEW_REQUESTED", "CANCELLED"}}},
      {"REOPEN", {{"CLOSED", "REOPENED"}}},
  };
  return *moves;
}

TEST(Rectification, AllowsExactlyTheseMovesToTheReviewerAndTheirAnswersToTheUnit) {
  const std::set<std::string> of_unit = {"RECEIVE", "PLAN", "ASK_EXTENSION", "REPLY", "REVIEW"};
  ASSERT_EQ(Moves().size(), static_cast<size_t>(kFindingActs));
  int allowed = 0;
  for (const auto& [act, moves] : Moves()) {
    for (int state = RectificationState_MIN; state <= RectificationState_MAX; ++state) {
      const std::string from =
          RectificationState_Name(static_cast<RectificationState>(state)).substr(20);
      FindingFacts facts = In(from);
      facts.extensions_asked = act == "GRANT_EXTENSION" || act == "REFUSE_EXTENSION" ? 1 : 0;
      for (int role = PersonRole_MIN; role <= PersonRole_MAX; ++role) {
        const bool by =
            role == PERSON_ROLE_REVIEWER || (role == PERSON_ROLE_REPORTER && of_unit.contains(act));
        const bool expected = by && moves.contains(from);
        EXPECT_EQ(By(static_cast<PersonRole>(role), act, facts).ok(), expected)
            << act << " from " << from << " by " << role;
        allowed += expected ? 1 : 0;
      }
      if (moves.contains(from)) {
        EXPECT_EQ(StateAfter(ActNamed(act), facts), StateNamed(moves.at(from)))
            << act << " from " << from;
      }
    }
  }
  EXPECT_EQ(allowed, 83);
}

TEST(Rectification, SaysWhyNot) {
  EXPECT_EQ(ReasonOf(By(PERSON_ROLE_ADMIN, "CONFIRM", In("UNSPECIFIED"))),
            "RECTIFICATION_ROLE_MAY_NOT");
  EXPECT_EQ(ReasonOf(By(PERSON_ROLE_REPORTER, "CLOSE", In("PENDING_CHECK"))),
            "RECTIFICATION_ROLE_MAY_NOT");
  const absl::Status status = By(PERSON_ROLE_REVIEWER, "REPLY", In("ISSUED"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "RECTIFICATION_STATE_FORBIDS");
}

TEST(Rectification, AsksForAReason) {
  const std::set<std::string> with = {"RETURN",           "DISMISS", "ASK_EXTENSION",
                                      "REFUSE_EXTENSION", "PARK",    "UNPARK",
                                      "REVIEW",           "CANCEL",  "REOPEN"};
  for (const auto& [act, moves] : Moves()) {
    FindingFacts facts = In(moves.begin()->first);
    facts.extensions_asked = act == "GRANT_EXTENSION" || act == "REFUSE_EXTENSION" ? 1 : 0;
    EXPECT_EQ(ReasonOf(By(PERSON_ROLE_REVIEWER, act, facts, " \n")),
              with.contains(act) ? "RECTIFICATION_REASON_MISSING" : "")
        << act;
  }
}

TEST(Rectification, GivesMoreTimeOnce) {
  FindingFacts facts = In("RECTIFYING");
  EXPECT_EQ(ReasonOf(By(PERSON_ROLE_REVIEWER, "GRANT_EXTENSION", facts)),
            "RECTIFICATION_EXTENSION_UNKNOWN");
  facts.extensions_asked = 1;
  EXPECT_EQ(ReasonOf(By(PERSON_ROLE_REPORTER, "ASK_EXTENSION", facts)),
            "RECTIFICATION_EXTENSION_OPEN");
  EXPECT_TRUE(By(PERSON_ROLE_REVIEWER, "GRANT_EXTENSION", facts).ok());
  facts.extensions_granted = 1;
  EXPECT_EQ(ReasonOf(By(PERSON_ROLE_REVIEWER, "GRANT_EXTENSION", facts)),
            "RECTIFICATION_EXTENDED_ALREADY");
  EXPECT_TRUE(By(PERSON_ROLE_REVIEWER, "REFUSE_EXTENSION", facts).ok());
  facts.extensions_asked = 0;
  EXPECT_EQ(ReasonOf(By(PERSON_ROLE_REPORTER, "ASK_EXTENSION", facts)),
            "RECTIFICATION_EXTENDED_ALREADY");
}

TEST(Rectification, CountsOnlyExtensionsOfThePresentNotice) {
  Rectification rectification;
  rectification.set_issued_at_ms(1000);
  Extension& old = *rectification.add_extensions();
  old.set_entered_at_ms(500);
  old.set_state(EXTENSION_STATE_GRANTED);
  EXPECT_EQ(FactsOf(rectification).extensions_granted, 0);
  old.set_entered_at_ms(1500);
  EXPECT_EQ(FactsOf(rectification).extensions_granted, 1);
}

TEST(Rectification, GoesBackToItsNoticeWhenItWasParkedBeforeOne) {
  FindingFacts facts = In("PARKED");
  EXPECT_EQ(StateAfter(FindingAct::kUnpark, facts), RECTIFICATION_STATE_RECTIFYING);
  facts.has_notice = false;
  EXPECT_EQ(StateAfter(FindingAct::kUnpark, facts), RECTIFICATION_STATE_CONFIRMED);
}

Check OnSite(const std::string& checker, LookbackResult result = LOOKBACK_RESULT_DONE) {
  return {CHECK_MODE_ON_SITE, result, checker, ""};
}
Check OnPaper(const std::string& note) {
  return {CHECK_MODE_PAPER, LOOKBACK_RESULT_DONE, "zhao", note};
}

TEST(Rectification, IsNeverCheckedByWhoFoundIt) {
  const std::vector<std::string> finders = {"li", "other"};
  for (const FindingLevel level : {FINDING_LEVEL_AT_ONCE, FINDING_LEVEL_ORDINARY,
                                   FINDING_LEVEL_SERIOUS, FINDING_LEVEL_LONG_TERM}) {
    EXPECT_EQ(ReasonOf(CheckTaking(OnSite("li"), level, finders)), "RECTIFICATION_CHECK_BY_FINDER");
    EXPECT_EQ(ReasonOf(CheckTaking(OnSite("other", LOOKBACK_RESULT_NOT_DONE), level, finders)),
              "RECTIFICATION_CHECK_BY_FINDER");
    EXPECT_TRUE(CheckTaking(OnSite("wang"), level, finders).ok());
    EXPECT_FALSE(CheckTaking(OnSite(""), level, finders).ok()) << "nobody is not somebody else";
  }
}

TEST(Rectification, IsCheckedOnPaperOnlyBelowSerious) {
  EXPECT_TRUE(CheckTaking(OnPaper("见照片"), FINDING_LEVEL_AT_ONCE, {}).ok());
  EXPECT_TRUE(CheckTaking(OnPaper("见照片"), FINDING_LEVEL_ORDINARY, {}).ok());
  for (const FindingLevel level : {FINDING_LEVEL_SERIOUS, FINDING_LEVEL_LONG_TERM}) {
    EXPECT_EQ(ReasonOf(CheckTaking(OnPaper("见照片"), level, {})), "RECTIFICATION_CHECK_ON_SITE");
  }
  EXPECT_EQ(ReasonOf(CheckTaking(OnPaper(" "), FINDING_LEVEL_ORDINARY, {})),
            "RECTIFICATION_CHECK_EMPTY");
  EXPECT_EQ(ReasonOf(CheckTaking(OnSite("wang", LOOKBACK_RESULT_UNSPECIFIED),
                                 FINDING_LEVEL_ORDINARY, {})),
            "RECTIFICATION_CHECK_EMPTY");
  EXPECT_EQ(ReasonOf(CheckTaking({}, FINDING_LEVEL_ORDINARY, {})), "RECTIFICATION_CHECK_EMPTY");
}

TEST(Rectification, SaysWhatTheOfficeShouldDo) {
  using enum FindingAct;
  EXPECT_THAT(TodoOf(In("UNSPECIFIED")), ElementsAre(kConfirm, kReturn, kMerge, kDismiss));
  FindingFacts returned = In("RETURNED");
  EXPECT_THAT(TodoOf(returned), IsEmpty()) << "it is the team's turn";
  returned.changed_since = true;
  EXPECT_THAT(TodoOf(returned), ElementsAre(kConfirm, kReturn, kMerge, kDismiss));
  EXPECT_THAT(TodoOf(In("CONFIRMED")), ElementsAre(kIssue));
  EXPECT_THAT(TodoOf(In("REOPENED")), ElementsAre(kIssue));
  for (const char* state : {"ISSUED", "RECEIVED", "RECTIFYING", "REWORK", "PARKED", "CANCELLED",
                            "MERGED", "DISMISSED", "CLOSED"}) {
    EXPECT_THAT(TodoOf(In(state)), IsEmpty()) << state;
  }
  FindingFacts asked = In("RECTIFYING");
  asked.extensions_asked = 1;
  EXPECT_THAT(TodoOf(asked), ElementsAre(kGrantExtension, kRefuseExtension));
  FindingFacts pending = In("PENDING_CHECK");
  EXPECT_THAT(TodoOf(pending), ElementsAre(kCheck, kSendLookBack));
  pending.level = FINDING_LEVEL_SERIOUS;
  EXPECT_THAT(TodoOf(pending), ElementsAre(kSendLookBack));
  pending.look_back_asked = true;
  EXPECT_THAT(TodoOf(pending), IsEmpty());
  pending.look_back_waits = true;
  EXPECT_THAT(TodoOf(pending), ElementsAre(kCheck));
  FindingFacts closed = In("CLOSED");
  closed.relapse_waits = true;
  EXPECT_THAT(TodoOf(closed), ElementsAre(kReopen));
}

TEST(Rectification, OffersNoStrikingOffThatWouldBeRefused) {
  FindingFacts facts = In("PENDING_CHECK");
  EXPECT_THAT(ActsFor(facts, PERSON_ROLE_REVIEWER), testing::Contains(FindingAct::kClose));
  facts.level = FINDING_LEVEL_SERIOUS;
  EXPECT_THAT(ActsFor(facts, PERSON_ROLE_REVIEWER),
              testing::Not(testing::Contains(FindingAct::kClose)));
  facts.look_back_waits = true;
  EXPECT_THAT(ActsFor(facts, PERSON_ROLE_REVIEWER), testing::Contains(FindingAct::kClose));
  EXPECT_THAT(ActsFor(facts, PERSON_ROLE_ADMIN), IsEmpty());
  EXPECT_THAT(ActsFor(In("RECEIVED"), PERSON_ROLE_REPORTER),
              ElementsAre(FindingAct::kPlan, FindingAct::kAskExtension, FindingAct::kReview));
}

TEST(Rectification, CountsChecksThatSentItBack) {
  Rectification rectification;
  rectification.add_checks()->set_result(records::v1::LOOKBACK_RESULT_PARTLY);
  rectification.add_checks()->set_result(records::v1::LOOKBACK_RESULT_DONE);
  rectification.add_checks();
  EXPECT_EQ(ReworkCount(rectification), 1);
}

TEST(NoticeNumber, IsReadAsItWasWritten) {
  EXPECT_EQ(FormatNoticeNumber("稷督整", 2026, 12), "稷督整〔2026〕12号");
  for (const char* prefix : {"稷督整", "", "办〔甲〕整"}) {
    const NoticeNumber number = ParseNoticeNumber(FormatNoticeNumber(prefix, 2026, 120));
    EXPECT_EQ(number.year, 2026) << prefix;
    EXPECT_EQ(number.number, 120) << prefix;
  }
  for (const char* text : {"", "稷督整", "〔2026〕", "〔2026〕号", "〔〕1号", "〔2026〕-1号",
                           "〕2026〔1号", "〔2026〕1", "〔2026〕x号", "号"}) {
    EXPECT_EQ(ParseNoticeNumber(text).year, 0) << text;
  }
}

}  // namespace
}  // namespace dudao::domain
