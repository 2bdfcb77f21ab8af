#include "dudao/sync/log/segment.h"

#include <gtest/gtest.h>

#include "memory_log.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using namespace dudao::testing;  // NOLINT: shorthands for operations

std::vector<Change> SomeChanges(SeededTest& random, size_t count) {
  MemoryLog alice('A', "s");
  MemoryLog bob('B', "s");
  for (size_t i = 0; i < count; ++i) {
    MemoryLog& log = random.Chance(0.5) ? alice : bob;
    log.Commit(RandomOps(random));
    if (random.Chance(0.2)) {
      const auto batch = alice.SegmentsSince(*bob.Delivered(), 1 << 30);
      EXPECT_TRUE(bob.Ingest(batch->segments, alice.self(), nullptr, std::nullopt).ok());
    }
  }
  return bob.changes();
}

TEST(Segment, ReturnsExactlyWhatWasPutIn) {
  SeededTest random;
  for (const size_t count : {size_t{1}, size_t{2}, size_t{50}, size_t{400}}) {
    const std::vector<Change> changes = SomeChanges(random, count);
    const auto decoded = DecodeSegment("s", EncodeSegment("s", changes));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, changes);
    for (const Change& change : changes) {
      EXPECT_EQ(*DecodeChange(EncodeChange(change)), change);
      EXPECT_TRUE(CheckChange(change).ok());
    }
  }
}

TEST(Segment, JoinsToFewerWithTheSameChangesInTheSameOrder) {
  SeededTest random;
  const std::vector<Change> changes = SomeChanges(random, 60);
  std::vector<std::string> parts;
  size_t bytes = 0;
  for (const Change& change : changes) {
    parts.push_back(EncodeSegment("s", {&change, 1}));
    bytes += parts.back().size();
  }
  const std::string bad = "DDS no segment";
  parts.insert(parts.begin() + 30, bad);
  for (const size_t bytes_max : {size_t{1}, bytes / 5, bytes * 2}) {
    const auto joined = JoinSegments("s", parts, bytes_max);
    std::vector<Change> back;
    size_t damaged = 0;
    for (const std::string& segment : joined) {
      const auto decoded = DecodeSegment("s", segment);
      if (!decoded.ok()) {
        EXPECT_EQ(segment, bad);
        ++damaged;
      } else {
        back.insert(back.end(), decoded->begin(), decoded->end());
      }
    }
    EXPECT_EQ(damaged, 1u);
    EXPECT_EQ(back, changes);
    if (bytes_max == bytes * 2) {
      EXPECT_EQ(joined.size(), 3u);
    }
    if (bytes_max == 1) {
      EXPECT_EQ(joined.size(), parts.size());
    }
  }
}

TEST(Segment, KeepsContextsThatGoBackAndSingleDots) {
  Change first;
  first.replica = Replica('A');
  first.seq = 7;
  first.author = "p1";
  first.seen.Join(Context([] {
    VersionVector v;
    v.Set(Replica('A'), 6);
    v.Set(Replica('B'), 9);
    return v;
  }()));
  first.ops = {SetText(Rec("x"), 2, "1")};
  Change second = first;
  second.seq = 8;
  second.seen = Context();  // an older form: Bob's nine changes were not on it
  second.seen.Add({Replica('A'), 7});
  second.time.ms = 5;
  const std::vector<Change> changes{first, second};
  const auto decoded = DecodeSegment("s", EncodeSegment("s", changes));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, changes);
}

// What a page writes is read by a native server: sizes of indices must not show in the bytes. As
// WebAssembly this failed.
TEST(Segment, WritesStepsBackTheSameOnMachinesOf32Bits) {
  constexpr size_t kRawSizeAt = 5;  // magic, version, codec; a varint of two bytes follows
  Change change;
  change.replica = Replica('A');
  change.author = "p1";
  const std::string value(200, 'v');
  const auto raw_size = [&](std::initializer_list<Operation> ops) {
    change.seq = 1;
    change.ops = ops;
    const std::string bytes = EncodeSegment("s", {&change, 1});
    return (static_cast<uint8_t>(bytes[kRawSizeAt]) & 0x7f) |
           static_cast<uint8_t>(bytes[kRawSizeAt + 1]) << 7;
  };
  const Operation a = SetText(Rec("a"), 2, value);
  const Operation b = SetText(Rec("b"), 3, value);
  EXPECT_EQ(raw_size({a, b, a}), raw_size({a, b, b}));
}

TEST(Segment, BelongsToItsSpace) {
  SeededTest random;
  EXPECT_EQ(DecodeSegment("other", EncodeSegment("s", SomeChanges(random, 3))).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Segment, RefusesEveryTruncation) {
  SeededTest random;
  const std::string segment = EncodeSegment("s", SomeChanges(random, 40));
  for (size_t n = 0; n < segment.size(); ++n) {
    EXPECT_FALSE(DecodeSegment("s", segment.substr(0, n)).ok()) << n << " of " << segment.size();
  }
}

// A few bits of the compressor's own header change nothing; whatever decodes is what was written.
TEST(Segment, NeverGivesOtherChangesForAFlippedBit) {
  SeededTest random;
  for (const size_t count : {size_t{40}, size_t{1}}) {
    const std::vector<Change> changes = SomeChanges(random, count);
    const std::string segment = EncodeSegment("s", changes);
    size_t refused = 0;
    for (size_t i = 0; i < segment.size() * 8; ++i) {
      std::string bad = segment;
      bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
      const auto decoded = DecodeSegment("s", bad);
      if (decoded.ok()) {
        ASSERT_EQ(*decoded, changes) << "bit " << i;
        continue;
      }
      ++refused;
      EXPECT_TRUE(decoded.status().code() == absl::StatusCode::kInvalidArgument ||
                  decoded.status().code() == absl::StatusCode::kUnimplemented)
          << decoded.status();
    }
    EXPECT_GT(refused, segment.size() * 8 * 9 / 10);
  }
}

TEST(Segment, TellsThatItIsOfANewerVersion) {
  std::string segment = EncodeSegment("s", {});
  segment[3] = 2;
  EXPECT_EQ(DecodeSegment("s", segment).status().code(), absl::StatusCode::kUnimplemented);
}

TEST(Segment, HoldsItsLimits) {
  SeededTest random;
  const std::string segment = EncodeSegment("s", SomeChanges(random, 40));
  SegmentLimits few_changes;
  few_changes.changes_max = 3;
  EXPECT_FALSE(DecodeSegment("s", segment, few_changes).ok());
  MemoryLog alice('A', "s");
  for (int i = 0; i < 10; ++i) {
    alice.Commit({SetText(Rec("x"), 2, "a"), SetText(Rec("x"), 3, "b"), SetText(Rec("x"), 4, "c")});
  }
  const std::string thirty = EncodeSegment("s", alice.changes());
  SegmentLimits few_ops;
  few_ops.ops_max = 30;
  EXPECT_TRUE(DecodeSegment("s", thirty, few_ops).ok());
  few_ops.ops_max = 29;
  EXPECT_FALSE(DecodeSegment("s", thirty, few_ops).ok());
  SegmentLimits short_changes;
  short_changes.ops_per_change_max = 2;
  EXPECT_FALSE(DecodeSegment("s", thirty, short_changes).ok());
  SegmentLimits small;
  small.raw_bytes_max = 100;
  EXPECT_FALSE(DecodeSegment("s", segment, small).ok());
  SegmentLimits few_contexts;
  few_contexts.context_entries_max = 10;
  EXPECT_FALSE(DecodeSegment("s", segment, few_contexts).ok());
}

TEST(CheckChange, RefusesWhatNoHonestReplicaWrites) {
  Change good;
  good.replica = Replica('A');
  good.seq = 2;
  good.author = "李督二";
  good.ops = {SetText(Rec("x"), 2, "1")};
  EXPECT_TRUE(CheckChange(good).ok());
  Change own = good;
  own.seen.Add({Replica('A'), 1});
  own.seen.Add({Replica('A'), 2});
  EXPECT_FALSE(CheckChange(own).ok());
  Change author = good;
  author.author = "\xc3\x28";
  EXPECT_FALSE(CheckChange(author).ok());
  Change many = good;
  many.ops.assign(kOpsPerChangeMax + 1, good.ops[0]);
  EXPECT_FALSE(CheckChange(many).ok());
  Change big = good;
  big.ops[0].value.bytes.assign(kOpValueBytesMax + 1, 'x');
  EXPECT_FALSE(CheckChange(big).ok());
  Change kind = good;
  kind.ops[0].kind = MergeKind::kSet;
  EXPECT_FALSE(CheckChange(kind).ok());
  Change key = good;
  key.ops[0].record.key.assign(kRecordKeyBytesMax + 1, 'k');
  EXPECT_FALSE(CheckChange(key).ok());
  Change empty = good;
  empty.ops.clear();
  EXPECT_FALSE(CheckChange(empty).ok());
}

}  // namespace
}  // namespace dudao::sync
