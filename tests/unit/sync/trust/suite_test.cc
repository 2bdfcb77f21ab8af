#include "dudao/sync/trust/suite.h"

#include <gtest/gtest.h>

#include "hex.h"

namespace dudao::sync {
namespace {

constexpr Suite kEd25519 = trust::v1::SIGNATURE_SUITE_ED25519_SHA256;
constexpr Suite kSm2 = trust::v1::SIGNATURE_SUITE_SM2_SM3;
constexpr Suite kSuites[] = {kEd25519, kSm2};

std::string Seed(char fill) { return std::string(kSeedBytes, fill); }

// RFC 8032, 7.1, test 2.
TEST(Suite, GivesTheEd25519VectorOfTheRfc) {
  const auto key = KeyFromSeed(
      kEd25519, FromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(ToHex(key->public_key),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(ToHex(*Sign(*key, "\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

// GB/T 32918.5-2017, A.2: private key, public point and signature over "message digest".
TEST(Suite, AcceptsTheSm2VectorOfTheStandard) {
  // The private key of the vector is the seed plus one (see KeyFromSeed).
  const auto key = KeyFromSeed(
      kSm2, FromHex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b7"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(ToHex(key->private_key),
            "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
  EXPECT_EQ(ToHex(key->public_key),
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
            "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
  // DER of r and s of the vector.
  const std::string signature = FromHex(
      "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
      "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
  EXPECT_TRUE(Verify(kSm2, key->public_key, "message digest", signature));
  EXPECT_FALSE(Verify(kSm2, key->public_key, "message digesT", signature));
}

TEST(Suite, GivesThePublicDigestVectors) {
  EXPECT_EQ(ToHex(Digest(kEd25519, "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // GB/T 32905-2016, A.1.
  EXPECT_EQ(ToHex(Digest(kSm2, "abc")),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  EXPECT_EQ(Digest(trust::v1::SIGNATURE_SUITE_UNSPECIFIED, "abc"), "");
}

TEST(Suite, VerifiesOnlyWhatWasSigned) {
  for (const Suite suite : kSuites) {
    const auto alice = KeyFromSeed(suite, Seed('a'));
    const auto bob = KeyFromSeed(suite, Seed('b'));
    ASSERT_TRUE(alice.ok() && bob.ok());
    const std::string message = "十二份记录";
    const auto signature = Sign(*alice, message);
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(Verify(suite, alice->public_key, message, *signature));
    EXPECT_FALSE(Verify(suite, bob->public_key, message, *signature));
    for (size_t bit = 0; bit < signature->size() * 8; ++bit) {
      std::string flipped = *signature;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_FALSE(Verify(suite, alice->public_key, message, flipped)) << suite << " " << bit;
    }
    for (size_t i = 0; i < message.size(); ++i) {
      std::string other = message;
      other[i] = static_cast<char>(other[i] ^ 1);
      EXPECT_FALSE(Verify(suite, alice->public_key, other, *signature));
    }
  }
}

TEST(Suite, ASignatureOfOneSuiteIsNoneOfTheOther) {
  const auto key = KeyFromSeed(kEd25519, Seed('a'));
  const auto signature = Sign(*key, "x");
  EXPECT_FALSE(Verify(kSm2, key->public_key, "x", *signature));
  EXPECT_FALSE(Verify(trust::v1::SIGNATURE_SUITE_UNSPECIFIED, key->public_key, "x", *signature));
}

TEST(Suite, RefusesKeysThatAreNone) {
  EXPECT_FALSE(KeyFromSeed(kEd25519, "short").ok());
  EXPECT_FALSE(KeyFromSeed(trust::v1::SIGNATURE_SUITE_UNSPECIFIED, Seed('a')).ok());
  EXPECT_FALSE(CheckPublicKey(kEd25519, std::string(31, 'x')).ok());
  // 65 bytes that are no point of the curve.
  EXPECT_FALSE(CheckPublicKey(kSm2, std::string(1, '\4') + std::string(64, 'x')).ok());
  for (const Suite suite : kSuites)
    EXPECT_TRUE(CheckPublicKey(suite, KeyFromSeed(suite, Seed('k'))->public_key).ok());
  // The scalar is kept within the group for any seed.
  EXPECT_TRUE(KeyFromSeed(kSm2, std::string(kSeedBytes, '\xff')).ok());
  EXPECT_TRUE(KeyFromSeed(kSm2, std::string(kSeedBytes, '\0')).ok());
}

}  // namespace
}  // namespace dudao::sync
