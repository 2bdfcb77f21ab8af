#include <cstdlib>

#include "dudao/sync/log/segment.h"
#include "fuzz_entry.h"

// Whatever decodes must come out equal after encoding and decoding again.
DUDAO_FUZZ_ENTRY(Segment);
DUDAO_FUZZ_ENTRY(Segment) {
  using namespace dudao::sync;  // NOLINT: one function
  const std::string_view bytes(reinterpret_cast<const char*>(data),
                               size);  // NOLINT: bytes as characters
  SegmentLimits limits;
  limits.raw_bytes_max = 1 << 20;
  limits.context_entries_max = 100'000;
  if (const auto changes = DecodeSegment("s", bytes, limits); changes.ok()) {
    const auto again = DecodeSegment("s", EncodeSegment("s", *changes));
    if (!again.ok() || *again != *changes) std::abort();
    for (const Change& change : *changes) (void)CheckChange(change).ok();
  }
  if (const auto change = DecodeChange(bytes, limits); change.ok()) {
    const auto again = DecodeChange(EncodeChange(*change));
    if (!again.ok() || *again != *change) std::abort();
  }
  return 0;
}
