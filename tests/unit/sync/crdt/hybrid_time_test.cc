#include "dudao/sync/crdt/hybrid_time.h"

#include <gtest/gtest.h>

namespace dudao::sync {
namespace {

constexpr int64_t kNow = 1'790'000'000'000;   // September 2026
constexpr int64_t k2099 = 4'070'908'800'000;  // 2099-01-01

TEST(HybridTime, GrowsWithinOneMillisecond) {
  const HybridTime first = NextTime({}, kNow);
  const HybridTime second = NextTime(first, kNow);
  EXPECT_EQ(first, (HybridTime{kNow, 0}));
  EXPECT_LT(first, second);
  EXPECT_LT(NextTime({kNow, UINT16_MAX}, kNow), (HybridTime{kNow + 2, 0}));
  EXPECT_GT(NextTime({kNow, UINT16_MAX}, kNow), (HybridTime{kNow, UINT16_MAX}));
}

TEST(HybridTime, IsNotDraggedAlongByAStampFrom2099) {
  const HybridTime mine{kNow, 0};
  EXPECT_EQ(Absorb(mine, {k2099, 0}, kNow), mine);
  EXPECT_EQ(Absorb(mine, {kNow + 1000, 3}, kNow), (HybridTime{kNow + 1000, 3}));
}

TEST(HybridTime, RecoversOnceItsOwnClockIsSetRight) {
  const HybridTime poisoned = NextTime({}, k2099);
  EXPECT_EQ(poisoned.ms, k2099);
  EXPECT_EQ(NextTime(poisoned, kNow).ms, kNow);
}

TEST(HybridTime, DoubtsStampsFrom1970And2099) {
  EXPECT_TRUE(IsDoubtful({0, 0}, kNow));
  EXPECT_TRUE(IsDoubtful({k2099, 0}, kNow));
  EXPECT_FALSE(IsDoubtful({kNow - 86'400'000, 0}, kNow));
}

TEST(HybridTime, PacksWithoutLossAndInOrder) {
  const HybridTime a{kNow, 65535};
  const HybridTime b{kNow + 1, 0};
  EXPECT_EQ(HybridTime::Unpack(a.Pack()), a);
  EXPECT_LT(a.Pack(), b.Pack());
  EXPECT_EQ(NextTime({}, -5).ms, 0);
}

}  // namespace
}  // namespace dudao::sync
