// Finds the change that the log already holds for a dot, decoded; a few segments are kept decoded,
// for repeats come in runs. For one ingest: it sees what was in the tables when it looked. Errors
// are the database's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "space_tables.h"

namespace dudao::sync {

class HeldChanges {
 public:
  explicit HeldChanges(SpaceTables& tables) : tables_(tables) {}

  absl::StatusOr<Change> Get(const Dot& dot);
  // True where the log has exactly these bytes as the segment of this dot.
  absl::StatusOr<bool> IsVerbatim(const Dot& dot, std::string_view segment);

 private:
  struct Decoded {
    uint64_t pos = 0;
    std::vector<Change> changes;
    absl::flat_hash_map<Dot, size_t> index;
  };
  absl::StatusOr<const Decoded*> Decode(uint64_t pos);

  SpaceTables& tables_;
  std::deque<Decoded> kept_;
};

}  // namespace dudao::sync
