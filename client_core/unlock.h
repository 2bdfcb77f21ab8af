// The key of a tablet's database: from the vault, made anew for a new one, and for one that is
// still in the clear.
//
// Errors: those of the vault; UNAUTHENTICATED (KEY_MISSING) for an encrypted file without a vault;
// those of the storage. Durability: a key is in the vault before anything is encrypted with it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "key_vault.h"

namespace dudao::client {

// Empty where there is no vault. Afterwards the file opens with the key, or does not exist.
absl::StatusOr<std::string> UnlockDatabase(KeyVault& vault, const std::string& path,
                                           std::string_view pin);

}  // namespace dudao::client
