#include <gtest/gtest.h>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/reason.h"
#include "world.h"

namespace dudao::client {
namespace {

TEST(Record, IsCreatedFromAMessageWithARandomKey) {
  Tablet alice("alice");
  bench::v1::SiteVisit visit;
  visit.set_site_name("翟东村");
  visit.add_inspectors("r1");
  visit.add_findings()->set_id("f1");
  visit.mutable_findings(0)->set_severity("low");
  visit.set_photo_count(2);
  v1::CreateRecordRequest create;
  *create.mutable_record() = client::Record(kSite, "");
  create.set_message(visit.SerializeAsString());
  const auto created = Must(alice->CreateRecord(create));
  EXPECT_EQ(created.record().key().size(), 12U);
  bench::v1::SiteVisit read;
  ASSERT_TRUE(read.ParseFromString(alice.Get(created.record()).message()));
  EXPECT_EQ(read.SerializeAsString(), visit.SerializeAsString());
  *create.mutable_record() = created.record();
  EXPECT_EQ(ReasonOf(alice->CreateRecord(create).status()), kRecordExists);
}

TEST(Record, IsNotCreatedFromAMessageWithUnknownFields) {
  Tablet alice("alice");
  v1::CreateRecordRequest create;
  *create.mutable_record() = client::Record(kSite, "");
  create.set_message(
      "\xc2\x3e\x03"
      "abc");
  EXPECT_EQ(ReasonOf(alice->CreateRecord(create).status()), kFieldsUnknown);
  create.set_message("\xff");
  EXPECT_EQ(ReasonOf(alice->CreateRecord(create).status()), kValueUnfit);
}

class RecordList : public testing::Test {
 protected:
  RecordList() {
    for (int i = 0; i < 25; ++i) {
      const std::string key = (i % 2 == 0 ? "a/" : "b/") + std::to_string(100 + i);
      alice.Set(client::Record(kSite, key), "site_name", i % 5 == 0 ? "Broken Stair" : "fine");
    }
    request.set_space(kSpace);
    request.set_type_id(kSite);
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    request.clear_page_token();
    do {
      const auto page = Must(alice->ListRecords(request));
      EXPECT_LE(page.records_size(), request.page_size() == 0 ? 50 : request.page_size());
      for (const auto& record : page.records()) keys.push_back(record.record().key());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return keys;
  }

  Tablet alice{"alice"};
  v1::ListRecordsRequest request;
};

TEST_F(RecordList, ComesInPagesWithoutGapsOrRepeats) {
  const auto all = Keys();
  EXPECT_EQ(all.size(), 25U);
  for (const int size : {1, 3, 24, 25, 26}) {
    request.set_page_size(size);
    EXPECT_EQ(Keys(), all) << size;
  }
}

TEST_F(RecordList, IsFilteredByKeyAndText) {
  request.set_page_size(2);
  request.set_key_prefix("b/");
  EXPECT_EQ(Keys().size(), 12U);
  request.set_text("sTAIR");
  EXPECT_EQ(Keys(), (std::vector<std::string>{"b/105", "b/115"}));
  request.clear_key_prefix();
  EXPECT_EQ(Keys().size(), 5U);
}

TEST_F(RecordList, LeavesOutDeletedRecords) {
  v1::DeleteRecordRequest remove;
  *remove.mutable_record() = client::Record(kSite, "a/100");
  Must(alice->DeleteRecord(remove));
  EXPECT_EQ(Keys().size(), 24U);
}

TEST_F(RecordList, RefusesTokensThatItDidNotGiveOut) {
  for (const char* token : {"x", "!!!!", "AAAA"}) {
    request.set_page_token(token);
    EXPECT_EQ(ReasonOf(alice->ListRecords(request).status()), kPageTokenInvalid) << token;
  }
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(alice->ListRecords(request).status()), kMalformedRequest);
}

TEST(History, TellsWhoWroteWhatAndWhen) {
  Office office;
  Tablet alice("alice");
  Tablet bob("bob");
  const auto visit = client::Record(kSite, "v1");
  alice.Set(visit, "summary", "one");
  alice.Sync(office);
  bob.Sync(office);
  bob.clock.Advance(1000);
  bob.Set(visit, "summary", "two");
  bob.Set(visit, "address", "elsewhere");
  bob.Sync(office);
  alice.Sync(office);
  v1::ListHistoryRequest request;
  *request.mutable_record() = visit;
  request.set_path("summary");
  request.set_page_size(1);
  const auto first = Must(alice->ListHistory(request));
  ASSERT_EQ(first.entries_size(), 1);
  EXPECT_EQ(first.entries(0).text(), "one");
  EXPECT_EQ(first.entries(0).author(), "alice");
  request.set_page_token(first.next_page_token());
  const auto second = Must(alice->ListHistory(request));
  ASSERT_EQ(second.entries_size(), 1);
  EXPECT_EQ(second.entries(0).path(), "summary");
  EXPECT_EQ(second.entries(0).text(), "two");
  EXPECT_EQ(second.entries(0).author(), "bob");
  EXPECT_EQ(second.entries(0).time_ms(), kMonday + 1000);
  EXPECT_TRUE(second.next_page_token().empty());
}

TEST(Context, OfOneSpaceIsRefusedInAnother) {
  Tablet alice("alice");
  const auto visit = client::Record(kSite, "v1");
  alice.Set(visit, "summary", "x");
  v1::EditRequest edit;
  *edit.mutable_record() = client::Record(kSite, "v1", kOffice);
  *edit.add_edits() = SetText("summary", "y");
  edit.mutable_basis()->set_context(alice.Get(visit).context());
  EXPECT_EQ(ReasonOf(alice->Edit(edit).status()), kContextInvalid);
  edit.mutable_basis()->set_context("rubbish");
  EXPECT_EQ(ReasonOf(alice->Edit(edit).status()), kContextInvalid);
}

}  // namespace
}  // namespace dudao::client
