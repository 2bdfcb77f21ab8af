// Seeds of random tests: taken from DUDAO_TEST_SEED, otherwise fresh; printed with the command that
// repeats the run.
#pragma once

#include <cstdint>
#include <random>

namespace dudao::testing {

// The seed of this test; also puts it, and how to repeat it, into every failure message of the
// running test.
class SeededTest {
 public:
  SeededTest();
  std::mt19937_64& rng() { return rng_; }
  uint64_t seed() const { return seed_; }
  // Uniform in [0, n); n > 0.
  size_t Below(size_t n) { return static_cast<size_t>(rng_() % n); }
  bool Chance(double p) { return static_cast<double>(rng_() >> 11) * 0x1.0p-53 < p; }

 private:
  uint64_t seed_;
  std::mt19937_64 rng_;
};

}  // namespace dudao::testing
