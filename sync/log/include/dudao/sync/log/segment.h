// Segments: how changes travel and rest, on the wire, in the database and in exchange files.
//
// Layout (docs/segment-format.md): magic "DDS", version, codec, sizes; then dictionaries (replicas,
// authors, records, op shapes), a stream of numbers and a stream of values, both zstd-compressed. A
// segment holds changes of one space; those of one replica are in seq order, and all are in an
// order in which each stands after what its author had seen. Decoding takes any bytes:
// INVALID_ARGUMENT for what is no segment or breaks a limit, UNIMPLEMENTED for a newer version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dudao/sync/crdt/operation.h"

namespace dudao::sync {

// Hard limits of the decoder. A segment that breaks one is refused whole, before memory is spent on
// it.
struct SegmentLimits {
  size_t compressed_bytes_max = 16u << 20;
  size_t raw_bytes_max = 64u << 20;
  size_t changes_max = 100'000;
  size_t ops_per_change_max = 100'000;
  size_t ops_max = 1'000'000;
  size_t replicas_max = 4'096;
  size_t value_bytes_max = 8u << 20;
  // Entries of all contexts together: they are delta-coded, so a small segment could otherwise
  // unfold without bound.
  size_t context_entries_max = 4'000'000;
};

inline constexpr size_t kAuthorBytesMax = 64;
inline constexpr size_t kSpaceBytesMax = 64;
// A tablet's own change never exceeds these; a larger save is cut into several changes.
inline constexpr size_t kOpsPerChangeMax = 10'000;
inline constexpr size_t kOpValueBytesMax = 1u << 20;

// `space` is checked again by the decoder of the other side.
std::string EncodeSegment(std::string_view space, absl::Span<const Change> changes);
absl::StatusOr<std::vector<Change>> DecodeSegment(std::string_view space, std::string_view bytes,
                                                  const SegmentLimits& limits = {});

// The same changes in the same order in fewer segments, none of which grows beyond about
// `bytes_max` of what went in: dictionaries and repeated texts are then sent once. A segment that
// does not decode is passed on as it is.
std::vector<std::string> JoinSegments(std::string_view space, std::vector<std::string> segments,
                                      size_t bytes_max);

// One change, uncompressed: the form of a fresh local save in the database.
std::string EncodeChange(const Change& change);
absl::StatusOr<Change> DecodeChange(std::string_view bytes, const SegmentLimits& limits = {});

// What any replica may check of a change on its own: seq, context, paths, kinds, lengths, UTF-8 of
// the author. INVALID_ARGUMENT says what.
absl::Status CheckChange(const Change& change);

}  // namespace dudao::sync
