// The command's clock: the machine's, or one that starts at a given moment (--now, DUDAO_NOW) and
// runs on from there.
//
// "@FILE" instead of a moment follows a clock that another process sets: the file holds its
// difference to the machine's clock in milliseconds. So a scenario can let a day pass in seconds
// for itself and its server alike.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/client/seams.h"

namespace dudao::command {

class CommandClock final : public client::Clock {
 public:
  // The machine's clock.
  CommandClock() = default;
  // "2026-09-21T09:00:00+08:00" or "@FILE"; empty for the machine's clock. INVALID_ARGUMENT for
  // anything else.
  static absl::StatusOr<CommandClock> StartingAt(const std::string& moment);

  int64_t WallMs() override;
  // True for the machine's own clock.
  bool is_machines() const { return offset_ms_ == 0 && followed_.empty(); }

  // Lets the clock jump, also backwards: for a scenario that plays a day.
  void SetTo(int64_t unix_ms);
  void Shift(int64_t ms) { offset_ms_ += ms; }
  // Sets the clock of those who follow `path`.
  absl::Status Publish(const std::string& path) const;

 private:
  int64_t offset_ms_ = 0;
  std::string followed_;
};

}  // namespace dudao::command
