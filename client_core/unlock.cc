#include "unlock.h"

#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/store/database.h"

namespace dudao::client {
namespace {

// Opens the file without a key and lets it go again.
absl::Status ProbePlain(const std::string& path) {
  sync::DatabaseOptions options;
  options.create = false;
  return sync::Database::Open(path, options).status();
}

}  // namespace

absl::StatusOr<std::string> UnlockDatabase(KeyVault& vault, const std::string& path,
                                           std::string_view pin) {
  if (!vault.used()) return std::string();
  if (!vault.empty() && !vault.encrypting()) return vault.Unlock(pin);
  const absl::Status plain = ProbePlain(path);
  if (vault.empty()) {
    // An encrypted file whose vault is gone: a new key would only hide that.
    if (absl::IsUnauthenticated(plain))
      return Error(absl::StatusCode::kUnauthenticated, kKeyMissing, path);
    if (absl::IsDataLoss(plain)) return plain;
    DUDAO_TRY(vault.Create().status());
  }
  DUDAO_ASSIGN(std::string key, vault.Unlock(pin));
  if (plain.ok()) DUDAO_TRY(sync::Database::Encrypt(path, key));
  return key;
}

}  // namespace dudao::client
