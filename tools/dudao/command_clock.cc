#include "command_clock.h"

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace dudao::command {

absl::StatusOr<CommandClock> CommandClock::StartingAt(const std::string& moment) {
  CommandClock clock;
  if (moment.empty()) return clock;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, moment, &time, &error)) {
    return absl::InvalidArgumentError("not a moment like 2026-09-21T09:00:00+08:00: " + moment);
  }
  clock.offset_ms_ = absl::ToUnixMillis(time) - absl::ToUnixMillis(absl::Now());
  return clock;
}

int64_t CommandClock::WallMs() { return absl::ToUnixMillis(absl::Now()) + offset_ms_; }

}  // namespace dudao::command
