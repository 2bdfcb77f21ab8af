// What is stored stays stored, and is found again.
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

TEST_P(StoreContract, AnEmptyStoreHoldsNothing) {
  OpenedStore alice = Open('A');
  EXPECT_EQ(alice->self(), Replica('A'));
  EXPECT_EQ(alice->history_id(), "historyA");
  EXPECT_EQ(alice->space(), kSpace);
  EXPECT_FALSE(Must(alice->Load(Rec("a"))).has_value());
  EXPECT_TRUE(Must(alice->Delivered()).empty());
  EXPECT_FALSE(Must(alice->HeadOf(Replica('A'))).has_value());
  EXPECT_TRUE(Must(alice->SegmentsSince({}, 1)).segments.empty());
  EXPECT_EQ(Must(alice->Size()).records, 0u);
}

TEST_P(StoreContract, ASaveIsShownAtOnceAndAfterReopening) {
  {
    OpenedStore alice = Open('A');
    const Change change = Must(alice->Commit(Edit({SetText(Rec("a"), 2, "dry field")})));
    EXPECT_EQ(change.dot(), (Dot{Replica('A'), 1}));
    EXPECT_EQ(Shown(*alice, Rec("a"), 2), "dry field");
  }
  OpenedStore again = Open('A');
  EXPECT_EQ(Shown(*again, Rec("a"), 2), "dry field");
  EXPECT_EQ(Must(again->HeadOf(Replica('A')))->seq, 1u);
  EXPECT_EQ(Must(again->Commit(Edit({SetText(Rec("a"), 2, "wet")}))).seq, 2u);
}

TEST_P(StoreContract, TheChainGoesOnOverReopening) {
  Hash expected{};
  for (int i = 0; i < 5; ++i) {
    OpenedStore alice = Open('A');
    const Change change = Must(alice->Commit(Edit({SetText(Rec("a"), 2, std::to_string(i))})));
    expected = ChainHash(expected, kSpace, change);
    EXPECT_EQ(Must(alice->HeadOf(Replica('A')))->hash, expected);
    if (i == 2) AllSegments(*alice);
  }
  OpenedStore alice = Open('A');
  EXPECT_EQ(Must(alice->HeadOf(Replica('A')))->hash, expected);
}

TEST_P(StoreContract, ARefusedSaveLeavesNothing) {
  OpenedStore alice = Open('A');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "kept")})));
  const Hash digest = Must(alice->StateDigest());
  Operation bad = SetText(Rec("a"), 2, "x");
  bad.kind = MergeKind::kSet;  // does not fit the path
  EXPECT_EQ(alice->Commit(Edit({SetText(Rec("a"), 3, "y"), bad})).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(alice->Commit(Edit({})).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Must(alice->HeadOf(Replica('A')))->seq, 1u);
  EXPECT_EQ(Must(alice->StateDigest()), digest);
}

TEST_P(StoreContract, ScanGivesRecordsInKeyOrderFromAnyPoint) {
  OpenedStore alice = Open('A');
  for (int i = 0; i < 200; ++i) {
    const std::string key = std::to_string(1000 + (i * 37) % 200);
    Must(alice->Commit(Edit({SetText(Rec(key), 2, key)})));
  }
  Must(alice->Commit(Edit({SetText({11, "1050"}, 2, "another type")})));
  std::vector<std::string> keys;
  Must(alice->Scan(10, "1099", [&](const StoredRecord& stored) {
    keys.push_back(stored.id.key);
    return keys.size() < 90;
  }));
  ASSERT_EQ(keys.size(), 90u);
  EXPECT_EQ(keys.front(), "1100");
  EXPECT_EQ(keys.back(), "1189");
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST_P(StoreContract, ScanTouchedGivesWhatChangedSinceAndNothingTwice) {
  OpenedStore alice = Open('A');
  for (int i = 0; i < 150; ++i)
    Must(alice->Commit(Edit({SetText(Rec(std::to_string(i)), 2, "x")})));
  uint64_t revision = 0;
  size_t count = 0;
  const auto read = [&](const StoredRecord& stored) {
    EXPECT_GT(stored.revision, revision);
    revision = stored.revision;
    ++count;
    return true;
  };
  Must(alice->ScanTouched(0, read));
  EXPECT_EQ(count, 150u);
  count = 0;
  Must(alice->ScanTouched(revision, read));
  EXPECT_EQ(count, 0u);
  Must(alice->Commit(Edit({SetText(Rec("7"), 2, "y"), SetText(Rec("8"), 2, "y")})));
  Must(alice->ScanTouched(revision, read));
  EXPECT_EQ(count, 2u);
}

TEST_P(StoreContract, LoadAndScanAgreeOnTheRevision) {
  OpenedStore alice = Open('A');
  for (int i = 0; i < 5; ++i) Must(alice->Commit(Edit({SetText(Rec("a"), 2, "x")})));
  const uint64_t before = Must(alice->Load(Rec("a")))->revision;
  Must(alice->Scan(10, "", [&](const StoredRecord& stored) {
    EXPECT_EQ(stored.revision, before);
    return true;
  }));
}

// Whatever is read in between: a save that is only in memory and in the log is not forgotten.
TEST_P(StoreContract, ReadingMuchDoesNotForgetASave) {
  {
    OpenedStore alice = Open('A');
    for (int i = 0; i < 500; ++i) {
      const std::string key = "r" + std::to_string(i);
      Must(alice->Commit(Edit({SetText(Rec(key), 2, std::string(5000, 'x'))})));
    }
  }
  OpenedStore alice = Open('A');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "saved")})));
  for (int i = 0; i < 500; ++i) Must(alice->Load(Rec("r" + std::to_string(i))));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "saved");
  EXPECT_EQ(Replayed(*alice), Scanned(*alice));
}

TEST_P(StoreContract, SpacesInOneFileKeepApart) {
  const StoreKind& kind = GetParam();
  {
    OpenedStore one = Must(kind.open(FileOf('A'), "space-1", Incarnation('A')));
    Must(one->Commit(Edit({SetText(Rec("a"), 2, "one")})));
    EXPECT_EQ(Must(one->SegmentsAfter(0, Replica('B'), 1 << 20)).segments.size(), 1u);
  }
  {
    OpenedStore two = Must(kind.open(FileOf('A'), "space-2", Incarnation('A')));
    EXPECT_FALSE(Must(two->Load(Rec("a"))).has_value());
    EXPECT_TRUE(Must(two->SegmentsAfter(0, Replica('B'), 1 << 20)).segments.empty());
    EXPECT_EQ(Must(two->Commit(Edit({SetText(Rec("a"), 2, "two")}))).seq, 1u);
    EXPECT_EQ(Must(two->SegmentsAfter(0, Replica('B'), 1 << 20)).segments.size(), 1u);
  }
  OpenedStore one = Must(kind.open(FileOf('A'), "space-1", Incarnation('A')));
  EXPECT_EQ(Shown(*one, Rec("a"), 2), "one");
  EXPECT_EQ(Must(one->Size()).records, 1u);
}

TEST_P(StoreContract, ACopyOfTheFileGetsANewReplicaAndANewHistory) {
  {
    OpenedStore alice = Open('A', "token-1");
    Must(alice->Commit(Edit({SetText(Rec("a"), 2, "x")})));
  }
  const StoreKind& kind = GetParam();
  EXPECT_EQ(Open('A', "token-1")->self(), Replica('A'));
  EXPECT_EQ(Open('A', "")->self(), Replica('A'));
  OpenedStore copy = Must(kind.open(FileOf('A'), kSpace, Incarnation('Z', "token-2")));
  EXPECT_EQ(copy->self(), Replica('Z'));
  EXPECT_EQ(copy->history_id(), "historyZ");
  EXPECT_EQ(Must(copy->Commit(Edit({SetText(Rec("a"), 3, "y")}))).dot(), (Dot{Replica('Z'), 1}));
  const std::vector<Change> changes = AllChanges(*copy);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].replica, Replica('A'));
  EXPECT_EQ(Replayed(*copy), Scanned(*copy));
  copy = {};
  EXPECT_EQ(Must(kind.open(FileOf('A'), kSpace, Incarnation('Y', "token-2")))->self(),
            Replica('Z'));
}

TEST_P(StoreContract, AWrongClockDoesNotStick) {
  OpenedStore alice = Open('A');
  LocalEdit edit = Edit({SetText(Rec("a"), 2, "x")});
  edit.wall_ms = kWallMs + int64_t{70} * 365 * 86'400'000;
  Must(alice->Commit(edit));
  edit.wall_ms = kWallMs;
  EXPECT_EQ(Must(alice->Commit(edit)).time.ms, kWallMs);
  const HybridTime next = Must(alice->Commit(edit)).time;
  EXPECT_GT(next, (HybridTime{kWallMs, 0}));
  alice = {};
  EXPECT_GT(Must(Open('A')->Commit(edit)).time, next);
}

}  // namespace dudao::testing
