// Each value can be traced to who wrote it and when.
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

TEST_P(StoreContract, HistoryTellsEveryWriteOfARecordInAuthorTime) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  LocalEdit edit =
      Edit({SetText(Rec("a"), 2, "second"), SetText(Rec("b"), 2, "other record")}, "p-1");
  edit.wall_ms = kWallMs + 2000;
  edit.clock_offset_ms = -5;
  edit.flags = kFlagOnBehalf;
  Must(alice->Commit(edit));
  edit = Edit({SetText(Rec("a"), 2, "first")}, "p-2");
  edit.wall_ms = kWallMs + 1000;
  Must(bob->Commit(edit));
  Pull(*bob, *alice);
  edit = Edit({SetText(Rec("a"), 2, "third")}, "p-3");
  edit.wall_ms = kWallMs + 3000;
  Must(alice->Commit(edit));  // not in a segment yet
  const std::vector<HistoryEntry> history = Must(alice->History(Rec("a"), Path()));
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].op.value.bytes, "first");
  EXPECT_EQ(history[0].author, "p-2");
  EXPECT_EQ(history[1].op.value.bytes, "second");
  EXPECT_EQ(history[1].dot, (Dot{Replica('A'), 1}));
  EXPECT_EQ(history[1].clock_offset_ms, -5);
  EXPECT_EQ(history[1].flags, kFlagOnBehalf);
  EXPECT_EQ(history[2].op.value.bytes, "third");
  EXPECT_TRUE(Must(alice->History(Rec("never"), Path())).empty());
}

TEST_P(StoreContract, HistoryOfACellLeavesTheOthersOut) {
  OpenedStore alice = Open('A');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "x"), SetElementText(Rec("a"), 20, "k", 3, "y"),
                           SetElementText(Rec("a"), 20, "l", 3, "z")})));
  EXPECT_EQ(Must(alice->History(Rec("a"), Path())).size(), 3u);
  const auto below = Must(alice->History(Rec("a"), Path().Element(20, "k")));
  ASSERT_EQ(below.size(), 1u);
  EXPECT_EQ(below[0].op.value.bytes, "y");
}

TEST_P(StoreContract, HistoryIsCompleteHoweverChangesTravelled) {
  SeededTest random;
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  std::map<RecordId, size_t> written;
  for (int i = 0; i < 200; ++i) {
    Store& store = random.Chance(0.5) ? *alice : *bob;
    const std::vector<Operation> ops = RandomOps(random);
    for (const Operation& op : ops) ++written[op.record];
    Must(store.Commit(Edit(ops)));
    if (random.Chance(0.1)) Pull(*alice, *bob, 500);
    if (random.Chance(0.1)) Pull(*bob, *alice);
    if (random.Chance(0.05)) {
      alice = {};
      alice = Open('A');
    }
  }
  Pull(*bob, *alice);
  for (const auto& [id, count] : written) {
    EXPECT_EQ(Must(alice->History(id, Path())).size(), count) << "seed " << random.seed();
  }
}

}  // namespace dudao::testing
