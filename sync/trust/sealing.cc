#include "dudao/sync/trust/sealing.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/sync/crdt/status_macros.h"
#include "openssl_handles.h"

namespace dudao::sync {
namespace {

constexpr size_t kTagBytes = 16;
constexpr size_t kX25519Bytes = 32;
constexpr size_t kSaltBytesMin = 16;
constexpr char kPasswordScheme[] = "scrypt";

using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using Kdf = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;

// OpenSSL counts in int.
bool Fits(std::string_view bytes) { return bytes.size() < size_t{1} << 30; }

// OpenSSL takes no null pointer for empty octets.
OSSL_PARAM Octets(const char* name, std::string_view bytes) {
  static char nothing = 0;
  return OSSL_PARAM_construct_octet_string(
      name, bytes.empty() ? &nothing : const_cast<char*>(bytes.data()),  // NOLINT: only read
      bytes.size());
}

absl::StatusOr<std::string> SharedSecret(std::string_view private_key,
                                         std::string_view public_key) {
  const Key own(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, Data(private_key),
                                             private_key.size()));
  const Key peer(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, Data(public_key), public_key.size()));
  std::string secret(kX25519Bytes, '\0');
  size_t size = secret.size();
  if (!own || !peer) return absl::InvalidArgumentError("not an X25519 key");
  const KeyContext context(EVP_PKEY_CTX_new(own.get(), nullptr));
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(context.get(), Data(secret), &size) != 1)
    return absl::InvalidArgumentError("no secret can be shared with this key");
  return secret;
}

// Both public keys go in, so that a box is bound to its recipient.
std::string BoxKey(std::string_view secret, std::string_view ephemeral, std::string_view to) {
  std::string purpose = "dudao.box.1";
  purpose.append(ephemeral).append(to);
  return DeriveKey(secret, purpose);
}

// The key of a box is used once, so its nonce may be fixed.
std::string FixedNonce() { return std::string(kNonceBytes, '\0'); }

}  // namespace

absl::StatusOr<std::string> Encrypt(std::string_view key, std::string_view nonce,
                                    std::string_view bound, std::string_view plain) {
  if (key.size() != kSecretKeyBytes || nonce.size() != kNonceBytes || !Fits(plain) || !Fits(bound))
    return absl::InvalidArgumentError("key, nonce or size does not fit");
  std::string box(nonce);
  box.resize(kNonceBytes + plain.size() + kTagBytes);
  uint8_t* out = Data(box) + kNonceBytes;
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  int last = 0;
  if (!cipher ||
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Data(key), Data(nonce)) != 1 ||
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, Data(bound),
                        static_cast<int>(bound.size())) != 1 ||
      EVP_EncryptUpdate(cipher.get(), out, &size, Data(plain), static_cast<int>(plain.size())) !=
          1 ||
      EVP_EncryptFinal_ex(cipher.get(), out + size, &last) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, out + plain.size()) != 1)
    return absl::InternalError("cannot encrypt");
  return box;
}

absl::StatusOr<std::string> Decrypt(std::string_view key, std::string_view bound,
                                    std::string_view box) {
  if (key.size() != kSecretKeyBytes || box.size() < kNonceBytes + kTagBytes || !Fits(box) ||
      !Fits(bound))
    return absl::InvalidArgumentError("not an encrypted text");
  const size_t plain_bytes = box.size() - kNonceBytes - kTagBytes;
  const std::string_view body = box.substr(kNonceBytes, plain_bytes);
  std::string tag(box.substr(kNonceBytes + plain_bytes));
  std::string plain(plain_bytes, '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  int last = 0;
  if (!cipher ||
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Data(key), Data(box)) != 1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, Data(bound),
                        static_cast<int>(bound.size())) != 1 ||
      EVP_DecryptUpdate(cipher.get(), Data(plain), &size, Data(body),
                        static_cast<int>(body.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) != 1 ||
      EVP_DecryptFinal_ex(cipher.get(), Data(plain) + size, &last) != 1) {
    Wipe(plain);
    return absl::InvalidArgumentError("wrong key, or altered bytes");
  }
  return plain;
}

absl::StatusOr<SealingKey> SealingKeyFromSeed(std::string_view seed) {
  if (seed.size() != kX25519Bytes)
    return absl::InvalidArgumentError("a key is made from 32 random bytes");
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, Data(seed), seed.size()));
  SealingKey pair{std::string(seed), std::string(kX25519Bytes, '\0')};
  size_t size = kX25519Bytes;
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), Data(pair.public_key), &size) != 1)
    return absl::InternalError("X25519 key");
  return pair;
}

absl::StatusOr<std::string> SealTo(std::string_view public_key, std::string_view seed,
                                   std::string_view bound, std::string_view plain) {
  DUDAO_ASSIGN(const SealingKey ephemeral, SealingKeyFromSeed(seed));
  DUDAO_ASSIGN(std::string secret, SharedSecret(ephemeral.private_key, public_key));
  std::string key = BoxKey(secret, ephemeral.public_key, public_key);
  Wipe(secret);
  auto box = Encrypt(key, FixedNonce(), bound, plain);
  Wipe(key);
  if (!box.ok()) return box.status();
  return ephemeral.public_key + *box;
}

absl::StatusOr<std::string> OpenSealed(const SealingKey& key, std::string_view bound,
                                       std::string_view box) {
  if (box.size() < kX25519Bytes) return absl::InvalidArgumentError("not a sealed text");
  const std::string_view ephemeral = box.substr(0, kX25519Bytes);
  DUDAO_ASSIGN(std::string secret, SharedSecret(key.private_key, ephemeral));
  std::string box_key = BoxKey(secret, ephemeral, key.public_key);
  Wipe(secret);
  auto plain = Decrypt(box_key, bound, box.substr(kX25519Bytes));
  Wipe(box_key);
  return plain;
}

std::string DeriveKey(std::string_view secret, std::string_view purpose) {
  const Kdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
  const KdfContext context(EVP_KDF_CTX_new(kdf.get()));
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 4> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      Octets(OSSL_KDF_PARAM_KEY, secret), Octets(OSSL_KDF_PARAM_INFO, purpose),
      OSSL_PARAM_construct_end()};
  std::string out(kSecretKeyBytes, '\0');
  // Cannot fail for these sizes; a process without SHA-256 cannot go on.
  if (EVP_KDF_derive(context.get(), Data(out), out.size(), params.data()) != 1) std::abort();
  return out;
}

absl::StatusOr<std::string> KeyFromPassword(std::string_view password, std::string_view salt,
                                            const ScryptCost& cost) {
  const bool sound = cost.log2_n >= 10 && cost.log2_n <= 20 && cost.r >= 1 && cost.r <= 16 &&
                     cost.p >= 1 && cost.p <= 4;
  if (!sound || salt.size() < kSaltBytesMin)
    return absl::InvalidArgumentError("cost or salt does not fit");
  const uint64_t n = uint64_t{1} << cost.log2_n;
  const uint64_t memory = 256 * n * static_cast<uint64_t>(cost.r) + (uint64_t{32} << 20);
  std::string key(kSecretKeyBytes, '\0');
  if (EVP_PBE_scrypt(password.data(), password.size(), Data(salt), salt.size(), n,
                     static_cast<uint64_t>(cost.r), static_cast<uint64_t>(cost.p), memory,
                     Data(key), key.size()) != 1)
    return absl::ResourceExhaustedError("not enough memory for the password");
  return key;
}

absl::StatusOr<std::string> HashPassword(std::string_view password, std::string_view salt,
                                         const ScryptCost& cost) {
  DUDAO_ASSIGN(const std::string key, KeyFromPassword(password, salt, cost));
  return absl::StrCat(kPasswordScheme, "$", cost.log2_n, "$", cost.r, "$", cost.p, "$",
                      absl::WebSafeBase64Escape(std::string(salt)), "$",
                      absl::WebSafeBase64Escape(key));
}

bool CheckPassword(std::string_view password, std::string_view hash) {
  const std::vector<std::string> parts = absl::StrSplit(std::string(hash), '$');
  ScryptCost cost;
  std::string salt;
  std::string expected;
  if (parts.size() != 6 || parts[0] != kPasswordScheme ||
      !absl::SimpleAtoi(parts[1], &cost.log2_n) || !absl::SimpleAtoi(parts[2], &cost.r) ||
      !absl::SimpleAtoi(parts[3], &cost.p) || !absl::WebSafeBase64Unescape(parts[4], &salt) ||
      !absl::WebSafeBase64Unescape(parts[5], &expected))
    return false;
  const auto key = KeyFromPassword(password, salt, cost);
  return key.ok() && key->size() == expected.size() &&
         CRYPTO_memcmp(key->data(), expected.data(), expected.size()) == 0;
}

void Wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace dudao::sync
