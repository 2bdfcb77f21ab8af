// Who looked at what, masked as it is, stands in the access log; the office's words are in the
// printed one.
#include <map>

#include "findings_fixture.h"
#include "status_words.h"

namespace dudao::server {
namespace {

class ViewsTest : public FindingsTest {
 protected:
  std::vector<admin::v1::AccessRow> Rows() {
    const auto log = Accesses();
    return {log.rows().begin(), log.rows().end()};
  }
  // Events of a person, with how often.
  std::map<std::string, int> Events(const std::string& person) {
    std::map<std::string, int> events;
    for (const auto& row : Rows()) {
      if (row.actor() == person) ++events[row.event()];
    }
    return events;
  }
};

TEST_F(ViewsTest, OfALeaderAreEachInTheLog) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a", "b"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  {
    review::v1::GetStatisticsResponse response;
    As who("ld");
    ASSERT_TRUE(ledger_->GetStatistics(&who, {}, &response).ok());
  }
  List({}, "ld");
  Get("a", "ld");
  Get("b", "ld");
  const auto events = Events("ld");
  EXPECT_EQ(events.at("LIST_SHOWN"), 2);
  EXPECT_EQ(events.at("RECORD_SHOWN"), 2);
  std::string subjects;
  for (const auto& row : Rows()) {
    if (row.actor() == "ld") subjects += row.subject() + ";";
  }
  EXPECT_EQ(subjects,
            "GetStatistics;ListFindings;GetFinding team-d1-2026/a;"
            "GetFinding team-d1-2026/b;");
  // A page that looks again by itself is one view for ten minutes.
  Get("a", "ld");
  EXPECT_EQ(Events("ld").at("RECORD_SHOWN"), 2);
  now_ms_ += 600'000;
  Get("a", "ld");
  EXPECT_EQ(Events("ld").at("RECORD_SHOWN"), 3);
  // What is refused was not seen.
  review::v1::GetFindingRequest request;
  request.set_space(kOne);
  request.set_finding_id("none");
  GetFindingResponse response;
  As who("ld");
  EXPECT_EQ(ReasonIn(findings_->GetFinding(&who, request, &response)), "RECORD_UNKNOWN");
  EXPECT_EQ(Events("ld").at("RECORD_SHOWN"), 3);
}

TEST_F(ViewsTest, OfTabletsAreNot) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  review::v1::GetFindingRequest request;
  request.set_space(kOne);
  request.set_finding_id("a");
  GetFindingResponse response;
  AsDevice tablet(alice.device(), "/dudao.review.v1.RectificationService/GetFinding", request);
  ASSERT_TRUE(findings_->GetFinding(&tablet, request, &response).ok());
  for (const auto& row : Rows()) EXPECT_NE(row.event(), "RECORD_SHOWN");
}

TEST_F(ViewsTest, HaveWordsInThePrintedLog) {
  Tablet alice("ins1", kOne, 1);
  alice.Save("v1", VisitOf("D1", "2026-09-21", {"a"}));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  Get("a");
  Ids(review::v1::FINDING_VIEW_INBOX);
  EXPECT_GE(Rows().size(), 3u);
  for (const auto& row : Rows())
    EXPECT_NE(EventWord(row.event()), row.event()) << "an event without a word";
  EXPECT_EQ(EventWord("RECORD_SHOWN"), "查看记录");
  EXPECT_EQ(EventWord("SOMETHING_NEW"), "SOMETHING_NEW");
  EXPECT_EQ(SubjectWords("LIST_SHOWN", "ListFindings"), "问题整改");
  EXPECT_EQ(SubjectWords("RECORD_SHOWN", "GetFinding team-d1-2026/a"), "问题 team-d1-2026/a");
  EXPECT_EQ(SubjectWords("CALL_REFUSED", "/dudao.admin.v1.AdminService/ListAccess ROLE_FORBIDDEN"),
            "您的角色不能进行此操作。（ListAccess）");
  EXPECT_EQ(SubjectWords("CALL_REFUSED", "X NEVER_HEARD_OF"), "X NEVER_HEARD_OF");
}

}  // namespace
}  // namespace dudao::server
