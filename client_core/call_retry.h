// Which failed calls are made again, and after which pause. A value.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "dudao/client/v1/sync.pb.h"

namespace dudao::client {

class CallRetry {
 public:
  // True where the call shall be made again, after pause_ms().
  bool Again(const v1::CallError& error);
  void Succeeded() { *this = CallRetry(); }
  // Told once.
  int64_t TakePause();

 private:
  int attempts_ = 0;  // failures in a row that a pause may help
  bool clock_set_ = false;
  bool signed_anew_ = false;
  int64_t pause_ms_ = 0;
};

// The error of a call as a status, with the server's reason.
absl::Status StatusOf(const v1::CallError& error);
// The server's reason, or the code's name.
std::string ReasonOf(const v1::CallError& error);

}  // namespace dudao::client
