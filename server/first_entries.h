// The first entries of the control log: what a folder from before there was one says of spaces and
// people, taken over once; in a new folder only the office space.
//
// A crash in between is made good at the next start. Errors are the storage's.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "control_log.h"
#include "log.h"
#include "registry.h"
#include "spaces.h"

namespace dudao::server {

// Nothing where the log knows spaces already.
absl::Status SeedSpaces(ControlLog& control, Registry& registry, int64_t wall_ms);
// Nothing where the log knows people already. Records that no rule can say are left out and logged.
absl::Status SeedPeople(ControlLog& control, Spaces& spaces, Log& log, int64_t wall_ms);

}  // namespace dudao::server
