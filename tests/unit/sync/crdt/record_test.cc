#include "dudao/sync/crdt/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "memory_log.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using namespace dudao::testing;  // NOLINT: shorthands for operations

// Three tablets and what each has; Meet hands everything to everyone.
class RecordTest : public ::testing::Test {
 protected:
  static void Give(MemoryLog& to, MemoryLog& from) {
    const auto batch = from.SegmentsSince(*to.Delivered(), 1 << 30);
    ASSERT_TRUE(to.Ingest(batch->segments, from.self(), nullptr, std::nullopt).ok());
  }
  void Meet() {
    for (MemoryLog* a : {&alice_, &bob_, &carol_}) {
      for (MemoryLog* b : {&alice_, &bob_, &carol_}) {
        if (a != b) Give(*a, *b);
      }
    }
    for (MemoryLog* a : {&alice_, &bob_, &carol_}) {
      for (MemoryLog* b : {&alice_, &bob_, &carol_}) {
        if (a != b) Give(*a, *b);
      }
    }
    ASSERT_EQ(alice_.Digest(), bob_.Digest());
    ASSERT_EQ(alice_.Digest(), carol_.Digest());
  }
  const Record& At(MemoryLog& log) { return log.records().at(visit_); }
  static std::string Text(const Record& record, const Path& path) {
    const Cell* cell = record.Find(path);
    const Version* shown = cell == nullptr ? nullptr : record.Shown(*cell);
    return shown == nullptr           ? "(nothing)"
           : shown->value.is_absent() ? "(cleared)"
                                      : shown->value.bytes;
  }

  const RecordId visit_ = Rec("visit");
  MemoryLog alice_{'A', "team-2"};
  MemoryLog bob_{'B', "team-2"};
  MemoryLog carol_{'C', "team-2"};
};

TEST_F(RecordTest, KeepsEveryValueOfConcurrentWriters) {
  alice_.Commit({SetText(visit_, 2, "一般")});
  bob_.Commit({SetText(visit_, 2, "较重")});
  carol_.Commit({SetText(visit_, 2, "长期")});
  Meet();
  const auto conflicts = At(bob_).Conflicts();
  ASSERT_EQ(conflicts.size(), 1u);
  ASSERT_EQ(conflicts[0].versions.size(), 3u);
  EXPECT_EQ(conflicts[0].versions[conflicts[0].shown].value.bytes, Text(At(bob_), Path().Field(2)));
  for (const Version& version : conflicts[0].versions) {
    const Origin& origin = At(bob_).OriginOf(version.dot);
    EXPECT_EQ(origin.author, version.dot.replica.Short());
    EXPECT_GT(origin.time.ms, 0);
  }
}

TEST_F(RecordTest, TakesEqualValuesForNoConflict) {
  alice_.Commit({SetText(visit_, 2, "一般")});
  bob_.Commit({SetText(visit_, 2, "一般")});
  Meet();
  EXPECT_TRUE(At(alice_).Conflicts().empty());
  EXPECT_FALSE(At(alice_).HasConflict());
  EXPECT_EQ(Text(At(alice_), Path().Field(2)), "一般");
}

TEST_F(RecordTest, OverwritesWhatTheAuthorSaw) {
  alice_.Commit({SetText(visit_, 2, "old")});
  Meet();
  bob_.Commit({SetText(visit_, 2, "new")});
  Meet();
  EXPECT_TRUE(At(alice_).Conflicts().empty());
  EXPECT_EQ(Text(At(alice_), Path().Field(2)), "new");
}

TEST_F(RecordTest, TakesAnEditOfAnOlderFormForAConflict) {
  alice_.Commit({SetText(visit_, 2, "old")});
  Meet();
  const Context form(*bob_.Delivered());  // Bob opens the form
  alice_.Commit({SetText(visit_, 2, "Alice's")});
  Meet();  // Alice's value arrives while Bob types
  bob_.Commit({SetText(visit_, 2, "Bob's")}, form);
  Meet();
  const auto conflicts = At(carol_).Conflicts();
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].versions.size(), 2u);
}

TEST_F(RecordTest, IsSettledOnceForEveryone) {
  alice_.Commit({SetText(visit_, 2, "a")});
  bob_.Commit({SetText(visit_, 2, "b")});
  Meet();
  carol_.Commit({SetText(visit_, 2, "b")});
  Meet();
  for (MemoryLog* log : {&alice_, &bob_, &carol_}) {
    EXPECT_FALSE(At(*log).HasConflict());
    EXPECT_EQ(Text(At(*log), Path().Field(2)), "b");
  }
}

TEST_F(RecordTest, ShowsTheValueOfWhoeverHadSeenMoreWhateverTheClocks) {
  alice_.Commit({SetText(Rec("other"), 2, "x")});
  Give(bob_, alice_);
  bob_.Commit({SetText(visit_, 2, "saw more")});
  carol_.Commit({SetText(visit_, 2, "saw nothing")});
  Meet();
  EXPECT_EQ(Text(At(alice_), Path().Field(2)), "saw more");
}

TEST_F(RecordTest, AddsToASetInSpiteOfAConcurrentRemoval) {
  alice_.Commit({AddToSet(visit_, 30, "p1")});
  Meet();
  alice_.Commit({RemoveFromSet(visit_, 30, "p1")});
  bob_.Commit({AddToSet(visit_, 30, "p1")});
  Meet();
  EXPECT_NE(At(carol_).Materialise().find("p1"), std::string::npos);
  EXPECT_FALSE(At(carol_).HasConflict());
  carol_.Commit({RemoveFromSet(visit_, 30, "p1")});
  Meet();
  EXPECT_EQ(At(alice_).Materialise().find("p1"), std::string::npos);
}

TEST_F(RecordTest, KeepsAndFlagsAnElementEditedWhileItWasRemoved) {
  alice_.Commit({SetElementText(visit_, 20, "f1", 2, "stairs"),
                 SetElementText(visit_, 20, "f1", 3, "broken")});
  Meet();
  alice_.Commit({RemoveElement(visit_, 20, "f1")});
  bob_.Commit({SetElementText(visit_, 20, "f1", 3, "very broken")});
  Meet();
  const std::string shown = At(carol_).Materialise();
  EXPECT_NE(shown.find("very broken"), std::string::npos);
  EXPECT_NE(shown.find("stairs"), std::string::npos);
  const auto conflicts = At(carol_).Conflicts();
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].path, Path().Element(20, "f1"));
  EXPECT_FALSE(conflicts[0].versions[conflicts[0].shown].value.is_absent());
}

TEST_F(RecordTest, RemovesAnElementThatNobodyEdited) {
  alice_.Commit({SetElementText(visit_, 20, "f1", 2, "stairs")});
  Meet();
  alice_.Commit({RemoveElement(visit_, 20, "f1")});
  Meet();
  EXPECT_EQ(At(bob_).Materialise().find("stairs"), std::string::npos);
  EXPECT_TRUE(At(bob_).exists());
  EXPECT_FALSE(At(bob_).HasConflict());
}

TEST_F(RecordTest, KeepsARecordDeletedWhileItWasEdited) {
  alice_.Commit({SetText(visit_, 2, "x")});
  Meet();
  alice_.Commit({Delete(visit_)});
  EXPECT_FALSE(At(alice_).exists());
  bob_.Commit({SetText(visit_, 3, "y")});
  Meet();
  EXPECT_TRUE(At(carol_).exists());
  ASSERT_EQ(At(carol_).Conflicts().size(), 1u);
  EXPECT_TRUE(At(carol_).Conflicts()[0].path.empty());
  EXPECT_EQ(Text(At(carol_), Path().Field(2)), "x");
  carol_.Commit({Delete(visit_)});
  Meet();
  EXPECT_FALSE(At(alice_).exists());
  EXPECT_FALSE(At(alice_).HasConflict());
}

TEST_F(RecordTest, SumsIncrementsOfAll) {
  alice_.Commit({Increment(visit_, 40, 3)});
  bob_.Commit({Increment(visit_, 40, 4)});
  carol_.Commit({Increment(visit_, 40, -2)});
  Meet();
  EXPECT_EQ(At(bob_).Find(Path().Field(40))->sum, 5);
}

TEST_F(RecordTest, KeepsAClearedFieldAsACompetingValue) {
  alice_.Commit({SetText(visit_, 2, "x")});
  Meet();
  alice_.Commit({ClearField(visit_, 2)});
  bob_.Commit({SetText(visit_, 2, "y")});
  Meet();
  ASSERT_EQ(At(alice_).Conflicts().size(), 1u);
  EXPECT_EQ(At(alice_).Conflicts()[0].versions.size(), 2u);
}

TEST_F(RecordTest, IgnoresAWriteThatALaterOneHadSeenAlthoughItArrivesAfterwards) {
  const Change first = alice_.Commit({SetText(visit_, 2, "first")});
  Give(bob_, alice_);
  const Change second = bob_.Commit({SetText(visit_, 2, "second")});
  Record record;
  VersionVector delivered;
  record.Apply(second, second.ops[0], delivered);
  delivered.Set(second.replica, second.seq);
  record.Apply(first, first.ops[0], delivered);
  delivered.Set(first.replica, first.seq);
  record.Settle(delivered);
  EXPECT_EQ(record.EncodeShared(), At(bob_).EncodeShared());
  EXPECT_EQ(record.Encode(), record.EncodeShared());
}

// What mending a fork can make: numbers that somebody had seen are another one's now.
TEST_F(RecordTest, KeepsBothOfTwoWritesThatHaveSeenEachOther) {
  const Path field = Path().Field(2);
  const auto change = [&](char replica, const std::vector<char>& seen) {
    Change out;
    out.replica = Replica(replica);
    out.seq = 1;
    out.ops = {SetText(visit_, 2, std::string(1, replica))};
    for (const char other : seen) out.seen.Add({Replica(other), 1});
    return out;
  };
  const auto apply = [&](std::vector<Change> order) {
    Record record;
    VersionVector delivered;
    for (const Change& c : order) {
      record.Apply(c, c.ops[0], delivered);
      delivered.Set(c.replica, c.seq);
      record = *Record::Decode(record.Encode());
    }
    record.Settle(delivered);
    EXPECT_EQ(record.Encode(), record.EncodeShared());
    return record;
  };
  struct Case {
    std::vector<Change> changes;
    std::string kept;
  };
  const std::vector<Case> cases = {
      {{change('A', {'B'}), change('B', {'A'})}, "AB"},
      // A third one beside the two; one that had seen one of them, both of them.
      {{change('A', {'B'}), change('B', {'A'}), change('C', {})}, "ABC"},
      {{change('A', {'B'}), change('B', {'A'}), change('C', {'A'})}, "BC"},
      {{change('A', {'B'}), change('B', {'A'}), change('C', {'A', 'B'})}, "C"},
      // C saw A, B saw both, A names what became B's number: not a ring.
      {{change('A', {'B'}), change('B', {'A', 'C'}), change('C', {'A'})}, "B"}};
  for (const Case& it : cases) {
    std::vector<size_t> order(it.changes.size());
    std::iota(order.begin(), order.end(), 0);
    do {
      std::vector<Change> changes;
      for (const size_t i : order) changes.push_back(it.changes[i]);
      std::string kept;
      for (const Version& version : apply(changes).Find(field)->versions)
        kept += version.value.bytes;
      EXPECT_EQ(kept, it.kept);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_F(RecordTest, MaterialisesAsAProtobufMessage) {
  alice_.Commit({SetText(visit_, 2, "ab"),
                 SetElementText(visit_, 20, "k", 3, "v"),
                 AddToSet(visit_, 30, "s"),
                 Increment(visit_, 40, 300),
                 {visit_, Path().Field(5), MergeKind::kRegister, Value::Varint(7)}});
  EXPECT_EQ(At(alice_).Materialise(), std::string("\x12\x02"
                                                  "ab"
                                                  "\x28\x07"
                                                  "\xa2\x01\x06"
                                                  "\x0a\x01k"
                                                  "\x1a\x01v"
                                                  "\xf2\x01\x01s"
                                                  "\xc0\x02\xac\x02"));
}

TEST_F(RecordTest, RefusesBytesThatAreNoRecord) {
  alice_.Commit({SetText(visit_, 2, "ab"), SetElementText(visit_, 20, "k", 3, "v"),
                 Increment(visit_, 40, 3)});
  const std::string good = At(alice_).Encode();
  ASSERT_TRUE(Record::Decode(good).ok());
  EXPECT_EQ(Record::Decode(good)->Encode(), good);
  EXPECT_FALSE(Record::Decode("").ok());
  for (size_t n = 1; n < good.size(); ++n)
    EXPECT_FALSE(Record::Decode(good.substr(0, n)).ok()) << n;
}

}  // namespace
}  // namespace dudao::sync
