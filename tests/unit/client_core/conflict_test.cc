#include <gtest/gtest.h>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/reason.h"
#include "world.h"

namespace dudao::client {
namespace {

using bench::v1::SiteVisit;

std::set<std::string> Texts(const v1::FieldConflict& conflict) {
  std::set<std::string> texts;
  for (const auto& value : conflict.values()) texts.insert(value.absent() ? "-" : value.text());
  return texts;
}

std::string VersionOf(const v1::FieldConflict& conflict, const std::string& text) {
  for (const auto& value : conflict.values()) {
    if (value.text() == text && !value.absent()) return value.version();
  }
  return {};
}

// All tablets sync until everybody has everything.
void SyncAll(Office& office, const std::vector<Tablet*>& tablets) {
  for (int round = 0; round < 2; ++round) {
    for (Tablet* tablet : tablets) EXPECT_TRUE(tablet->Sync(office).ok());
  }
}

class Conflict : public testing::Test {
 protected:
  Conflict() {
    alice.Set(visit, "summary", "before");
    SyncAll(office, all);
  }

  Office office;
  Tablet alice{"alice"};
  Tablet bob{"bob"};
  Tablet carol{"carol"};
  std::vector<Tablet*> all{&alice, &bob, &carol};
  v1::RecordRef visit = Record(kSite, "v1");
};

TEST_F(Conflict, ShowsEveryValueOnEveryTabletWithAuthorAndTime) {
  alice.Set(visit, "summary", "a");
  bob.clock.Advance(60'000);
  bob.Set(visit, "summary", "b");
  carol.Set(visit, "summary", "c");
  SyncAll(office, all);
  for (Tablet* tablet : all) {
    const auto record = tablet->Get(visit);
    ASSERT_EQ(record.conflicts_size(), 1);
    EXPECT_EQ(Texts(record.conflicts(0)), (std::set<std::string>{"a", "b", "c"}));
    int shown = 0;
    for (const auto& value : record.conflicts(0).values()) {
      shown += value.shown() ? 1 : 0;
      const bool bobs = value.text() == "b";
      EXPECT_EQ(value.author() == "bob", bobs);
      EXPECT_EQ(value.time_ms() == kMonday + 60'000, bobs);
    }
    EXPECT_EQ(shown, 1);
    EXPECT_EQ(tablet->Digest(), alice.Digest());
  }
}

TEST_F(Conflict, IsNoneWhereTheValuesAreEqual) {
  alice.Set(visit, "summary", "same");
  bob.Set(visit, "summary", "same");
  SyncAll(office, all);
  EXPECT_EQ(carol.Get(visit).conflicts_size(), 0);
}

TEST_F(Conflict, IsSettledOnceForEverybody) {
  alice.Set(visit, "summary", "a");
  bob.Set(visit, "summary", "b");
  SyncAll(office, all);
  const auto seen = carol.Get(visit);
  v1::ResolveConflictRequest resolve;
  *resolve.mutable_record() = visit;
  resolve.set_path("summary");
  resolve.set_version(VersionOf(seen.conflicts(0), "a"));
  resolve.mutable_basis()->set_context(seen.context());
  EXPECT_EQ(Must(carol->ResolveConflict(resolve)).conflicts_size(), 0);
  SyncAll(office, all);
  for (Tablet* tablet : all) {
    EXPECT_EQ(tablet->Get(visit).conflicts_size(), 0);
    SiteVisit content;
    content.ParseFromString(tablet->Get(visit).message());
    EXPECT_EQ(content.summary(), "a");
    v1::ListConflictsRequest list;
    list.set_space(kSpace);
    EXPECT_EQ(Must((*tablet)->ListConflicts(list)).records_size(), 0);
  }
  // Settling it again is refused, with the reason.
  EXPECT_EQ(ReasonOf(carol->ResolveConflict(resolve).status()), kConflictNotFound);
}

TEST_F(Conflict, StaysForAValueThatThePersonWhoSettledDidNotSee) {
  alice.Set(visit, "summary", "a");
  const std::string before_the_rest = alice.Get(visit).context();
  bob.Set(visit, "summary", "b");
  SyncAll(office, all);
  const auto seen = carol.Get(visit);
  v1::EditRequest unseen;
  *unseen.mutable_record() = visit;
  *unseen.add_edits() = SetText("summary", "late");
  unseen.mutable_basis()->set_context(before_the_rest);
  Must(alice->Edit(unseen));
  SyncAll(office, all);
  v1::ResolveConflictRequest resolve;
  *resolve.mutable_record() = visit;
  resolve.set_path("summary");
  resolve.mutable_value()->set_text("settled");
  resolve.mutable_basis()->set_context(seen.context());
  const auto left = Must(carol->ResolveConflict(resolve));
  ASSERT_EQ(left.conflicts_size(), 1);
  EXPECT_EQ(Texts(left.conflicts(0)), (std::set<std::string>{"late", "settled"}));
}

TEST_F(Conflict, OfDeletionAndEditKeepsTheRecordAndShowsBoth) {
  v1::DeleteRecordRequest remove;
  *remove.mutable_record() = visit;
  Must(alice->DeleteRecord(remove));
  EXPECT_FALSE(alice.Get(visit).exists());
  bob.Set(visit, "address", "edited");
  SyncAll(office, all);
  for (Tablet* tablet : all) {
    const auto record = tablet->Get(visit);
    EXPECT_TRUE(record.exists());
    ASSERT_EQ(record.conflicts_size(), 1);
    EXPECT_EQ(record.conflicts(0).path(), "");
    SiteVisit content;
    content.ParseFromString(record.message());
    EXPECT_EQ(content.summary(), "before");
    EXPECT_EQ(content.address(), "edited");
  }
  // Choosing the deletion settles it.
  const auto seen = carol.Get(visit);
  v1::ResolveConflictRequest resolve;
  *resolve.mutable_record() = visit;
  for (const auto& value : seen.conflicts(0).values()) {
    if (value.absent()) resolve.set_version(value.version());
  }
  Must(carol->ResolveConflict(resolve));
  SyncAll(office, all);
  EXPECT_FALSE(bob.Get(visit).exists());
}

TEST_F(Conflict, IsNotDecidedByClocks) {
  for (const int64_t wrong : {int64_t{0}, int64_t{4070908800000}}) {  // 1970, 2099
    bob.clock.Set(wrong);
    alice.Set(visit, "summary", "right clock");
    bob.Set(visit, "summary", "wrong clock");
    SyncAll(office, all);
    const auto record = carol.Get(visit);
    ASSERT_EQ(record.conflicts_size(), 1);
    for (const auto& value : record.conflicts(0).values()) {
      EXPECT_EQ(value.clock_doubt(), value.author() == "bob") << value.text();
    }
    EXPECT_TRUE(Must(bob->GetStatus({})).clock_doubt());
    // Whoever saw both overwrites both, whatever the clocks say.
    alice.Set(visit, "summary", "settled");
    SyncAll(office, all);
    EXPECT_EQ(bob.Get(visit).conflicts_size(), 0);
    v1::ListHistoryRequest history;
    *history.mutable_record() = visit;
    history.set_path("summary");
    EXPECT_GE(Must(carol->ListHistory(history)).entries_size(), 4);
  }
}

}  // namespace
}  // namespace dudao::client
