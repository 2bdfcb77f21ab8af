// What is older than the office wants to keep it: a list, for people to decide on.
//
// Deletes nothing. What may be removed once somebody has decided so: files that no newer visit
// refers to (photos, recordings), by an administrator. What stays in any case: the changes
// themselves, with names and telephone numbers as they were typed, for every change is part of a
// signed chain, and without it nobody could prove that nothing was altered or dropped; so do
// copies on tablets and in backups. Thread-safe. Errors are the projection's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "projection.h"

namespace dudao::server {

struct RetentionList {
  std::string before;            // "YYYY-MM-DD"; empty where everything is kept
  std::vector<DueVisit> visits;  // oldest first, at most kDueVisitsMax
  std::vector<DueFile> files;    // to which only these and older visits refer
};

inline constexpr size_t kDueVisitsMax = 10'000;

class Retention {
 public:
  // `years`: how long visits are kept after their day; 0 keeps them for ever.
  Retention(Projection& projection, int years) : projection_(projection), years_(years) {}

  absl::StatusOr<RetentionList> Due(int64_t now_ms);

 private:
  Projection& projection_;
  const int years_;
};

}  // namespace dudao::server
