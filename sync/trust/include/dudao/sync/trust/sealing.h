// Encryption at rest, packages that only the office can open, and passwords.
//
// AES-256-GCM (NIST SP 800-38D), X25519 (RFC 7748), HKDF-SHA256 (RFC 5869), scrypt (RFC 7914), all
// by OpenSSL. Randomness is passed in. Pure and thread-safe; scrypt takes tens of milliseconds and
// tens of MiB on purpose. Errors: INVALID_ARGUMENT for what was not made by the counterpart here
// (wrong key, altered or cut bytes: which of them cannot be told).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dudao::sync {

inline constexpr size_t kSecretKeyBytes = 32;
inline constexpr size_t kNonceBytes = 12;

// nonce || ciphertext || tag. `nonce`: 12 bytes, never used twice with this key. `bound` is
// authenticated, not carried.
absl::StatusOr<std::string> Encrypt(std::string_view key, std::string_view nonce,
                                    std::string_view bound, std::string_view plain);
absl::StatusOr<std::string> Decrypt(std::string_view key, std::string_view bound,
                                    std::string_view box);

struct SealingKey {
  std::string private_key;  // 32 bytes
  std::string public_key;   // 32 bytes
};
absl::StatusOr<SealingKey> SealingKeyFromSeed(std::string_view seed);
// Sealed so that only the holder of the private key opens it. `seed`: 32 fresh random bytes.
// ephemeral public key || Encrypt(HKDF(shared secret, both public keys), ...).
absl::StatusOr<std::string> SealTo(std::string_view public_key, std::string_view seed,
                                   std::string_view bound, std::string_view plain);
absl::StatusOr<std::string> OpenSealed(const SealingKey& key, std::string_view bound,
                                       std::string_view box);

// 32 bytes that follow from `secret` for one purpose.
std::string DeriveKey(std::string_view secret, std::string_view purpose);

// N = 2^log2_n; memory is 128 * N * r bytes.
struct ScryptCost {
  int log2_n = 15;
  int r = 8;
  int p = 1;
};
// 32 bytes; `salt`: at least 16 random bytes. INVALID_ARGUMENT for a cost beyond log2_n 10 to 20.
absl::StatusOr<std::string> KeyFromPassword(std::string_view password, std::string_view salt,
                                            const ScryptCost& cost = {});
// "scrypt$<log2_n>$<r>$<p>$<salt, base64url>$<key, base64url>".
absl::StatusOr<std::string> HashPassword(std::string_view password, std::string_view salt,
                                         const ScryptCost& cost = {});
// Takes as long for a wrong password as for a right one.
bool CheckPassword(std::string_view password, std::string_view hash);

// Overwrites what was secret.
void Wipe(std::string& secret);

}  // namespace dudao::sync
