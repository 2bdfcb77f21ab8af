// What an error says to people: a stable reason, and what to do, in Chinese and English.
//
// The server's and the client core's errors bring their texts along; those of the command itself
// are written "REASON: detail" and get theirs from the catalogue. Pure functions.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace dudao::command {

struct FailureText {
  std::string reason;  // UPPER_SNAKE_CASE; empty where there is none
  std::string zh;
  std::string en;
};

FailureText Explain(const absl::Status& status);

// The status with texts of its own.
absl::Status WithTexts(absl::Status status, const FailureText& text);

}  // namespace dudao::command
