// A recorded month of field work in the public format "peerbench-1" (JSON Lines;
// tests/bench/peers/README.md).
//
// Reads and checks the file; knows nothing of how it is replayed. Immutable once loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace dudao::command {

enum class WorkKind {
  kCreate,
  kSet,
  kCheckSet,
  kFindingAdd,
  kFindingSet,
  kSetAdd,
  kSetRemove,
  kCounter,
  kTextInsert,
  kTextDelete,
  kSync,
};

struct WorkStep {
  WorkKind kind = WorkKind::kSync;
  size_t replica = 0;  // index into Workload::replicas
  int64_t time_ms = 0;
  std::string visit;
  std::string field;
  nlohmann::json value;
  size_t position = 0;  // in UTF-16 units, which are characters here
  size_t length = 0;
};

// Values that replicas wrote to one field without knowing of each other.
struct ExpectedConflict {
  std::string visit;
  std::string field;  // "f.summary", "chk.c07.result", "find.<id>.severity"
  std::vector<nlohmann::json> values;
};

struct Workload {
  nlohmann::json header;
  nlohmann::json summary;
  std::vector<std::string> replicas;
  std::vector<WorkStep> steps;
  std::vector<ExpectedConflict> conflicts;
  std::vector<nlohmann::json> expectations;
};

// NOT_FOUND where the file is not there, INVALID_ARGUMENT with the line number where it is no such
// workload.
absl::StatusOr<Workload> LoadWorkload(const std::string& path);

}  // namespace dudao::command
