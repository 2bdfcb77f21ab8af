// Who sees what was kept aside, who decides on it, and that a decision is carried out whatever
// happens in between.
#include <gtest/gtest.h>

#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/schema/record_types.h"
#include "reason.h"
#include "uploads.h"

namespace dudao::server {
namespace {

using review::v1::KeptAside;

constexpr auto kRetired = trust::v1::DEVICE_STATE_RETIRED;

review::v1::ListKeptAsideResponse List(Office& office, const std::string& person,
                                       bool decided = false, int page_size = 0,
                                       const std::string& token = "",
                                       const std::string& space = kTeamSpace) {
  review::v1::ListKeptAsideRequest request;
  request.set_space(space);
  request.set_include_decided(decided);
  request.set_page_size(page_size);
  request.set_page_token(token);
  const auto response = office->aside->ListKeptAside(office.As(person), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : review::v1::ListKeptAsideResponse();
}

absl::StatusOr<review::v1::JudgeChangeResponse> Judge(Office& office, const std::string& person,
                                                      const KeptAside& row, bool release,
                                                      const std::string& reason = "核实无误") {
  review::v1::JudgeChangeRequest request;
  request.set_space(kTeamSpace);
  request.set_replica(row.replica());
  request.set_seq(row.seq());
  request.set_change_hash(row.change_hash());
  request.set_release(release);
  request.set_reason(reason);
  return office->aside->JudgeChange(office.As(person), request);
}

// Alice's device was handed over; what it still held comes late.
void DeliverLate(Office& office, Device& alice) {
  alice.Save("v0", VisitWith("D1-0921-01", "in time"));
  ASSERT_TRUE(alice.Sync().ok());
  records::v1::Visit late = VisitWith("D1-0921-02", "late");
  late.set_contact_name("张三");
  late.set_contact_phone("13812341234");
  alice.Save("v1", late);
  alice.Save("v2", VisitWith("D1-0921-03", "later"));
  office.SetDevice("tab-a", kRetired);
  ASSERT_TRUE(alice.Send(alice.Request()).ok());
}

TEST(KeptAside, IsListedInWordsWithPersonalDataMasked) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  DeliverLate(office, alice);
  const auto list = List(office, "zhao");
  ASSERT_EQ(list.rows_size(), 2);
  const KeptAside& row = list.rows(0);
  EXPECT_EQ(row.reason(), "PERMISSION_ENDED");
  EXPECT_FALSE(row.text_zh().empty());
  EXPECT_NE(row.text_zh(), row.reason());
  EXPECT_NE(row.text_en(), row.reason());
  EXPECT_EQ(row.author(), "alice");
  EXPECT_EQ(row.device_id(), "tab-a");
  EXPECT_EQ(row.state(), review::v1::KEPT_ASIDE_STATE_PENDING);
  std::string words;
  for (const auto& write : row.writes()) words += write.path() + "=" + write.text() + ";";
  EXPECT_NE(words.find("contact_name=张*;"), std::string::npos) << words;
  EXPECT_NE(words.find("contact_phone=138****1234;"), std::string::npos) << words;
  EXPECT_EQ(words.find("13812341234"), std::string::npos) << words;
}

TEST(KeptAside, IsForTheOwnLeadAndTheOffice) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  DeliverLate(office, alice);
  const std::pair<const char*, int> cases[] = {{"zhao", 2},  {"admin", 2}, {"lead1", 2},
                                               {"lead2", 0}, {"bob", 0},   {"ld", 0}};
  for (const auto& [person, rows] : cases)
    EXPECT_EQ(List(office, person).rows_size(), rows) << person;
  const KeptAside row = List(office, "zhao").rows(0);
  for (const char* person : {"lead2", "bob", "ld"})
    EXPECT_EQ(ReasonOf(Judge(office, person, row, true).status()), "CHANGE_NOT_ASIDE") << person;
  EXPECT_EQ(office.Show("v1").note(), "");
}

TEST(KeptAside, IsReleasedOrRefusedOnceWithAReasonByAnother) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  DeliverLate(office, alice);
  const auto rows = List(office, "lead1").rows();
  for (const std::string& reason : {std::string(), std::string("  "), std::string(4000, 'x')})
    EXPECT_EQ(ReasonOf(Judge(office, "lead1", rows[0], true, reason).status()), "REQUEST_INVALID");
  EXPECT_EQ(ReasonOf(Judge(office, "lead1", rows[0], true, "11010519491231002X").status()),
            "TEXT_HOLDS_IDENTITY_NUMBER");
  KeptAside other = rows[0];
  other.set_change_hash(std::string(32, 'x'));
  EXPECT_EQ(ReasonOf(Judge(office, "lead1", other, true).status()), "CHANGE_NOT_ASIDE");
  const uint64_t before = office->control->chain().position;
  const auto released = Judge(office, "lead1", rows[0], true);
  ASSERT_TRUE(released.ok()) << released.status();
  EXPECT_EQ(released->control_position(), before + 1);
  EXPECT_EQ(office.Show("v1").note(), "late");
  ASSERT_TRUE(Judge(office, "zhao", rows[1], false, "重复").ok());
  EXPECT_EQ(office.Show("v2").note(), "");
  for (const auto& row : rows)
    EXPECT_EQ(ReasonOf(Judge(office, "zhao", row, true).status()), "ALREADY_JUDGED");
  EXPECT_EQ(List(office, "zhao").rows_size(), 0);
  const auto decided = List(office, "zhao", /*decided=*/true);
  ASSERT_EQ(decided.rows_size(), 2);
  EXPECT_EQ(decided.rows(0).state(), review::v1::KEPT_ASIDE_STATE_RELEASED);
  EXPECT_EQ(decided.rows(0).decided_by(), "lead1");
  EXPECT_EQ(decided.rows(1).state(), review::v1::KEPT_ASIDE_STATE_REFUSED);
  EXPECT_EQ(decided.rows(1).decision_reason(), "重复");
  // The list of visits has it as well.
  VisitQuery query;
  query.spaces = {kTeamSpace};
  EXPECT_EQ(*office->projection->CountVisits(query), 2);
}

TEST(KeptAside, IsNeverDecidedByItsAuthor) {
  Office office;
  Device lead(office, "tab-l", "lead1", 5);
  lead.Save("v1", VisitWith("D1-0921-01", "the lead's own"));
  office.SetDevice("tab-l", kRetired);
  ASSERT_TRUE(lead.Send(lead.Request()).ok());
  const KeptAside row = List(office, "lead1").rows(0);
  EXPECT_EQ(ReasonOf(Judge(office, "lead1", row, true).status()), "OWN_CHANGE");
  EXPECT_EQ(ReasonOf(Judge(office, "lead1", row, false).status()), "OWN_CHANGE");
  EXPECT_TRUE(Judge(office, "admin", row, true).ok());
}

TEST(KeptAside, WithAnOfficeDecisionIsReleasedByTheOfficeOnly) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  const sync::RecordId visit{sync::RecordTypeOf(*records::v1::Visit::descriptor()), "v1"};
  alice.Save({{visit, sync::Path().Field(8), sync::MergeKind::kLifecycle,
               sync::Value::Varint(records::v1::VISIT_STATE_CONFIRMED)}});
  ASSERT_TRUE(alice.Sync().ok());
  const KeptAside row = List(office, "lead1").rows(0);
  EXPECT_EQ(ReasonOf(Judge(office, "lead1", row, true).status()), "ROLE_FORBIDDEN");
  EXPECT_TRUE(Judge(office, "lead1", row, false, "误操作").ok()) << "refusing is no such write";
}

// Power fails after the verdict was appended and before the store heard of it.
TEST(KeptAside, IsCarriedOutAfterACrashInBetween) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  DeliverLate(office, alice);
  const KeptAside row = List(office, "zhao").rows(0);
  trust::v1::ControlBody body;
  body.mutable_verdict()->set_space(kTeamSpace);
  body.mutable_verdict()->set_replica(row.replica());
  body.mutable_verdict()->set_seq(row.seq());
  body.mutable_verdict()->set_change_hash(row.change_hash());
  body.mutable_verdict()->set_released(true);
  ASSERT_TRUE(office->control->Append(body, "zhao", kTestNow).ok());
  EXPECT_EQ(office.Show("v1").note(), "");
  office.Reopen();
  EXPECT_EQ(office.Show("v1").note(), "late");
  office.Reopen();
  EXPECT_EQ(office.Show("v1").note(), "late");
}

TEST(KeptAside, OfACloneIsEnteredAnewForItsAuthorWhenReleased) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", VisitWith("D1-0921-01", "first"));
  ASSERT_TRUE(alice.Sync().ok());
  Device clone(office, "tab-a", "alice", 1);
  clone.Save("v1", VisitWith("D1-0921-01", "second"));
  ASSERT_TRUE(clone.Send(clone.Request()).ok());
  const auto rows = List(office, "zhao").rows();
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].reason(), "DOT_REUSED");
  EXPECT_EQ(rows[0].device_id(), "tab-a");
  ASSERT_TRUE(Judge(office, "zhao", rows[0], true).ok());
  office.Reopen();
  // Neither had seen the other: both are there, side by side, under alice's name.
  Space* space = *office->spaces->Get(kTeamSpace);
  absl::MutexLock lock(&space->mutex());
  const sync::RecordId visit{sync::RecordTypeOf(*records::v1::Visit::descriptor()), "v1"};
  const auto conflicts = (*space->store().Load(visit))->record.Conflicts();
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].versions.size(), 2u);
  const auto history = *space->store().History(visit, sync::Path().Field(19));
  ASSERT_EQ(history.size(), 2u) << "entered once, not once a start";
  int on_behalf = 0;
  for (const auto& entry : history) {
    EXPECT_EQ(entry.author, "alice");
    on_behalf += (entry.flags & sync::kFlagOnBehalf) != 0 ? 1 : 0;
  }
  EXPECT_EQ(on_behalf, 1);
}

TEST(KeptAside, IsPagedWithoutRepeatingOrHiding) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  office.SetDevice("tab-a", kRetired);
  for (int i = 0; i < 7; ++i) alice.Save("v" + std::to_string(i), VisitWith("D1", "late"));
  ASSERT_TRUE(alice.Send(alice.Request()).ok());
  std::vector<uint64_t> seen;
  std::string token;
  do {
    const auto page = List(office, "zhao", false, 3, token);
    for (const auto& row : page.rows()) seen.push_back(row.seq());
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 2, 3, 4, 5, 6, 7}));
  review::v1::ListKeptAsideRequest request;
  request.set_space(kTeamSpace);
  request.set_page_token("forged");
  EXPECT_EQ(ReasonOf(office->aside->ListKeptAside(office.As("zhao"), request).status()),
            "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace dudao::server
