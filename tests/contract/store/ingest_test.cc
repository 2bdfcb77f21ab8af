// Segments in: duplicates, gaps, refusals, reused numbers.
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

namespace {

std::string SegmentOf(const std::vector<Change>& changes) { return EncodeSegment(kSpace, changes); }

IngestOutcome Take(Store& store, const std::vector<Change>& changes,
                   const IngestPolicy& policy = nullptr) {
  const std::string segment = SegmentOf(changes);
  return Must(store.Ingest({&segment, 1}, Replica('B'), policy, std::nullopt));
}

// Bob's saves to field 2 of record "a", one after the other.
std::vector<Change> SavesOfBob(int count) {
  MemoryLog bob('B', kSpace);
  for (int i = 1; i <= count; ++i) bob.Commit({SetText(Rec("a"), 2, "save " + std::to_string(i))});
  return bob.changes();
}

std::optional<Quarantined> RefuseSecond(const Change& change, std::string_view) {
  if (change.seq != 2) return std::nullopt;
  return Quarantined{{}, kNotPermitted, "not in this team", {}, {}, {}};
}

}  // namespace

TEST_P(StoreContract, RepeatedChangesAreCountedAndChangeNothing) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(5);
  EXPECT_EQ(Take(*alice, {saves[0], saves[1], saves[2]}).applied, 3u);
  const Hash digest = Must(alice->StateDigest());
  IngestOutcome again = Take(*alice, {saves[0], saves[1], saves[2]});
  EXPECT_EQ(again.duplicate, 3u);
  EXPECT_EQ(again.applied, 0u);
  EXPECT_TRUE(again.touched.empty());
  EXPECT_EQ(Must(alice->StateDigest()), digest);
  EXPECT_EQ(Must(alice->Size()).segments, 1u);
  // Cut otherwise, and reaching further.
  const IngestOutcome more = Take(*alice, {saves[1], saves[2], saves[3], saves[4]});
  EXPECT_EQ(more.duplicate, 2u);
  EXPECT_EQ(more.applied, 2u);
  EXPECT_TRUE(more.quarantined.empty());
  EXPECT_EQ(AllChanges(*alice), saves);
}

TEST_P(StoreContract, OwnChangesComeBackAsDuplicates) {
  OpenedStore alice = Open('A');
  const Change open = Must(alice->Commit(Edit({SetText(Rec("a"), 2, "x")})));
  const IngestOutcome outcome = Take(*alice, {open});
  EXPECT_EQ(outcome.duplicate, 1u);
  EXPECT_TRUE(outcome.quarantined.empty());
}

TEST_P(StoreContract, ChangesAfterAGapWaitForTheNextOffer) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(4);
  IngestOutcome outcome = Take(*alice, {saves[0], saves[2], saves[3]});
  EXPECT_EQ(outcome.applied, 1u);
  EXPECT_EQ(outcome.gap, 2u);
  EXPECT_EQ(Must(alice->Delivered()).Get(Replica('B')), 1u);
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "save 1");
  outcome = Take(*alice, {saves[1], saves[2], saves[3]});
  EXPECT_EQ(outcome.applied, 3u);
  EXPECT_EQ(AllChanges(*alice), saves);
}

TEST_P(StoreContract, ARefusedChangeIsKeptAsideAndHoldsNothingUp) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(3);
  IngestOutcome outcome = Take(*alice, saves, RefuseSecond);
  EXPECT_EQ(outcome.applied, 2u);
  ASSERT_EQ(outcome.quarantined.size(), 1u);
  EXPECT_EQ(outcome.quarantined[0].dot, saves[1].dot());
  EXPECT_EQ(outcome.quarantined[0].reason, kNotPermitted);
  EXPECT_EQ(Must(alice->Delivered()).Get(Replica('B')), 3u);
  EXPECT_EQ(Must(alice->History(Rec("a"), Path())).size(), 2u) << "it was not merged";
  // The sender that missed the answer hears it again; there is still one entry.
  outcome = Take(*alice, saves, RefuseSecond);
  EXPECT_EQ(outcome.duplicate, 3u);
  EXPECT_EQ(outcome.quarantined.size(), 1u);
  alice = {};
  alice = Open('A');
  const auto entries = Must(alice->Quarantine());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].what.reason, kNotPermitted);
  EXPECT_EQ(entries[0].what.detail, "not in this team");
  EXPECT_EQ(entries[0].what.time, saves[1].time);
  EXPECT_EQ(entries[0].from, Replica('B'));
  EXPECT_EQ(Must(DecodeChange(entries[0].change)), saves[1]);
  EXPECT_EQ(AllChanges(*alice), saves) << "and it still travels on";
}

TEST_P(StoreContract, WhoeverPullsARefusedChangeKeepsItAsideToo) {
  OpenedStore server = Open('S');
  Take(*server, SavesOfBob(3), RefuseSecond);
  OpenedStore carol = Open('C');
  Initiator initiator(*carol, {});
  for (int round = 0; round < 5; ++round) {
    const auto request = Must(initiator.Next(kWallMs));
    if (!request) break;
    const ExchangeReply reply = Must(Respond(*server, *request, {}));
    ASSERT_TRUE(initiator.Receive(reply.response).ok());
  }
  EXPECT_EQ(Must(carol->StateDigest()), Must(server->StateDigest()));
  EXPECT_EQ(Must(carol->Delivered()).Get(Replica('B')), 3u);
  const auto entries = Must(carol->Quarantine());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].what.reason, kNotPermitted);
  EXPECT_EQ(initiator.totals().set_aside.size(), 1u);
}

TEST_P(StoreContract, ARefusedChangeIsNeverShown) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(2);
  Take(*alice, saves, RefuseSecond);
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "save 1");
  EXPECT_EQ(Must(alice->Size()).quarantined, 1u);
}

TEST_P(StoreContract, AMalformedChangeIsKeptAside) {
  OpenedStore alice = Open('A');
  std::vector<Change> saves = SavesOfBob(3);
  saves[1].seen = Context();
  saves[1].author = std::string("\xff\xfe", 2);
  const IngestOutcome outcome = Take(*alice, saves);
  EXPECT_EQ(outcome.applied, 2u);
  ASSERT_EQ(outcome.quarantined.size(), 1u);
  EXPECT_EQ(outcome.quarantined[0].reason, kMalformedChange);
  EXPECT_FALSE(outcome.quarantined[0].detail.empty());
}

TEST_P(StoreContract, AChangeWithoutANumberIsKeptAsideWithoutAnyHarm) {
  OpenedStore alice = Open('A');
  std::vector<Change> saves = SavesOfBob(1);
  saves[0].seq = 0;
  EXPECT_EQ(Take(*alice, saves).quarantined.size(), 1u);
  EXPECT_TRUE(Must(alice->Delivered()).empty());
  saves[0].seq = UINT64_MAX;
  EXPECT_EQ(Take(*alice, saves).gap, 1u);
  EXPECT_EQ(Must(alice->Size()).quarantined, 1u);
}

TEST_P(StoreContract, AReusedNumberKeepsBothChangesAndDoesNotLoop) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(3);
  Take(*alice, saves);
  Change twin = saves[1];
  twin.ops[0].value = Value::Bytes("the clone's");
  const Hash digest = Must(alice->StateDigest());
  for (int i = 0; i < 3; ++i) {
    const IngestOutcome outcome = Take(*alice, {saves[0], twin, saves[2]});
    EXPECT_EQ(outcome.duplicate, 2u);
    ASSERT_EQ(outcome.quarantined.size(), 1u);
    EXPECT_EQ(outcome.quarantined[0].reason, kDotReused);
  }
  const auto entries = Must(alice->Quarantine());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(Must(DecodeChange(entries[0].change)), twin);
  EXPECT_EQ(AllChanges(*alice), saves);
  EXPECT_EQ(Must(alice->StateDigest()), digest);
  EXPECT_EQ(Must(alice->History(Rec("a"), Path())).size(), 3u) << "the first stays merged";
}

TEST_P(StoreContract, AReusedNumberIsNoticedWithinOneSegmentAndAmongOpenSaves) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(1);
  Change twin = saves[0];
  twin.ops[0].value = Value::Bytes("twin");
  IngestOutcome outcome = Take(*alice, {saves[0], twin});
  EXPECT_EQ(outcome.applied, 1u);
  ASSERT_EQ(outcome.quarantined.size(), 1u);
  EXPECT_EQ(outcome.quarantined[0].reason, kDotReused);
  Change own = Must(alice->Commit(Edit({SetText(Rec("b"), 2, "x")})));
  own.ops[0].value = Value::Bytes("a clone of Alice");
  outcome = Take(*alice, {own});
  ASSERT_EQ(outcome.quarantined.size(), 1u);
  EXPECT_EQ(Shown(*alice, Rec("b"), 2), "x");
}

// A restored file without a token: the peers hold more of this replica than it does itself.
TEST_P(StoreContract, OwnChangesThatOnlyOthersHoldComeBack) {
  MemoryLog earlier('A', kSpace);
  for (int i = 0; i < 4; ++i) earlier.Commit({SetText(Rec("a"), 2, std::to_string(i))});
  OpenedStore alice = Open('A');
  const std::vector<Change>& lost = earlier.changes();
  Take(*alice, {lost[0], lost[1]});
  Must(alice->Commit(Edit({SetText(Rec("b"), 2, "new")})));
  const IngestOutcome outcome = Take(*alice, {lost[1], lost[2], lost[3]});
  EXPECT_EQ(outcome.quarantined.size(), 1u) << "number 3 was given again";
  EXPECT_EQ(outcome.applied, 1u);
  EXPECT_EQ(Must(alice->Commit(Edit({SetText(Rec("b"), 2, "newer")}))).seq, 5u);
  EXPECT_EQ(Replayed(*alice), Scanned(*alice));
  alice = {};
  alice = Open('A');
  EXPECT_EQ(Replayed(*alice), Scanned(*alice));
}

TEST_P(StoreContract, AnIngestOfManyRecordsIsWholeWhateverTheCachesHold) {
  MemoryLog bob('B', kSpace);
  for (int i = 0; i < 3000; ++i) {
    bob.Commit({SetText(Rec("r" + std::to_string(i % 1000)), 2,
                        std::string(3000, 'x') + std::to_string(i))});
  }
  OpenedStore alice = Open('A');
  EXPECT_EQ(Take(*alice, bob.changes()).touched.size(), 1000u);
  EXPECT_EQ(Replayed(*alice), Scanned(*alice));
  EXPECT_EQ(Must(alice->History(Rec("r7"), Path())).size(), 3u);
}

}  // namespace dudao::testing
