#include "rate_limiter.h"

#include <gtest/gtest.h>

#include <string>

#include "reason.h"

namespace dudao::server {
namespace {

constexpr Rate kRate{2, 4, 100, 1000};

TEST(RateLimiter, LetsABurstThroughAndThenTheRate) {
  RateLimiter limiter(kRate, 10);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(limiter.Admit("p07", 1, 0).ok()) << i;
  const absl::Status refused = limiter.Admit("p07", 1, 0);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "RATE_LIMITED");
  EXPECT_NE(refused.message().find("retry_after_ms 500"), std::string::npos) << refused;
  EXPECT_FALSE(limiter.Admit("p07", 1, 499).ok());
  EXPECT_TRUE(limiter.Admit("p07", 1, 500).ok());
  EXPECT_FALSE(limiter.Admit("p07", 1, 500).ok());
  EXPECT_EQ(limiter.refused(), 3u);
}

TEST(RateLimiter, NeverHoldsMoreThanTheBurst) {
  RateLimiter limiter(kRate, 10);
  EXPECT_TRUE(limiter.Admit("p07", 0, 0).ok());
  int let_through = 0;
  while (limiter.Admit("p07", 0, 3'600'000).ok()) ++let_through;
  EXPECT_EQ(let_through, 4);
}

TEST(RateLimiter, KeepsCallersApart) {
  RateLimiter limiter(kRate, 10);
  while (limiter.Admit("p07", 1, 0).ok()) {
  }
  EXPECT_TRUE(limiter.Admit("p08", 1, 0).ok());
}

TEST(RateLimiter, TakesOneLargeMessageAndMakesTheNextWaitForIt) {
  RateLimiter limiter(kRate, 10);
  EXPECT_TRUE(limiter.Admit("p07", 3000, 0).ok()) << "larger than the burst, and still possible";
  EXPECT_FALSE(limiter.Admit("p07", 0, 19'000).ok());
  EXPECT_TRUE(limiter.Admit("p07", 0, 20'100).ok());
}

TEST(RateLimiter, ChargesForAnswers) {
  RateLimiter limiter(kRate, 10);
  EXPECT_TRUE(limiter.Admit("p07", 0, 0).ok());
  limiter.Charge("p07", 0, 2000, 0);
  EXPECT_FALSE(limiter.Admit("p07", 0, 5'000).ok());
  EXPECT_TRUE(limiter.Admit("p08", 0, 5'000).ok());
}

TEST(RateLimiter, StaysWithinItsMemoryUnderManyNames) {
  constexpr size_t kMost = 100;
  RateLimiter limiter(kRate, kMost);
  int admitted = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (limiter.Admit("address-" + std::to_string(i), 1, 0).ok()) ++admitted;
  }
  EXPECT_LE(limiter.callers(), kMost + 1);
  EXPECT_EQ(admitted, static_cast<int>(kMost) + 4) << "those without room share one burst";
}

// Whoever used up the calls must not get new ones by having others push the name out.
TEST(RateLimiter, DoesNotForgetACallerThatIsStillShortOfTokens) {
  RateLimiter limiter(kRate, 3);
  while (limiter.Admit("greedy", 1, 0).ok()) {
  }
  for (int i = 0; i < 50; ++i) {
    static_cast<void>(limiter.Admit("other-" + std::to_string(i), 1, 100));
  }
  EXPECT_FALSE(limiter.Admit("greedy", 1, 100).ok());
}

TEST(RateLimiter, ForgetsThoseThatHaveBeenQuietAndMakesRoom) {
  RateLimiter limiter(kRate, 2);
  EXPECT_TRUE(limiter.Admit("a", 1, 0).ok());
  EXPECT_TRUE(limiter.Admit("b", 1, 0).ok());
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(limiter.Admit("c", 1, 60'000).ok());
  EXPECT_FALSE(limiter.Admit("c", 1, 60'000).ok());
  EXPECT_TRUE(limiter.Admit("b", 1, 60'000).ok()) << "b keeps buckets of its own";
  EXPECT_EQ(limiter.callers(), 2u);
}

TEST(RateLimiter, RefillsNothingWhenTheClockGoesBack) {
  RateLimiter limiter(kRate, 10);
  while (limiter.Admit("p07", 1, 10'000).ok()) {
  }
  EXPECT_FALSE(limiter.Admit("p07", 1, 0).ok());
  EXPECT_FALSE(limiter.Admit("p07", 1, 10'000).ok());
  EXPECT_TRUE(limiter.Admit("p07", 1, 10'500).ok());
}

TEST(AddressOf, KnowsHowGrpcWritesPeers) {
  const struct {
    const char* peer;
    const char* address;
  } cases[] = {
      {"ipv4:10.0.0.7:5123", "10.0.0.7"},
      {"ipv6:%5B::1%5D:5123", "::/64"},
      {"ipv6:[::1]:5123", "::/64"},
      {"ipv6:%5B2001:db8:1:2:3:4:5:6%5D:443", "2001:db8:1:2::/64"},
      {"ipv6:%5B2001:db8:1:2:ffff::9%5D:1", "2001:db8:1:2::/64"},
      {"ipv6:%5B::ffff:10.0.0.7%5D:5123", "10.0.0.7"},
      {"ipv6:%5Bfe80::1%25eth0%5D:99", "fe80::/64"},
      {"unix:/run/dudao", "unix:/run/dudao"},
      {"", ""},
      {"ipv4:", "ipv4:"},
      {"ipv6:nonsense", "ipv6:nonsense"},
  };
  for (const auto& one : cases) EXPECT_EQ(AddressOf(one.peer), one.address) << one.peer;
}

}  // namespace
}  // namespace dudao::server
