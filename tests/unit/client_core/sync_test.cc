#include <gtest/gtest.h>

#include "dudao/bench/v1/site_visit.pb.h"
#include "world.h"

namespace dudao::client {
namespace {

TEST(Sync, IsOneRoundTripWhereThereIsNothingToDo) {
  Office office;
  Tablet alice("alice");
  alice.Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(alice.Sync(office).ok());
  office.calls.clear();
  const auto again = alice.Sync(office, true);
  EXPECT_TRUE(again.ok());
  EXPECT_EQ(office.calls.size(), 1U);
  EXPECT_EQ(again.spaces(0).changes_sent(), 0U);
  EXPECT_EQ(again.spaces(0).changes_received(), 0U);
}

TEST(Sync, TellsWhatItSentAndReceived) {
  Office office;
  Tablet alice("alice");
  Tablet bob("bob");
  for (int i = 0; i < 5; ++i) alice.Set(Record(kSite, "v1"), "summary", std::to_string(i));
  EXPECT_EQ(Must(alice->GetStatus({})).spaces(0).unsent_changes(), 5U);
  EXPECT_EQ(alice.Sync(office).spaces(0).changes_sent(), 5U);
  EXPECT_EQ(bob.Sync(office).spaces(0).changes_received(), 5U);
  const auto status = Must(alice->GetStatus({}));
  EXPECT_EQ(status.spaces(0).unsent_changes(), 0U);
  EXPECT_TRUE(status.spaces(0).last_sync_ok());
  EXPECT_EQ(status.spaces(0).last_sync_ms(), kMonday);
}

TEST(Sync, GivesUpAfterAFewTriesAndLosesNothing) {
  Office office;
  Tablet alice("alice");
  alice.Set(Record(kSite, "v1"), "summary", "x");
  size_t tries = 0;
  const auto report = alice.Sync(office, true, [&](size_t) {
    ++tries;
    return Fate::kLostOnTheWay;
  });
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.spaces(0).code(), 14);
  EXPECT_EQ(tries, 4U);
  alice.Restart();
  const auto status = Must(alice->GetStatus({}));
  EXPECT_EQ(status.spaces(0).unsent_changes(), 1U);
  EXPECT_FALSE(status.spaces(0).last_sync_ok());
  EXPECT_FALSE(status.spaces(0).last_sync_reason().empty());
  EXPECT_TRUE(alice.Sync(office).ok());
  EXPECT_EQ(Must(alice->GetStatus({})).spaces(0).unsent_changes(), 0U);
}

TEST(Sync, EndsEqualWhateverHappensToMessages) {
  Office office;
  Tablet alice("alice");
  Tablet bob("bob");
  const auto fate = [](size_t number) {
    constexpr Fate kFates[] = {Fate::kLostOnTheWay, Fate::kArrives, Fate::kAnswerLost, Fate::kTwice,
                               Fate::kArrives};
    return kFates[number % 5];
  };
  for (int round = 0; round < 6; ++round) {
    for (Tablet* tablet : {&alice, &bob}) {
      for (int i = 0; i < 20; ++i) {
        tablet->Set(Record(kSite, "v" + std::to_string(i % 3)), i % 2 == 0 ? "summary" : "address",
                    tablet->options_.person_id + std::to_string(round * 100 + i));
      }
      v1::EditRequest count;
      *count.mutable_record() = Record(kSite, "v0");
      *count.add_edits() = Increment("photo_count", 1);
      Must((*tablet)->Edit(count));
      tablet->Sync(office, false, fate);
      if (round % 2 == 0) tablet->Restart();
    }
  }
  for (int i = 0; i < 2; ++i) {
    alice.Sync(office);
    bob.Sync(office);
  }
  EXPECT_EQ(alice.Digest(), bob.Digest());
  EXPECT_EQ(alice.Digest(), std::string(sync::HashBytes(Must(office.Space(kSpace).StateDigest()))));
  bench::v1::SiteVisit content;
  content.ParseFromString(alice.Get(Record(kSite, "v0")).message());
  EXPECT_EQ(content.photo_count(), 12);
}

TEST(Sync, ForgetsAnAnswerToAnEarlierSync) {
  Office office;
  Tablet alice("alice");
  alice.Set(Record(kSite, "v1"), "summary", "x");
  v1::BeginSyncRequest begin;
  begin.add_spaces(kSpace);
  Must(alice->BeginSync(begin));
  const auto first = Must(alice->Poll({}));
  ASSERT_TRUE(first.has_call());
  EXPECT_TRUE(Must(alice->Poll({})).has_wait_ms());  // handed out once
  Must(alice->BeginSync(begin));
  ASSERT_TRUE(Must(alice->Poll({})).has_call());
  v1::DeliverRequest late;
  late.set_call_id(first.call().call_id());
  late.set_response(Must(office.Answer(first.call().method(), first.call().request())));
  EXPECT_FALSE(Must(alice->Deliver(late)).known());
  Must(alice->CancelSync({}));
  EXPECT_TRUE(Must(alice->Poll({})).idle());
  EXPECT_TRUE(alice.Sync(office).ok());
}

TEST(Sync, EndsWithAReasonWhereTheAnswerIsRubbish) {
  Tablet alice("alice");
  alice.Set(Record(kSite, "v1"), "summary", "x");
  v1::BeginSyncRequest begin;
  begin.add_spaces(kSpace);
  for (const std::string& rubbish :
       {std::string("\xff\xff\xff"), std::string(), std::string(100'000, 'x')}) {
    Must(alice->BeginSync(begin));
    v1::DeliverRequest outcome;
    outcome.set_call_id(Must(alice->Poll({})).call().call_id());
    outcome.set_response(rubbish);
    Must(alice->Deliver(outcome));
    const auto end = Must(alice->Poll({}));
    ASSERT_TRUE(end.has_finished());
    EXPECT_FALSE(end.finished().ok());
    EXPECT_FALSE(end.finished().spaces(0).reason().empty());
  }
  EXPECT_EQ(Must(alice->GetStatus({})).spaces(0).unsent_changes(), 1U);
}

TEST(Sync, KnowsHowFarTheClockIsOff) {
  Office office;
  Tablet alice("alice");
  alice.clock.Advance(-3'600'000);
  alice.Sync(office);
  const auto status = Must(alice->GetStatus({}));
  EXPECT_EQ(status.clock_offset_ms(), 3'600'000);
  EXPECT_TRUE(status.clock_doubt());
  alice.Restart();
  EXPECT_EQ(Must(alice->GetStatus({})).clock_offset_ms(), 3'600'000);
  alice.Set(Record(kSite, "v1"), "summary", "x");
  v1::ListHistoryRequest history;
  *history.mutable_record() = Record(kSite, "v1");
  EXPECT_EQ(Must(alice->ListHistory(history)).entries(0).clock_offset_ms(), 3'600'000);
}

TEST(Sync, OfACopiedDatabaseGetsANewReplicaAndLosesNothing) {
  Office office;
  Tablet alice("alice");
  alice.Set(Record(kSite, "v1"), "summary", "x");
  const std::string before = Must(alice->GetStatus({})).spaces(0).replica();
  alice.Restart();
  EXPECT_EQ(Must(alice->GetStatus({})).spaces(0).replica(), before);
  alice.token.Forget();  // restored on another tablet
  alice.Restart();
  EXPECT_NE(Must(alice->GetStatus({})).spaces(0).replica(), before);
  alice.Set(Record(kSite, "v1"), "address", "y");
  EXPECT_TRUE(alice.Sync(office).ok());
  Tablet bob("bob");
  bob.Sync(office);
  EXPECT_EQ(bob.Digest(), alice.Digest());
}

}  // namespace
}  // namespace dudao::client
