#include "process_memory.h"

#include <fstream>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace dudao::server {
namespace {

uint64_t Read(std::string_view name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (!std::string_view(line).starts_with(name)) continue;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    uint64_t kib = 0;
    if (words.size() >= 2 && absl::SimpleAtoi(words[1], &kib)) return kib << 10;
  }
  return 0;
}

}  // namespace

uint64_t ResidentBytes() { return Read("VmRSS:"); }
uint64_t PeakResidentBytes() { return Read("VmHWM:"); }

}  // namespace dudao::server
