// Personal data: masked in every answer, shown only with a purpose and a row in the access log.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "dudao/domain/personal.h"
#include "dudao/domain/text.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "reason.h"
#include "retention.h"
#include "uploads.h"

namespace dudao::server {
namespace {

const uint32_t kVisit = sync::RecordTypeOf(*records::v1::Visit::descriptor());

records::v1::Visit PersonalVisit() {
  records::v1::Visit visit = VisitWith("D1-0921-01", "联系 13812341234 开门");
  visit.set_contact_name("张三丰");
  visit.set_contact_phone("13812341234");
  visit.mutable_unit_signature()->set_signer_name("张三丰");
  return visit;
}

// Nothing of what is personal in any form.
void ExpectMasked(const std::string& bytes, const char* where) {
  for (const char* secret : {"13812341234", "三丰", "12341234"})
    EXPECT_FALSE(absl::StrContains(bytes, secret)) << where << " shows " << secret;
}

TEST(Privacy, EveryAnswerOfTheReviewDeskIsMasked) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  alice.Save("v1", PersonalVisit());
  records::v1::Visit other;
  other.set_contact_phone("13912341234");
  other.mutable_unit_signature()->set_signer_name("李三丰");
  bob.Save("v1", other);
  ASSERT_TRUE(alice.Sync().ok());
  ASSERT_TRUE(bob.Sync().ok());
  for (const char* person : {"ld", "zhao", "admin", "alice", "lead1"}) {
    const Call call = office.As(person);
    review::v1::GetRecordRequest get;
    get.set_space(kTeamSpace);
    get.set_type_id(kVisit);
    get.set_key("v1");
    const auto record = office->review->GetRecord(call, get);
    ASSERT_TRUE(record.ok()) << record.status();
    EXPECT_EQ(record->conflicts_size(), 2);
    ExpectMasked(record->message(), "GetRecord");
    for (const auto& conflict : record->conflicts())
      ExpectMasked(conflict.SerializeAsString(), "conflicts");
    records::v1::Visit shown;
    ASSERT_TRUE(shown.ParseFromString(record->message()));
    EXPECT_EQ(shown.contact_name(), "张**");
    EXPECT_EQ(shown.note(), "联系 138****1234 开门");
    review::v1::ListRecordsRequest list;
    list.set_space(kTeamSpace);
    list.set_type_id(kVisit);
    ExpectMasked(office->review->ListRecords(call, list)->SerializeAsString(), "ListRecords");
    review::v1::ListHistoryRequest history;
    history.set_space(kTeamSpace);
    history.set_type_id(kVisit);
    history.set_key("v1");
    const auto past = office->review->ListHistory(call, history);
    EXPECT_GE(past->rows_size(), 5);
    ExpectMasked(past->SerializeAsString(), "ListHistory");
    review::v1::ListConflictsRequest conflicts;
    const auto rows = office->review->ListConflicts(call, conflicts);
    EXPECT_EQ(rows->rows_size(), 1);
    for (const auto& row : rows->rows()) ExpectMasked(row.SerializeAsString(), "ListConflicts");
  }
}

TEST(Privacy, WhatIsMaskedIsNotFoundBySearching) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", PersonalVisit());
  ASSERT_TRUE(alice.Sync().ok());
  const auto found = [&](const std::string& text) {
    review::v1::ListVisitsRequest request;
    request.set_text(text);
    return office->review->ListVisits(office.As("ld"), request)->visits_size();
  };
  EXPECT_EQ(found("开门"), 1);
  EXPECT_EQ(found("13812341234"), 0);
  EXPECT_EQ(found("三丰"), 0);
}

TEST(Privacy, ShowingIsLoggedEachTimeAndNeedsAPurpose) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", PersonalVisit());
  ASSERT_TRUE(alice.Sync().ok());
  review::v1::ShowPersonalDataRequest request;
  request.set_space(kTeamSpace);
  request.set_type_id(kVisit);
  request.set_key("v1");
  const auto show = [&] { return office->privacy->ShowPersonalData(office.As("zhao"), request); };
  EXPECT_EQ(ReasonOf(show().status()), "REQUEST_INVALID") << "no purpose";
  request.set_purpose(std::string(301, 'x'));
  EXPECT_EQ(ReasonOf(show().status()), "REQUEST_INVALID");
  request.set_purpose("核实 110105194912310021");
  EXPECT_EQ(ReasonOf(show().status()), "TEXT_HOLDS_IDENTITY_NUMBER");
  EXPECT_EQ(office.AccessRows(kPersonalDataShown), 0);
  request.set_purpose("电话回访 13812341234");
  for (int i = 1; i <= 3; ++i) {
    const auto shown = show();
    ASSERT_TRUE(shown.ok()) << shown.status();
    ASSERT_EQ(shown->fields_size(), 3);
    EXPECT_EQ(shown->fields(0).path(), "contact_name");
    EXPECT_EQ(shown->fields(0).text(), "张三丰");
    EXPECT_EQ(shown->fields(1).text(), "13812341234");
    EXPECT_EQ(shown->fields(2).path(), "unit_signature.signer_name");
    EXPECT_EQ(office.AccessRows(kPersonalDataShown), i);
  }
  for (const auto& row : office.Access()) {
    EXPECT_FALSE(absl::StrContains(row.subject(), "13812341234")) << row.subject();
    if (row.event() != kPersonalDataShown) continue;
    EXPECT_EQ(row.actor(), "zhao");
    EXPECT_TRUE(absl::StrContains(row.subject(), "team-d1-2026/10/7631")) << row.subject();
    EXPECT_TRUE(absl::StrContains(row.subject(), "电话回访")) << row.subject();
  }
  request.set_key("nothing");
  EXPECT_EQ(ReasonOf(show().status()), "RECORD_UNKNOWN");
  EXPECT_EQ(office.AccessRows(kPersonalDataShown), 3);
}

TEST(Privacy, AnIdentityNumberInAnUploadIsReportedAndNotDropped) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  records::v1::Visit visit = VisitWith("D1-0921-01", "身份证 １１０１０５ 19491231 002X");
  visit.add_findings()->set_id("f1");
  visit.mutable_findings(0)->set_detail("110105194912310021");
  visit.mutable_unit_refusal()->set_reason("110105194912310021");
  alice.Save("v1", visit);
  ASSERT_TRUE(alice.Sync().ok());
  EXPECT_EQ(office.Show("v1").findings(0).detail(), "110105194912310021") << "never dropped";
  EXPECT_TRUE(office.Aside().empty());
  std::vector<std::string> subjects;
  for (const auto& row : office.Access()) {
    if (row.event() != kIdentityNumberFound) continue;
    subjects.push_back(row.subject());
    EXPECT_FALSE(absl::StrContains(row.subject(), "1949"));
  }
  std::sort(subjects.begin(), subjects.end());
  EXPECT_EQ(subjects, (std::vector<std::string>{"team-d1-2026/10/7631 findings[f1].detail",
                                                "team-d1-2026/10/7631 note",
                                                "team-d1-2026/10/7631 unit_refusal"}));
  ASSERT_TRUE(alice.Send(alice.Request()).ok());
  EXPECT_EQ(office.AccessRows(kIdentityNumberFound), 3) << "told once";
}

// --- Files

std::string Put(Office& office, const std::string& content) {
  const std::string hash(sync::HashBytes(sync::Sha256(content)));
  blob::v1::PutChunkRequest put;
  put.set_space(kTeamSpace);
  put.set_sha256(hash);
  put.set_total_bytes(content.size());
  put.set_data(content);
  EXPECT_TRUE(office->blobs->Put(put).ok());
  return hash;
}

std::string Fetch(Office& office, const Call& call, const std::string& hash) {
  blob::v1::GetChunkRequest get;
  get.set_space(kTeamSpace);
  get.set_sha256(hash);
  const auto piece = office->privacy->GetChunk(call, get);
  return piece.ok() ? "shown" : ReasonOf(piece.status());
}

records::v1::Evidence& Photo(records::v1::Visit& visit, const std::string& id,
                             const std::string& hash) {
  records::v1::Evidence& evidence = *visit.add_evidence();
  evidence.set_id(id);
  evidence.set_kind(records::v1::EVIDENCE_KIND_PHOTO);
  evidence.set_sha256(absl::BytesToHexString(hash));
  return evidence;
}

TEST(Privacy, LeadersSeeTheBlurredCopyOfAPhotoThatShowsPersonalData) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  const std::string street = Put(office, "street");
  const std::string face = Put(office, "face");
  const std::string thumbnail = Put(office, "small face");
  const std::string blurred = Put(office, "blurred face");
  const std::string signature = Put(office, "signature");
  const std::string loose = Put(office, "no record shows it");
  records::v1::Visit visit = VisitWith("D1-0921-01", "x");
  Photo(visit, "e1", street);
  auto& marked = Photo(visit, "e2", face);
  marked.set_has_pii(true);
  marked.set_thumbnail_sha256(absl::BytesToHexString(thumbnail));
  Photo(visit, "e3", blurred).set_redacted_of("e2");
  visit.mutable_unit_signature()->set_image_sha256(absl::BytesToHexString(signature));
  alice.Save("v1", visit);
  ASSERT_TRUE(alice.Sync().ok());
  const Call leader = office.As("ld");
  EXPECT_EQ(Fetch(office, leader, street), "shown");
  EXPECT_EQ(Fetch(office, leader, blurred), "shown");
  EXPECT_EQ(Fetch(office, leader, face), "BLOB_PERSONAL");
  EXPECT_EQ(Fetch(office, leader, thumbnail), "BLOB_PERSONAL");
  EXPECT_EQ(Fetch(office, leader, signature), "BLOB_PERSONAL");
  EXPECT_EQ(Fetch(office, leader, loose), "BLOB_UNKNOWN");
  EXPECT_EQ(office.AccessRows(kPersonalFileShown), 0);
  EXPECT_EQ(Fetch(office, office.As("zhao"), face), "shown");
  EXPECT_EQ(office.AccessRows(kPersonalFileShown), 1);
  EXPECT_EQ(Fetch(office, office.AsDevice("tab-a"), face), "shown") << "the team's own tablets";
  EXPECT_EQ(office.AccessRows(kPersonalFileShown), 1);
  office.Reopen();
  EXPECT_EQ(Fetch(office, office.As("ld"), face), "BLOB_PERSONAL");
}

TEST(Privacy, OneMarkIsEnoughAlsoWhereAnotherStandsBesideIt) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  const std::string face = Put(office, "face");
  records::v1::Visit visit = VisitWith("D1-0921-01", "x");
  Photo(visit, "e1", face);
  alice.Save("v1", visit);
  ASSERT_TRUE(alice.Sync().ok());
  ASSERT_TRUE(bob.Sync().ok());
  EXPECT_EQ(Fetch(office, office.As("ld"), face), "shown");
  const sync::RecordId id{kVisit, "v1"};
  const sync::Path mark = sync::Path().Element(34, "e1").Field(13);
  for (const auto& [device, value] : {std::pair<Device*, uint64_t>{&alice, 1}, {&bob, 0}})
    device->Save({{id, mark, sync::MergeKind::kRegister, sync::Value::Varint(value)}});
  ASSERT_TRUE(alice.Sync().ok());
  ASSERT_TRUE(bob.Sync().ok());
  EXPECT_EQ(Fetch(office, office.As("ld"), face), "BLOB_PERSONAL");
}

TEST(Privacy, RetentionListsWhatIsDueAndRemovesNothing) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  const std::string old_photo = Put(office, "old");
  const std::string shared = Put(office, "in both");
  records::v1::Visit old = VisitWith("D1-0920-01", "old");
  old.set_visit_date("2021-09-20");
  Photo(old, "e1", old_photo);
  Photo(old, "e2", shared);
  alice.Save("old", old);
  records::v1::Visit today = VisitWith("D1-0921-01", "new");
  Photo(today, "e1", shared);
  alice.Save("new", today);
  records::v1::Visit border = VisitWith("D1-0921-02", "border");
  border.set_visit_date("2021-09-21");
  alice.Save("border", border);
  ASSERT_TRUE(alice.Sync().ok());
  EXPECT_TRUE(Retention(*office->projection, 0).Due(kTestNow)->visits.empty()) << "kept for ever";
  const std::string before = office.Digest();
  const auto due = Retention(*office->projection, 5).Due(kTestNow);
  ASSERT_TRUE(due.ok()) << due.status();
  EXPECT_EQ(due->before, "2021-09-21");
  ASSERT_EQ(due->visits.size(), 1u);
  EXPECT_EQ(due->visits[0].key, "old");
  ASSERT_EQ(due->files.size(), 1u);
  EXPECT_EQ(due->files[0].sha256, old_photo);
  EXPECT_EQ(office.Digest(), before);
  EXPECT_EQ(Fetch(office, office.As("zhao"), old_photo), "shown");
}

}  // namespace
}  // namespace dudao::server
