#include "dudao/sync/log/chain.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "change_body.h"
#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {
namespace {

constexpr std::string_view kDomain = "dudao.change.1";

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetching the algorithm costs more than hashing a short change, so both are kept per thread.
Hash Digest(std::string_view a, std::string_view b, std::string_view c) {
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  Hash hash{};
  unsigned int length = 0;
  EVP_DigestInit_ex2(context.get(), kSha256, nullptr);
  for (const std::string_view part : {a, b, c})
    EVP_DigestUpdate(context.get(), part.data(), part.size());
  EVP_DigestFinal_ex(context.get(), hash.data(), &length);
  return hash;
}

}  // namespace

std::string CanonicalChange(std::string_view space, const Change& change) {
  std::string out;
  PutBytes(out, space);
  PutChangeBody(out, change);
  return out;
}

Hash ChainHash(const Hash& previous, std::string_view space, const Change& change) {
  return Digest(kDomain, HashBytes(previous), CanonicalChange(space, change));
}

Hash Sha256(std::string_view bytes) { return Digest(bytes, {}, {}); }

std::string HashHex(const Hash& hash) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t b : hash) {
    out.push_back(kDigits[b >> 4]);
    out.push_back(kDigits[b & 15]);
  }
  return out;
}

Hash HashFromBytes(std::string_view bytes) {
  Hash hash{};
  if (bytes.size() == hash.size()) std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace dudao::sync
