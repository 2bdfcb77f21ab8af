#include "dudao/sync/crdt/hybrid_time.h"

#include <algorithm>

namespace dudao::sync {
namespace {

constexpr int64_t kMsMax = (int64_t{1} << 47) - 1;

HybridTime At(int64_t wall_ms) { return {std::clamp<int64_t>(wall_ms, 0, kMsMax), 0}; }

}  // namespace

uint64_t HybridTime::Pack() const { return (static_cast<uint64_t>(ms) << 16) | counter; }

HybridTime HybridTime::Unpack(uint64_t packed) {
  return {static_cast<int64_t>((packed >> 16) & static_cast<uint64_t>(kMsMax)),
          static_cast<uint16_t>(packed & 0xffff)};
}

HybridTime NextTime(HybridTime last, int64_t wall_ms) {
  const HybridTime now = At(wall_ms);
  if (now.ms > last.ms || last.ms > now.ms + kClockSkewMaxMs) return now;
  if (last.counter < UINT16_MAX) return {last.ms, static_cast<uint16_t>(last.counter + 1)};
  return {std::min(last.ms + 1, kMsMax), 0};
}

HybridTime Absorb(HybridTime last, HybridTime remote, int64_t wall_ms) {
  if (remote.ms > At(wall_ms).ms + kClockSkewMaxMs) return last;
  return std::max(last, remote);
}

bool IsDoubtful(HybridTime time, int64_t wall_ms) {
  return time.ms < kClockFloorMs || time.ms > At(wall_ms).ms + kClockSkewMaxMs;
}

}  // namespace dudao::sync
