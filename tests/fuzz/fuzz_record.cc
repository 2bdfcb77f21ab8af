#include <cstdlib>

#include "dudao/sync/crdt/record.h"
#include "fuzz_entry.h"

DUDAO_FUZZ_ENTRY(Record);
DUDAO_FUZZ_ENTRY(Record) {
  using namespace dudao::sync;  // NOLINT: one function
  const auto record =
      Record::Decode({reinterpret_cast<const char*>(data), size});  // NOLINT: bytes as characters
  if (!record.ok()) return 0;
  (void)record->Materialise();
  (void)record->Conflicts();
  (void)record->exists();
  if (!Record::Decode(record->Encode()).ok()) std::abort();
  return 0;
}
