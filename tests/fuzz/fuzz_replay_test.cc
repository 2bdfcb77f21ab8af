#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "dudao/sync/crdt/record.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/segment.h"
#include "fuzz_entry.h"
#include "memory_log.h"
#include "seeds.h"
#include "workload.h"

DUDAO_FUZZ_ENTRY(Segment);
DUDAO_FUZZ_ENTRY(Record);
DUDAO_FUZZ_ENTRY(Exchange);

namespace dudao::testing {
namespace {

using Target = std::function<int(const uint8_t*, size_t)>;

void Feed(const Target& target, const std::string& bytes) {
  target(reinterpret_cast<const uint8_t*>(bytes.data()),
         bytes.size());  // NOLINT: characters as bytes
}

std::vector<std::string> Kept(const std::string& name) {
  std::vector<std::string> inputs;
  const std::filesystem::path folder =
      std::filesystem::path(std::getenv("DUDAO_SOURCE_DIR")) / "tests/fuzz/corpus" / name;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// Flips, cuts, doublings and splices of the given inputs.
void Mutate(const Target& target, std::vector<std::string> inputs, int runs) {
  SeededTest random;
  for (const std::string& input : inputs) Feed(target, input);
  for (int i = 0; i < runs; ++i) {
    std::string bytes = inputs[random.Below(inputs.size())];
    for (size_t n = 1 + random.Below(4); n > 0 && !bytes.empty(); --n) {
      const size_t at = random.Below(bytes.size());
      switch (random.Below(5)) {
        case 0:
          bytes[at] = static_cast<char>(random.Below(256));
          break;
        case 1:
          bytes.resize(at);
          break;
        case 2:
          bytes.insert(at, bytes.substr(random.Below(bytes.size()), random.Below(20)));
          break;
        case 3:
          bytes[at] = static_cast<char>(0xff);
          break;
        default:
          bytes.erase(at, 1 + random.Below(3));
      }
    }
    Feed(target, bytes);
  }
}

MemoryLog SomeLog() {
  SeededTest random;
  MemoryLog log('A', "s", "");
  for (int i = 0; i < 30; ++i) log.Commit(RandomOps(random));
  return log;
}

TEST(FuzzReplay, SegmentsAndChanges) {
  auto inputs = Kept("segment");
  const MemoryLog log = SomeLog();
  inputs.push_back(sync::EncodeSegment("s", log.changes()));
  inputs.push_back(sync::EncodeSegment("s", {log.changes().data(), 1}));
  inputs.push_back(sync::EncodeChange(log.changes().back()));
  Mutate(FuzzSegment, inputs, 100'000);
}

TEST(FuzzReplay, Records) {
  auto inputs = Kept("record");
  const MemoryLog log = SomeLog();
  for (const auto& [id, record] : log.records()) inputs.push_back(record.Encode());
  Mutate(FuzzRecord, inputs, 100'000);
}

TEST(FuzzReplay, ExchangeMessages) {
  auto inputs = Kept("exchange");
  MemoryLog log = SomeLog();
  MemoryLog server('S', "s", "history1");
  sync::Initiator initiator(log, {});
  const std::string request = **initiator.Next(0);
  inputs.push_back(request);
  inputs.push_back(sync::Respond(server, request, {})->response);
  Mutate(FuzzExchange, inputs, 4'000);
}

}  // namespace
}  // namespace dudao::testing
