// Bytes of released versions must be readable for ever. Files in golden/ are never rewritten; a new
// format version adds files. Set DUDAO_WRITE_GOLDEN to a folder to write those of this version
// there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "dudao/sync/log/segment.h"
#include "memory_log.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using namespace dudao::testing;  // NOLINT: shorthands for operations

// A fixed history with every kind of operation; two people, one conflict.
MemoryLog History() {
  MemoryLog alice('A', "team-2", "");
  MemoryLog bob('B', "team-2", "");
  alice.Commit({SetText(Rec("visit-1"), 2, "翟东村"), AddToSet(Rec("visit-1"), 30, "p1"),
                Increment(Rec("visit-1"), 40, 3)});
  alice.Commit({SetElementText(Rec("visit-1"), 20, "f1", 2, "楼梯破损"),
                {Rec("visit-1"), Path().Field(5), MergeKind::kRegister, Value::Double(35.604025)},
                {Rec("visit-1"), Path().Field(6), MergeKind::kLifecycle, Value::Varint(1)}});
  const auto batch = alice.SegmentsSince({}, 1 << 20);
  EXPECT_TRUE(bob.Ingest(batch->segments, alice.self(), nullptr, std::nullopt).ok());
  alice.Commit({SetElementText(Rec("visit-1"), 20, "f1", 3, "一般")});
  bob.Commit({SetElementText(Rec("visit-1"), 20, "f1", 3, "较重"),
              RemoveFromSet(Rec("visit-1"), 30, "p1"), Delete(Rec("visit-2"))});
  const auto more = bob.SegmentsSince(*alice.Delivered(), 1 << 20);
  EXPECT_TRUE(alice.Ingest(more->segments, bob.self(), nullptr, std::nullopt).ok());
  return alice;
}

std::string Golden(const std::string& name) {
  std::ifstream in(std::string(std::getenv("DUDAO_SOURCE_DIR")) + "/tests/compat/golden/" + name,
                   std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(Golden, ReadsWhatVersion1Wrote) {
  const MemoryLog log = History();
  const std::string segment = EncodeSegment("team-2", log.changes());
  const std::string record = log.records().at(Rec("visit-1")).Encode();
  if (const char* folder = std::getenv("DUDAO_WRITE_GOLDEN")) {
    std::ofstream(std::string(folder) + "/segment-v1.bin", std::ios::binary) << segment;
    std::ofstream(std::string(folder) + "/change-v1.bin", std::ios::binary)
        << EncodeChange(log.changes()[1]);
    std::ofstream(std::string(folder) + "/record-v1.bin", std::ios::binary) << record;
  }
  const auto changes = DecodeSegment("team-2", Golden("segment-v1.bin"));
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_EQ(*changes, log.changes());
  const auto change = DecodeChange(Golden("change-v1.bin"));
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(*change, log.changes()[1]);
  const auto state = Record::Decode(Golden("record-v1.bin"));
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->Encode(), record);
  EXPECT_EQ(state->Conflicts().size(), 1u);
}

}  // namespace
}  // namespace dudao::sync
