// The command's clock: the machine's, or one that starts at a given moment (--now, DUDAO_NOW) and
// runs on from there.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "dudao/client/seams.h"

namespace dudao::command {

class CommandClock final : public client::Clock {
 public:
  // The machine's clock.
  CommandClock() = default;
  // "2026-09-21T09:00:00+08:00"; empty for the machine's clock. INVALID_ARGUMENT for anything else.
  static absl::StatusOr<CommandClock> StartingAt(const std::string& moment);

  int64_t WallMs() override;
  // Moves this clock by so much; for a scenario that plays a day.
  void Shift(int64_t ms) { offset_ms_ += ms; }
  // This clock less the machine's.
  int64_t offset_ms() const { return offset_ms_; }

 private:
  int64_t offset_ms_ = 0;
};

}  // namespace dudao::command
