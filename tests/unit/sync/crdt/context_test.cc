#include "dudao/sync/crdt/context.h"

#include <gtest/gtest.h>

#include "memory_log.h"

namespace dudao::sync {
namespace {

using testing::Replica;

TEST(VersionVector, ContainsTheFirstSeqDotsOfEachReplica) {
  VersionVector v;
  v.Set(Replica('A'), 3);
  EXPECT_TRUE(v.Contains({Replica('A'), 1}));
  EXPECT_TRUE(v.Contains({Replica('A'), 3}));
  EXPECT_FALSE(v.Contains({Replica('A'), 4}));
  EXPECT_FALSE(v.Contains({Replica('B'), 1}));
  EXPECT_FALSE(v.Contains({Replica('A'), 0}));
}

TEST(VersionVector, JoinsToTheEntryWiseMaximum) {
  VersionVector a;
  a.Set(Replica('A'), 3);
  a.Set(Replica('C'), 1);
  VersionVector b;
  b.Set(Replica('A'), 2);
  b.Set(Replica('B'), 5);
  a.Join(b);
  EXPECT_EQ(a.Get(Replica('A')), 3u);
  EXPECT_EQ(a.Get(Replica('B')), 5u);
  EXPECT_EQ(a.Get(Replica('C')), 1u);
  EXPECT_EQ(a.Sum(), 9u);
  EXPECT_TRUE(a.Covers(b));
  EXPECT_FALSE(b.Covers(a));
}

TEST(Context, FoldsDotsThatContinueTheVector) {
  Context c;
  c.Add({Replica('A'), 2});
  EXPECT_EQ(c.dots().size(), 1u);
  EXPECT_FALSE(c.Contains({Replica('A'), 1}));
  c.Add({Replica('A'), 1});
  EXPECT_TRUE(c.dots().empty());
  EXPECT_EQ(c.vector().Get(Replica('A')), 2u);
}

TEST(Context, KnowsWhetherAllItsDotsAreWithinAVector) {
  VersionVector v;
  v.Set(Replica('A'), 2);
  Context c(v);
  EXPECT_TRUE(c.IsWithin(v));
  c.Add({Replica('B'), 7});
  EXPECT_FALSE(c.IsWithin(v));
  v.Set(Replica('B'), 7);
  EXPECT_TRUE(c.IsWithin(v));
}

}  // namespace
}  // namespace dudao::sync
