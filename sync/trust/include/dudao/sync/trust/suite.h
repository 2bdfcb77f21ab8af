// Signature suites: one interface over Ed25519 with SHA-256 and SM2 with SM3.
//
// Pure functions over OpenSSL; keys are made from seeds that the caller draws, because this room
// has no randomness. Private keys are 32 bytes; public keys 32 bytes (Ed25519) or 65 (SM2, the
// uncompressed point). Signatures are 64 bytes (Ed25519, RFC 8032) or DER (SM2, GB/T 32918.2 with
// the default identity 1234567812345678). Thread-safe. Errors: INVALID_ARGUMENT for a suite or key
// that does not fit.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::sync {

using Suite = trust::v1::SignatureSuite;
inline constexpr Suite kDefaultSuite = trust::v1::SIGNATURE_SUITE_ED25519_SHA256;
inline constexpr size_t kSeedBytes = 32;
inline constexpr size_t kDigestBytes = 32;

struct KeyPair {
  Suite suite = trust::v1::SIGNATURE_SUITE_UNSPECIFIED;
  std::string private_key;
  std::string public_key;
};

// The key pair that follows from 32 bytes nobody can guess.
absl::StatusOr<KeyPair> KeyFromSeed(Suite suite, std::string_view seed);

absl::StatusOr<std::string> Sign(const KeyPair& key, std::string_view message);
// False for anything that is not a valid signature, malformed keys included.
bool Verify(Suite suite, std::string_view public_key, std::string_view message,
            std::string_view signature);

// SHA-256 or SM3, 32 bytes; empty for a suite that is not known.
std::string Digest(Suite suite, std::string_view bytes);

// INVALID_ARGUMENT unless `public_key` is one of the suite.
absl::Status CheckPublicKey(Suite suite, std::string_view public_key);

}  // namespace dudao::sync
