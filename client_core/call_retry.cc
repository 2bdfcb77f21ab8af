#include "call_retry.h"

#include <string>
#include <utility>

#include "dudao/client/reason.h"

namespace dudao::client {
namespace {

constexpr int kAttemptsMax = 4;
constexpr int64_t kFirstPauseMs = 500;

enum GrpcCode : int32_t { kDeadlineExceeded = 4, kAborted = 10, kUnavailable = 14 };

}  // namespace

bool CallRetry::Again(const v1::CallError& error) {
  // With the server's own time, or signed afresh, once must do.
  if (error.reason() == kClockUnknown) return !std::exchange(clock_set_, true);
  if (error.reason() == kCallReplayed) return !std::exchange(signed_anew_, true);
  const bool worth_it =
      error.code() == kUnavailable || error.code() == kDeadlineExceeded || error.code() == kAborted;
  if (!worth_it || ++attempts_ >= kAttemptsMax) return false;
  pause_ms_ = kFirstPauseMs << attempts_;
  return true;
}

int64_t CallRetry::TakePause() { return std::exchange(pause_ms_, 0); }

absl::Status StatusOf(const v1::CallError& error) {
  const auto code = static_cast<absl::StatusCode>(error.code());
  const bool failed = error.code() > 0 && error.code() <= 16;
  return {failed ? code : absl::StatusCode::kUnknown, error.message()};
}

std::string ReasonOf(const v1::CallError& error) {
  return error.reason().empty()
             ? absl::StatusCodeToString(static_cast<absl::StatusCode>(error.code()))
             : error.reason();
}

}  // namespace dudao::client
