// Files that only their owner may read: sessions, profiles, passwords.
//
// Errors: UNAVAILABLE for what cannot be written, NOT_FOUND for what is not there,
// PERMISSION_DENIED for what others may read too.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dudao::command {

// Whole or not at all, mode 0600, durable on return. Makes missing folders (0700).
absl::Status WritePrivate(const std::string& path, std::string_view text);
absl::StatusOr<std::string> ReadPrivate(const std::string& path);

}  // namespace dudao::command
