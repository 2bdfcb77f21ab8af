// The public workload, size S, through twenty client cores and a real server: what must hold for
// every seed.
#include <gtest/gtest.h>

#include "county.h"
#include "process.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

class Replay : public testing::TestWithParam<int> {};

std::string Generate(int seed) {
  const char* source = std::getenv("DUDAO_SOURCE_DIR");
  const std::string file = "workload-" + std::to_string(seed) + ".jsonl";
  command::ProcessOptions options;
  options.command = {"/usr/bin/env",
                     "node",
                     std::string(source) + "/tests/bench/peers/gen.mjs",
                     "--size",
                     "S",
                     "--seed",
                     std::to_string(seed),
                     "--out",
                     file};
  options.stdout_file = file + ".out";
  auto node = command::Process::Start(options);
  EXPECT_TRUE(node.ok());
  EXPECT_EQ(node->Wait(absl::Seconds(60)).value_or(-1), 0)
      << "node could not generate the workload";
  return file;
}

TEST_P(Replay, EndsEqualEverywhereAndKeepsEveryValue) {
  OwnFolder folder;
  const int seed = GetParam();
  RecordProperty("seed", seed);
  const json line =
      DudaoOk("", {"replay", Generate(seed), "--dir", "replay-" + std::to_string(seed)}).last();
  EXPECT_TRUE(line.at("converged")) << "repeat with: dudao replay on size S, seed " << seed;
  EXPECT_EQ(line.at("distinct_states"), 1);
  EXPECT_TRUE(line.at("server_same_as_r1"));
  EXPECT_TRUE(line.at("bootstrap_same"));
  const json& verify = line.at("verify");
  EXPECT_GT(verify.at("fields_checked").get<int>(), 500);
  for (const char* count : {"nonconflict_wrong", "conflict_fields_foreign_value", "sets_wrong",
                            "counters_wrong", "visits_missing"}) {
    EXPECT_EQ(verify.at(count), 0) << count << ", seed " << seed;
  }
  const json& retained = line.at("retained");
  EXPECT_GT(retained.at("values").get<int>(), 0);
  EXPECT_EQ(retained.at("by_conflict_api"), retained.at("values"));
  EXPECT_EQ(retained.at("by_history"), retained.at("values"));
  EXPECT_EQ(retained.at("current"), retained.at("groups"));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Replay, testing::Values(1, 2, 3));

}  // namespace
}  // namespace dudao::integration
