// Hybrid time: milliseconds of the author's wall clock with a counter that orders saves within one
// millisecond.
//
// It orders lists for people and nothing else: what survives a merge is decided by contexts
// (context.h), never by a clock. So a device dated 2099 or 1970 neither wins nor loses anything,
// and its stamps do not drag other clocks along. After Kulkarni et al., "Logical Physical Clocks"
// (2014), with a bound on what is absorbed. Pure functions; no clock is read here.
#pragma once

#include <compare>
#include <cstdint>

namespace dudao::sync {

// A remote or earlier stamp further ahead of the local wall clock than this is not absorbed.
inline constexpr int64_t kClockSkewMaxMs = 5 * 60 * 1000;
// No honest device is dated before this (2024-01-01 UTC); earlier stamps are doubtful.
inline constexpr int64_t kClockFloorMs = 1704067200000;

struct HybridTime {
  int64_t ms = 0;        // milliseconds since 1970 UTC, 0 <= ms < 2^47
  uint16_t counter = 0;  // orders stamps of the same millisecond

  // Packs into 63 bits: 47 of time, 16 of counter. Order is kept.
  uint64_t Pack() const;
  static HybridTime Unpack(uint64_t packed);

  friend auto operator<=>(const HybridTime&, const HybridTime&) = default;
};

// The stamp of the next local event. `last` is the newest stamp this replica made or absorbed.
// Where `last` lies more than kClockSkewMaxMs ahead of the wall clock (the clock was wrong and has
// been set right), the stamp restarts from the wall clock.
HybridTime NextTime(HybridTime last, int64_t wall_ms);

// What remains as `last` after seeing `remote`: the later of both, except that a remote stamp too
// far ahead is ignored.
HybridTime Absorb(HybridTime last, HybridTime remote, int64_t wall_ms);

// True where a reader at `wall_ms` should be told that the author's clock was probably wrong.
bool IsDoubtful(HybridTime time, int64_t wall_ms);

}  // namespace dudao::sync
