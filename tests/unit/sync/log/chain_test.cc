#include "dudao/sync/log/chain.h"

#include <gtest/gtest.h>

#include "memory_log.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using namespace dudao::testing;  // NOLINT: shorthands for operations

Change Vector1() {
  Change change;
  change.replica = Replica('A');
  change.seq = 1;
  change.time = {1'790'000'000'000, 1};
  change.author = "p-lier";
  change.ops = {SetText({10, "visit-1"}, 2, "一般"), AddToSet({10, "visit-1"}, 30, "p1")};
  return change;
}

// The same vectors stand in docs/change-format.md; other implementations check themselves against
// them.
TEST(Chain, GivesTheDocumentedVectors) {
  const Change first = Vector1();
  EXPECT_EQ(CanonicalChange("team-2", first).size(), 83u);
  const Hash h1 = ChainHash(Hash{}, "team-2", first);
  Change second = first;
  second.seq = 2;
  second.seen.Add({Replica('A'), 1});
  second.seen.Add({Replica('B'), 3});
  second.clock_offset_ms = -1500;
  second.flags = kFlagResolves;
  second.ops = {Increment({10, "visit-1"}, 40, -2), Delete({10, "visit-1"})};
  const Hash h2 = ChainHash(h1, "team-2", second);
  EXPECT_EQ(HashHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HashHex(h1), "d764742364c1e53b1ab0765409a6d6abe80ca7938625e9403721f318e934a88c");
  EXPECT_EQ(HashHex(h2), "5b28fb4e7849fbd764764fa98142d9d00de090fd6684f081c9b72f52e1a74e97");
}

TEST(Chain, ChangesWithEveryPartOfTheChange) {
  const Change base = Vector1();
  const Hash reference = ChainHash(Hash{}, "team-2", base);
  const auto differs = [&](auto&& edit) {
    Change changed = base;
    edit(changed);
    return ChainHash(Hash{}, "team-2", changed) != reference;
  };
  EXPECT_TRUE(differs([](Change& c) { c.replica = Replica('B'); }));
  EXPECT_TRUE(differs([](Change& c) { c.seq = 2; }));
  EXPECT_TRUE(differs([](Change& c) { c.seen.Add({Replica('B'), 1}); }));
  EXPECT_TRUE(differs([](Change& c) { c.time.counter = 2; }));
  EXPECT_TRUE(differs([](Change& c) { c.clock_offset_ms = 1; }));
  EXPECT_TRUE(differs([](Change& c) { c.author = "p-wang"; }));
  EXPECT_TRUE(differs([](Change& c) { c.control_position = 1; }));
  EXPECT_TRUE(differs([](Change& c) { c.flags = 1; }));
  EXPECT_TRUE(differs([](Change& c) { c.ops[0].value.bytes = "较重"; }));
  EXPECT_TRUE(differs([](Change& c) { c.ops[0].record.key = "visit-2"; }));
  EXPECT_TRUE(differs([](Change& c) { c.ops[0].kind = MergeKind::kText; }));
  EXPECT_TRUE(differs([](Change& c) { std::swap(c.ops[0], c.ops[1]); }));
  EXPECT_NE(ChainHash(Hash{}, "team-3", base), reference);
  EXPECT_NE(ChainHash(reference, "team-2", base), reference);
}

}  // namespace
}  // namespace dudao::sync
