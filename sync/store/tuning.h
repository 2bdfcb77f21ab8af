// Sizes that trade memory against disk work. All of the store's are here; none changes what is
// stored.
#pragma once

#include <cstddef>

namespace dudao::sync {

// Write-back of merged records after local saves: whichever comes first.
inline constexpr size_t kDirtySavesMax = 256;
inline constexpr size_t kDirtyBytesMax = 4u << 20;
// Decoded records kept although the file has them.
inline constexpr size_t kCleanBytesMax = 4u << 20;
// An ingest larger than this writes records back before its end, inside its transaction.
inline constexpr size_t kIngestDirtyBytesMax = 32u << 20;

// A sealed segment holds at most this many saves and about this many bytes of them before
// compression. The smaller the link's budget, the smaller the segment, down to the minimum.
inline constexpr size_t kSealChangesMax = 4096;
inline constexpr size_t kSealBytesMax = 256u << 10;
inline constexpr size_t kSealBytesMin = 8u << 10;

// A larger local save would make a segment that no decoder takes; the caller must cut it.
inline constexpr size_t kLocalChangeBytesMax = 8u << 20;

// Small segments are handed on joined, up to about this size: on a slow link the bytes saved are
// worth the work.
inline constexpr size_t kJoinBytesMax = 128u << 10;

// Records read at a time by a scan, positions of a replica looked at in one SegmentsSince.
inline constexpr int kScanBatch = 64;
inline constexpr int kSpanBatch = 512;

}  // namespace dudao::sync
