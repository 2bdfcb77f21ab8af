#include "seeds.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace dudao::testing {
namespace {

uint64_t PickSeed() {
  if (const char* given = std::getenv("DUDAO_TEST_SEED")) return std::strtoull(given, nullptr, 10);
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return static_cast<uint64_t>(now) * 0x9e3779b97f4a7c15ull >> 20;
}

}  // namespace

SeededTest::SeededTest() : seed_(PickSeed()), rng_(seed_) {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::printf("seed %llu; repeat with: DUDAO_TEST_SEED=%llu <this binary> --gtest_filter=%s.%s\n",
              static_cast<unsigned long long>(seed_), static_cast<unsigned long long>(seed_),
              test != nullptr ? test->test_suite_name() : "*",
              test != nullptr ? test->name() : "*");
  std::fflush(stdout);
}

}  // namespace dudao::testing
