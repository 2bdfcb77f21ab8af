// `dudao replay`: a recorded workload through twenty client cores and one server process over
// loopback gRPC; the measuring point.
//
// The replicas live in this process, each over its own database file; the server is a process of
// its own, this same program. Timed is what the product does: compressing messages for the byte
// counts is taken out. What comes out is read back through the client API and the server's review
// service, not from bookkeeping of the replay.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "console.h"
#include "replay/workload.h"

namespace dudao::command {

struct ReplayOptions {
  std::string directory;  // emptied first
  std::string workload;
};

// One JSON object with the keys that every peer prints.
absl::StatusOr<nlohmann::json> Replay(const Console& console, const ReplayOptions& options);

}  // namespace dudao::command
