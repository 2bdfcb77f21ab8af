#include "command_clock.h"

#include <cstdio>
#include <fstream>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace dudao::command {
namespace {

int64_t MachineMs() { return absl::ToUnixMillis(absl::Now()); }

}  // namespace

absl::StatusOr<CommandClock> CommandClock::StartingAt(const std::string& moment) {
  CommandClock clock;
  if (moment.empty()) return clock;
  if (moment[0] == '@') {
    clock.followed_ = moment.substr(1);
    return clock;
  }
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, moment, &time, &error)) {
    return absl::InvalidArgumentError("not a moment like 2026-09-21T09:00:00+08:00: " + moment);
  }
  clock.SetTo(absl::ToUnixMillis(time));
  return clock;
}

int64_t CommandClock::WallMs() {
  int64_t offset_ms = offset_ms_;
  if (!followed_.empty()) {
    // Replaced as a whole by Publish; a read that fails keeps the last answer.
    if (std::ifstream in(followed_); in >> offset_ms) offset_ms_ = offset_ms;
  }
  return MachineMs() + offset_ms;
}

void CommandClock::SetTo(int64_t unix_ms) { offset_ms_ = unix_ms - MachineMs(); }

absl::Status CommandClock::Publish(const std::string& path) const {
  const std::string fresh = path + ".new";
  {
    std::ofstream out(fresh);
    out << offset_ms_ << '\n';
    if (!out.flush()) return absl::UnavailableError("cannot write " + fresh);
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0)
    return absl::UnavailableError("cannot write " + path);
  return absl::OkStatus();
}

}  // namespace dudao::command
