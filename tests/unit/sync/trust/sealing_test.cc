#include "dudao/sync/trust/sealing.h"

#include <gtest/gtest.h>

#include "hex.h"

namespace dudao::sync {
namespace {

constexpr ScryptCost kCheap{10, 8, 1};

std::string Key(char fill) { return std::string(kSecretKeyBytes, fill); }
std::string Nonce(char fill) { return std::string(kNonceBytes, fill); }

// The GCM specification's test case 14: zero key and nonce, 16 zero bytes.
TEST(Sealing, GivesTheAesGcmVector) {
  const auto box = Encrypt(Key('\0'), Nonce('\0'), "", std::string(16, '\0'));
  ASSERT_TRUE(box.ok()) << box.status();
  EXPECT_EQ(ToHex(box->substr(kNonceBytes)),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

// RFC 7748, 5.2: one iteration of the function on 9.
TEST(Sealing, GivesTheX25519Vector) {
  const auto key = SealingKeyFromSeed("\x09" + std::string(31, '\0'));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(ToHex(key->public_key),
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
}

// RFC 5869, A.3: no salt, no info.
TEST(Sealing, GivesTheHkdfVector) {
  EXPECT_EQ(ToHex(DeriveKey(std::string(22, '\x0b'), "")),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
  EXPECT_NE(DeriveKey("secret", "one purpose"), DeriveKey("secret", "another"));
}

// Computed with Python's hashlib.scrypt.
TEST(Sealing, GivesTheScryptVector) {
  EXPECT_EQ(ToHex(*KeyFromPassword("pleaseletmein", "SodiumChloride12", {14, 8, 1})),
            "354f0178e2690934c77071dfb14d0550e5a30926f45c9b66fb6dcb228378ded7");
}

TEST(Sealing, OpensOnlyWhatWasNotAltered) {
  const auto box = Encrypt(Key('k'), Nonce('n'), "bound", "未同步的工作");
  ASSERT_TRUE(box.ok());
  EXPECT_EQ(Decrypt(Key('k'), "bound", *box).value_or(""), "未同步的工作");
  EXPECT_FALSE(Decrypt(Key('l'), "bound", *box).ok());
  EXPECT_FALSE(Decrypt(Key('k'), "other", *box).ok());
  for (size_t i = 0; i < box->size(); ++i) {
    std::string altered = *box;
    altered[i] = static_cast<char>(altered[i] ^ 0x10);
    EXPECT_FALSE(Decrypt(Key('k'), "bound", altered).ok()) << i;
    EXPECT_FALSE(Decrypt(Key('k'), "bound", box->substr(0, i)).ok()) << i;
  }
}

TEST(Sealing, IsOpenedByItsRecipientAlone) {
  const auto office = SealingKeyFromSeed(Key('o'));
  const auto other = SealingKeyFromSeed(Key('p'));
  const auto box = SealTo(office->public_key, Key('e'), "package", "工作");
  ASSERT_TRUE(box.ok()) << box.status();
  EXPECT_EQ(OpenSealed(*office, "package", *box).value_or(""), "工作");
  EXPECT_FALSE(OpenSealed(*other, "package", *box).ok());
  EXPECT_FALSE(OpenSealed(*office, "something else", *box).ok());
  for (size_t i = 0; i < box->size(); ++i) {
    std::string altered = *box;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(OpenSealed(*office, "package", altered).ok()) << i;
  }
  EXPECT_FALSE(OpenSealed(*office, "package", "").ok());
  // A point of low order shares a secret of zeros; OpenSSL refuses it.
  EXPECT_FALSE(SealTo(Key('\0'), Key('e'), "", "x").ok());
}

TEST(Sealing, KnowsThePasswordAndNoOther) {
  const auto hash = HashPassword("督导 2026 password", "0123456789abcdef", kCheap);
  ASSERT_TRUE(hash.ok());
  EXPECT_TRUE(CheckPassword("督导 2026 password", *hash));
  EXPECT_FALSE(CheckPassword("督导 2026 passwore", *hash));
  EXPECT_FALSE(CheckPassword("", *hash));
  EXPECT_EQ(hash->find("password"), std::string::npos);
  for (const char* bad : {"", "scrypt", "scrypt$10$8$1$x$y",
                          "scrypt$40$8$1$MDEyMw==$MDEyMw==", "plain$10$8$1$MDEyMw==$MDEyMw=="})
    EXPECT_FALSE(CheckPassword("x", bad)) << bad;
}

TEST(Sealing, RefusesWeakParameters) {
  EXPECT_FALSE(KeyFromPassword("pin", "short salt").ok());
  EXPECT_FALSE(KeyFromPassword("pin", "0123456789abcdef", {9, 8, 1}).ok());
  EXPECT_FALSE(KeyFromPassword("pin", "0123456789abcdef", {21, 8, 1}).ok());
  EXPECT_FALSE(Encrypt("short", Nonce('n'), "", "x").ok());
  EXPECT_FALSE(Encrypt(Key('k'), "short", "", "x").ok());
}

}  // namespace
}  // namespace dudao::sync
