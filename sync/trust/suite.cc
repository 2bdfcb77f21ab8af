#include "dudao/sync/trust/suite.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <memory>

#include "openssl_handles.h"

namespace dudao::sync {
namespace {

constexpr size_t kEd25519KeyBytes = 32;
constexpr size_t kSm2PointBytes = 65;
constexpr char kSm2Group[] = "SM2";
// The identity that GB/T 32918.2 names for users who agreed on none.
constexpr std::string_view kSm2Identity = "1234567812345678";

using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;
using ParamBuild = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;

absl::Status Unfit(const char* what) { return absl::InvalidArgumentError(what); }

// The scalar: the seed reduced into 1 .. order-2, as GB/T 32918.1 wants it. The bias of one
// reduction of 256 bits is below 2^-30, the order being that close to 2^256.
Number Sm2Scalar(const EC_GROUP* group, std::string_view seed) {
  Number scalar(BN_bin2bn(Data(seed), static_cast<int>(seed.size()), nullptr));
  Number range(BN_dup(EC_GROUP_get0_order(group)));
  std::unique_ptr<BN_CTX, Freed<BN_CTX_free>> context(BN_CTX_new());
  if (!scalar || !range || !context || BN_sub_word(range.get(), 2) != 1 ||
      BN_mod(scalar.get(), scalar.get(), range.get(), context.get()) != 1 ||
      BN_add_word(scalar.get(), 1) != 1)
    return nullptr;
  return scalar;
}

std::string Sm2Public(const EC_GROUP* group, const BIGNUM* scalar) {
  Point point(EC_POINT_new(group));
  std::string bytes(kSm2PointBytes, '\0');
  if (!point || EC_POINT_mul(group, point.get(), scalar, nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, Data(bytes),
                         bytes.size(), nullptr) != bytes.size())
    return {};
  return bytes;
}

absl::StatusOr<KeyPair> Sm2FromSeed(std::string_view seed) {
  const Group group(EC_GROUP_new_by_curve_name(NID_sm2));
  if (!group) return absl::InternalError("this OpenSSL has no SM2");
  const Number scalar = Sm2Scalar(group.get(), seed);
  KeyPair pair{trust::v1::SIGNATURE_SUITE_SM2_SM3, std::string(kSeedBytes, '\0'), {}};
  if (scalar && BN_bn2binpad(scalar.get(), Data(pair.private_key), kSeedBytes) == kSeedBytes)
    pair.public_key = Sm2Public(group.get(), scalar.get());
  if (pair.public_key.empty()) return absl::InternalError("SM2 key");
  return pair;
}

// `private_key` may be empty: then only for checking.
Key Sm2Key(std::string_view private_key, std::string_view public_key) {
  const ParamBuild build(OSSL_PARAM_BLD_new());
  const Number scalar(
      private_key.empty()
          ? nullptr
          : BN_bin2bn(Data(private_key), static_cast<int>(private_key.size()), nullptr));
  if (!build ||
      OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, kSm2Group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, public_key.data(),
                                       public_key.size()) != 1 ||
      (scalar && OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) != 1))
    return nullptr;
  const Params params(OSSL_PARAM_BLD_to_param(build.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kSm2Group, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        params.get()) != 1)
    return nullptr;
  return Key(key);
}

Key PublicKey(Suite suite, std::string_view bytes) {
  if (suite == trust::v1::SIGNATURE_SUITE_ED25519_SHA256 && bytes.size() == kEd25519KeyBytes) {
    return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Data(bytes), bytes.size()));
  }
  if (suite == trust::v1::SIGNATURE_SUITE_SM2_SM3 && bytes.size() == kSm2PointBytes)
    return Sm2Key({}, bytes);
  return nullptr;
}

Key PrivateKey(const KeyPair& pair) {
  if (pair.private_key.size() != kSeedBytes) return nullptr;
  if (pair.suite == trust::v1::SIGNATURE_SUITE_ED25519_SHA256) {
    return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Data(pair.private_key),
                                            pair.private_key.size()));
  }
  if (pair.suite == trust::v1::SIGNATURE_SUITE_SM2_SM3)
    return Sm2Key(pair.private_key, pair.public_key);
  return nullptr;
}

// A digest context whose key context carries the identity that SM2 mixes in. The key context must
// outlive the digest context.
struct Signing {
  KeyContext key;
  DigestContext digest;
};

bool Prepare(Suite suite, EVP_PKEY* key, Signing& signing) {
  signing.digest.reset(EVP_MD_CTX_new());
  if (!signing.digest) return false;
  if (suite != trust::v1::SIGNATURE_SUITE_SM2_SM3) return true;
  signing.key.reset(EVP_PKEY_CTX_new(key, nullptr));
  if (!signing.key || EVP_PKEY_CTX_set1_id(signing.key.get(), kSm2Identity.data(),
                                           static_cast<int>(kSm2Identity.size())) != 1)
    return false;
  EVP_MD_CTX_set_pkey_ctx(signing.digest.get(), signing.key.get());
  return true;
}

const EVP_MD* MessageDigest(Suite suite) {
  return suite == trust::v1::SIGNATURE_SUITE_SM2_SM3 ? EVP_sm3() : nullptr;
}

}  // namespace

absl::StatusOr<KeyPair> KeyFromSeed(Suite suite, std::string_view seed) {
  if (seed.size() != kSeedBytes) return Unfit("a key is made from 32 random bytes");
  if (suite == trust::v1::SIGNATURE_SUITE_SM2_SM3) return Sm2FromSeed(seed);
  if (suite != trust::v1::SIGNATURE_SUITE_ED25519_SHA256) return Unfit("unknown signature suite");
  KeyPair pair{suite, std::string(seed), std::string(kEd25519KeyBytes, '\0')};
  const Key key = PrivateKey(pair);
  size_t size = pair.public_key.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), Data(pair.public_key), &size) != 1 ||
      size != kEd25519KeyBytes)
    return absl::InternalError("Ed25519 key");
  return pair;
}

absl::StatusOr<std::string> Sign(const KeyPair& pair, std::string_view message) {
  const Key key = PrivateKey(pair);
  if (!key) return Unfit("not a private key of this suite");
  Signing signing;
  size_t size = 0;
  if (!Prepare(pair.suite, key.get(), signing) ||
      EVP_DigestSignInit(signing.digest.get(), nullptr, MessageDigest(pair.suite), nullptr,
                         key.get()) != 1 ||
      EVP_DigestSign(signing.digest.get(), nullptr, &size, Data(message), message.size()) != 1)
    return absl::InternalError("cannot sign");
  std::string signature(size, '\0');
  if (EVP_DigestSign(signing.digest.get(), Data(signature), &size, Data(message), message.size()) !=
      1)
    return absl::InternalError("cannot sign");
  signature.resize(size);
  return signature;
}

bool Verify(Suite suite, std::string_view public_key, std::string_view message,
            std::string_view signature) {
  const Key key = PublicKey(suite, public_key);
  if (!key) return false;
  Signing signing;
  return Prepare(suite, key.get(), signing) &&
         EVP_DigestVerifyInit(signing.digest.get(), nullptr, MessageDigest(suite), nullptr,
                              key.get()) == 1 &&
         EVP_DigestVerify(signing.digest.get(), Data(signature), signature.size(), Data(message),
                          message.size()) == 1;
}

std::string Digest(Suite suite, std::string_view bytes) {
  const EVP_MD* digest = suite == trust::v1::SIGNATURE_SUITE_ED25519_SHA256 ? EVP_sha256()
                         : suite == trust::v1::SIGNATURE_SUITE_SM2_SM3      ? EVP_sm3()
                                                                            : nullptr;
  std::string out(kDigestBytes, '\0');
  if (digest == nullptr ||
      EVP_Digest(bytes.data(), bytes.size(), Data(out), nullptr, digest, nullptr) != 1)
    return {};
  return out;
}

absl::Status CheckPublicKey(Suite suite, std::string_view public_key) {
  if (PublicKey(suite, public_key)) return absl::OkStatus();
  return Unfit("not a public key of this suite");
}

}  // namespace dudao::sync
