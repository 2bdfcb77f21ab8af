// The key of a tablet's database, kept beside it: plain, or wrapped by a PIN; and always sealed to
// the office once the tablet is enrolled.
//
// Layout: dudao.client.v1.KeyVault, docs/client.md. What is destroyed here is gone for the tablet;
// the office's copy and the encrypted file stay, and are the rescue package. Tries are counted down
// durably before each try, so that pulling the battery gains none. Does not: protect a short PIN
// against somebody who copies both files and tries elsewhere (scrypt slows that, a platform's key
// store behind the seam prevents it). Not synchronised; borrows file and randomness. Durability:
// that of the file. Errors: UNAUTHENTICATED (PIN_NEEDED, PIN_WRONG), FAILED_PRECONDITION
// (KEY_DESTROYED), DATA_LOSS (VAULT_DAMAGED), those of the file. scrypt: RFC 7914.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/client/seams.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::client {

absl::StatusOr<v1::KeyVault> ParseVault(std::string_view bytes);

class KeyVault {
 public:
  // `file` may be null: then there is no vault and nothing is encrypted.
  KeyVault(SideFile* file, Random& random) : file_(file), random_(random) {}

  bool used() const { return file_ != nullptr; }
  absl::Status Read();
  // True where it was never written.
  bool empty() const { return kept_.version() == 0; }
  // Makes a key; from then on a plain database is to be encrypted with it.
  absl::StatusOr<std::string> Create();
  bool encrypting() const { return kept_.encrypting(); }
  absl::Status Encrypted();

  // The key. With the last wrong try the tablet's copies are destroyed.
  absl::StatusOr<std::string> Unlock(std::string_view pin);
  bool has_pin() const { return kept_.has_pin(); }
  // Wraps `key` by the PIN, or keeps it plain where that is empty. 0 tries: the default.
  absl::Status SetPin(std::string_view key, std::string_view pin, uint32_t tries_max);

  // Seals `key` to the office unless that is done; again for a newer key of the office.
  absl::Status SealToOffice(std::string_view key, const trust::v1::ServerKey& office);
  bool sealed() const { return !kept_.office_box().empty(); }

  // Destroys what the tablet itself could open.
  absl::Status Destroy(v1::KeyDestruction why);

 private:
  absl::StatusOr<std::string> TryPin(std::string_view pin);
  absl::Status Write(v1::KeyVault next);

  SideFile* file_;
  Random& random_;
  v1::KeyVault kept_;
};

// KEY_DESTROYED.
absl::Status KeyDestroyed();

}  // namespace dudao::client
