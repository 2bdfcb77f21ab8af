// Passwords and PINs as a person hands them to a command: in a file, typed without echo, or a line
// of standard input where that is no terminal. Never an argument: others see those.
//
// Errors: NOT_FOUND for a file that is not there, PERMISSION_DENIED for one that others may read,
// INVALID_ARGUMENT for an empty one.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "console.h"

namespace dudao::command {

// First line of `file` where one is given; else asks with `prompt`.
absl::StatusOr<std::string> TakePassword(const Console& console, const std::string& file,
                                         Text prompt);

// A password that nobody can guess and everybody can type: 4 groups of 4, without letters that look
// alike.
std::string MakePassword();

}  // namespace dudao::command
