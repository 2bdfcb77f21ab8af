// Replicas that hold the same changes are equal, in whatever order these came, and nothing is lost.
#include <algorithm>

#include "dudao/sync/log/segment.h"
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else
using Values = std::vector<std::string>;

TEST_P(StoreContract, ConcurrentValuesAreKeptListedAndSettledByOneSave) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "dry")})));
  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "wet")})));
  Pull(*alice, *bob);
  Pull(*bob, *alice);
  EXPECT_EQ(Competing(*alice, Rec("a"), 2), (Values{"dry", "wet"}));
  EXPECT_EQ(Must(alice->StateDigest()), Must(bob->StateDigest()));
  ASSERT_EQ(Must(bob->Conflicts({}, 10)).size(), 1u);
  EXPECT_EQ(Must(bob->Conflicts({}, 10))[0].id, Rec("a"));
  EXPECT_TRUE(Must(bob->Conflicts(Rec("a"), 10)).empty());
  EXPECT_EQ(Must(bob->Size()).conflicts, 1u);

  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "damp")})));
  EXPECT_TRUE(Must(bob->Conflicts({}, 10)).empty());
  Pull(*bob, *alice);
  EXPECT_EQ(Competing(*alice, Rec("a"), 2), Values{"damp"});
  EXPECT_TRUE(Must(alice->Conflicts({}, 10)).empty());
  EXPECT_EQ(Must(alice->StateDigest()), Must(bob->StateDigest()));
}

TEST_P(StoreContract, ConflictsComeInPages) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  for (int i = 0; i < 25; ++i) {
    Must(alice->Commit(Edit({SetText(Rec(std::to_string(100 + i)), 2, "a")})));
    Must(bob->Commit(Edit({SetText(Rec(std::to_string(100 + i)), 2, "b")})));
  }
  Pull(*bob, *alice);
  RecordId after;
  size_t count = 0;
  while (true) {
    const auto page = Must(alice->Conflicts(after, 10));
    if (page.empty()) break;
    count += page.size();
    EXPECT_LT(after, page.front().id);
    after = page.back().id;
  }
  EXPECT_EQ(count, 25u);
}

// Three people work and meet at random; then a fourth gets each one's changes whole, in each of the
// six orders.
TEST_P(StoreContract, AllOrdersOfDeliveryGiveOneState) {
  SeededTest random;
  std::vector<OpenedStore> people;
  for (const char name : {'A', 'B', 'C'}) people.push_back(Open(name));
  for (int i = 0; i < 120; ++i) {
    Store& one = *people[random.Below(3)];
    if (random.Chance(0.2)) {
      Store& other = *people[random.Below(3)];
      if (&one != &other) Pull(other, one, random.Chance(0.5) ? 200 : 1 << 20);
    } else {
      Must(one.Commit(Edit(RandomOps(random))));
    }
  }
  for (const auto& from : people) {
    for (const auto& to : people) {
      if (from.store != to.store) Pull(*from, *to);
    }
  }
  for (const auto& from : people) {
    for (const auto& to : people) {
      if (from.store != to.store) Pull(*from, *to);
    }
  }
  const Hash digest = Must(people[0]->StateDigest());
  EXPECT_EQ(Must(people[1]->StateDigest()), digest);
  EXPECT_EQ(Must(people[2]->StateDigest()), digest);

  std::map<ReplicaId, std::vector<Change>> by_replica;
  for (const Change& change : AllChanges(*people[0])) by_replica[change.replica].push_back(change);
  std::vector<std::string> segments;
  for (const auto& [replica, changes] : by_replica) {
    segments.push_back(EncodeSegment(kSpace, changes));
  }
  std::sort(segments.begin(), segments.end());
  char name = 'd';
  do {
    OpenedStore late = Open(name++);
    for (const std::string& segment : segments) {
      Must(late->Ingest({&segment, 1}, Replica('B'), nullptr, std::nullopt));
    }
    EXPECT_EQ(Must(late->StateDigest()), digest) << "seed " << random.seed();
    EXPECT_EQ(Must(late->Delivered()), Must(people[0]->Delivered()));
  } while (std::next_permutation(segments.begin(), segments.end()));
}

// A value that was overwritten before it arrived does not come back, also when the store was closed
// in between.
TEST_P(StoreContract, AnOvertakenValueStaysOverwritten) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "old")})));
  Pull(*alice, *bob);
  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "new")})));
  const std::vector<Change> changes = AllChanges(*bob);
  ASSERT_EQ(changes.size(), 2u);
  const std::string first = EncodeSegment(kSpace, {&changes[0], 1});
  const std::string second = EncodeSegment(kSpace, {&changes[1], 1});
  {
    OpenedStore carol = Open('C');
    Must(carol->Ingest({&second, 1}, Replica('B'), nullptr, std::nullopt));
  }
  OpenedStore carol = Open('C');
  Must(carol->Ingest({&first, 1}, Replica('A'), nullptr, std::nullopt));
  EXPECT_EQ(Competing(*carol, Rec("a"), 2), Values{"new"});
  EXPECT_EQ(Must(carol->StateDigest()), Must(bob->StateDigest()));
  const auto stored = Must(carol->Load(Rec("a")));
  EXPECT_EQ(stored->record.Encode(), stored->record.EncodeShared()) << "nothing is waited for";
}

TEST_P(StoreContract, ADeletedRecordIsLoadedAndDoesNotExist) {
  OpenedStore alice = Open('A');
  Must(alice->Commit(Edit({Touch(Rec("a")), SetText(Rec("a"), 2, "x")})));
  Must(alice->Commit(Edit({Delete(Rec("a"))})));
  const auto stored = Must(alice->Load(Rec("a")));
  ASSERT_TRUE(stored.has_value());
  EXPECT_FALSE(stored->record.exists());
}

TEST_P(StoreContract, TouchedNamesEachChangedRecordOnce) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  for (int i = 0; i < 3; ++i) {
    Must(alice->Commit(
        Edit({SetText(Rec("b"), 2, "x"), SetText(Rec("a"), 2, "y"), SetText(Rec("b"), 3, "z")})));
  }
  uint64_t revision = 0;
  const auto segments = AllSegments(*alice);
  const IngestOutcome outcome = Must(bob->Ingest(segments, alice->self(), nullptr, std::nullopt));
  EXPECT_EQ(outcome.applied, 3u);
  EXPECT_EQ(outcome.touched, (std::vector<RecordId>{Rec("a"), Rec("b")}));
  size_t count = 0;
  Must(bob->ScanTouched(revision, [&](const StoredRecord&) { return ++count > 0; }));
  EXPECT_EQ(count, 2u);
}

}  // namespace dudao::testing
