// The client core's own tables in the tablet's file, beside those of the stores.
//
// They are named client_*; their layout has a version of its own, because user_version belongs to
// the stores. FAILED_PRECONDITION for a file of a newer version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/store/database.h"

namespace dudao::client {

absl::Status CreateTables(sync::Database& db);

// Who this tablet is, and a rotation of its key that has begun (device.proto).
inline constexpr char kIdentitySetting[] = "identity";
inline constexpr char kKeyChangeSetting[] = "key_change";

// Small facts of the tablet by name.
absl::StatusOr<std::optional<std::string>> LoadSetting(sync::Database& db, std::string_view name);
absl::Status SaveSetting(sync::Database& db, std::string_view name, std::string_view value);

// First integer of a query without parameters; 0 without a row.
absl::StatusOr<int64_t> QueryInt(sync::Database& db, std::string_view sql);

}  // namespace dudao::client
