#include "dudao/sync/trust/statements.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "hex.h"

namespace dudao::sync {
namespace {

using trust::v1::ControlEntry;
using trust::v1::HeadProof;
using trust::v1::Receipt;

constexpr char kHead[] = "d764742364c1e53b1ab0765409a6d6abe80ca7938625e9403721f318e934a88c";

KeyPair VectorKey() {
  std::string seed;
  for (char i = 0; i < 32; ++i) seed.push_back(i);
  return *KeyFromSeed(kDefaultSuite, seed);
}

HeadProof MakeProof() {
  HeadProof proof;
  proof.set_signer("dev-1");
  proof.set_key(1);
  proof.set_replica(std::string(16, 'A'));
  proof.set_seq(1);
  proof.set_hash(FromHex(kHead));
  return proof;
}

Receipt MakeReceipt() {
  Receipt receipt;
  receipt.set_key(1);
  receipt.set_position(1);
  receipt.set_time_ms(1'790'000'000'000);
  receipt.set_replica(std::string(16, 'A'));
  receipt.set_seq(1);
  receipt.set_hash(FromHex(kHead));
  receipt.set_previous(std::string(32, '\0'));
  receipt.set_control_position(7);
  return receipt;
}

ControlEntry MakeEntry() {
  ControlEntry entry;
  entry.set_position(2);
  entry.set_time_ms(1'790'000'000'000);
  entry.set_actor("p30");
  entry.set_body(FromHex("1a0d0a0370303710011a0244322001"));
  entry.set_previous(std::string(32, '\0'));
  entry.set_key(1);
  return entry;
}

// The same vectors stand in docs/trust-format.md; they were computed by another implementation.
TEST(Statements, GiveTheDocumentedVectors) {
  const KeyPair key = VectorKey();
  EXPECT_EQ(ToHex(key.public_key),
            "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
  HeadProof proof = MakeProof();
  ASSERT_TRUE(SignProof(key, "team-2", proof).ok());
  EXPECT_EQ(ToHex(proof.signature()),
            "45bf8122ae7d5db5ed169a90bc0a4e0c1af7fc3c30150cd834d367814dcc0188"
            "5f5aa5c908cce0160a716d4da3574a41d37162660771f26463cb55182a58e505");
  Receipt receipt = MakeReceipt();
  ASSERT_TRUE(SignReceipt(key, "team-2", receipt).ok());
  EXPECT_EQ(ToHex(ReceiptHash("team-2", receipt)),
            "104ad93a126b069ee758001f39f48d312f08bea541e320157701d997d4260f9b");
  ControlEntry entry = MakeEntry();
  ASSERT_TRUE(SignControl(key, entry).ok());
  EXPECT_EQ(ToHex(ControlHash(entry)),
            "ab1878103ea69ea1139612f93871b6c30040d08993c690c648e684a1427fe8cf");
  EXPECT_EQ(ToHex(*Sign(key, CallStatement("/dudao.sync.v1.SyncService/Exchange", "abc", "dev-1",
                                           1'790'000'000'000))),
            "54e63fbf7634a7005755fba33e5cbf1491c83b5bcd73d0af2ba16cb578bd4281"
            "f6d200d67f84de7510c0b64866aa3ee473c5d59505709d1dc7938213aa5b0a0d");
  EXPECT_EQ(ToHex(*Sign(key, EnrolStatement("0123ABCD4567", key.public_key))),
            "2ee192e25c0d6eb7418f651fa56e70b34160435230767dd032ac98b912c7af5a"
            "ce54af28faec58b6435e5a69d2ffcc08b60aeaac32aaca264d38712aa426f603");
}

TEST(Statements, AnyChangedPartOfAProofIsNoticed) {
  const KeyPair key = VectorKey();
  HeadProof signed_proof = MakeProof();
  ASSERT_TRUE(SignProof(key, "team-2", signed_proof).ok());
  EXPECT_TRUE(CheckProof(key.public_key, "team-2", signed_proof).ok());
  EXPECT_FALSE(CheckProof(key.public_key, "team-3", signed_proof).ok());
  const std::vector<std::function<void(HeadProof&)>> changes = {
      [](HeadProof& p) { p.set_signer("dev-2"); },
      [](HeadProof& p) { p.set_key(2); },
      [](HeadProof& p) { p.set_replica(std::string(16, 'B')); },
      [](HeadProof& p) { p.set_seq(2); },
      [](HeadProof& p) { p.set_hash(std::string(32, 'x')); },
      [](HeadProof& p) { p.set_hash(""); },
      [](HeadProof& p) { p.set_receipt_position(1); },
      [](HeadProof& p) { p.set_receipt_hash(std::string(32, 'x')); },
      [](HeadProof& p) { p.set_receipt_hash("x"); },
      [](HeadProof& p) { p.set_suite(trust::v1::SIGNATURE_SUITE_SM2_SM3); },
      [](HeadProof& p) { p.set_signature(""); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    HeadProof changed = signed_proof;
    changes[i](changed);
    EXPECT_TRUE(absl::IsUnauthenticated(CheckProof(key.public_key, "team-2", changed))) << i;
  }
}

TEST(Statements, AnyChangedPartOfAReceiptIsNoticed) {
  const KeyPair key = VectorKey();
  Receipt signed_receipt = MakeReceipt();
  ASSERT_TRUE(SignReceipt(key, "team-2", signed_receipt).ok());
  EXPECT_TRUE(CheckReceipt(key.public_key, "team-2", signed_receipt).ok());
  EXPECT_FALSE(CheckReceipt(key.public_key, "office", signed_receipt).ok());
  const std::vector<std::function<void(Receipt&)>> changes = {
      [](Receipt& r) { r.set_key(2); },
      [](Receipt& r) { r.set_position(2); },
      [](Receipt& r) { r.set_time_ms(r.time_ms() + 1); },
      [](Receipt& r) { r.set_replica(std::string(16, 'B')); },
      [](Receipt& r) { r.set_seq(2); },
      [](Receipt& r) { r.set_hash(std::string(32, 'x')); },
      [](Receipt& r) { r.set_previous(std::string(32, 'x')); },
      [](Receipt& r) { r.set_control_position(8); },
      [](Receipt& r) { r.set_suite(trust::v1::SIGNATURE_SUITE_UNSPECIFIED); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Receipt changed = signed_receipt;
    changes[i](changed);
    EXPECT_TRUE(absl::IsUnauthenticated(CheckReceipt(key.public_key, "team-2", changed))) << i;
    EXPECT_NE(ReceiptHash("team-2", changed), ReceiptHash("team-2", signed_receipt)) << i;
  }
}

TEST(Statements, AnyChangedPartOfAnEntryIsNoticed) {
  const KeyPair key = VectorKey();
  ControlEntry signed_entry = MakeEntry();
  ASSERT_TRUE(SignControl(key, signed_entry).ok());
  EXPECT_TRUE(CheckControl(key.public_key, signed_entry).ok());
  const std::vector<std::function<void(ControlEntry&)>> changes = {
      [](ControlEntry& e) { e.set_position(3); },
      [](ControlEntry& e) { e.set_time_ms(e.time_ms() + 1); },
      [](ControlEntry& e) { e.set_actor("p31"); },
      [](ControlEntry& e) { e.set_body(e.body() + "x"); },
      [](ControlEntry& e) { e.set_previous(std::string(32, 'x')); },
      [](ControlEntry& e) { e.set_key(2); },
      [](ControlEntry& e) { e.set_suite(trust::v1::SIGNATURE_SUITE_SM2_SM3); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    ControlEntry changed = signed_entry;
    changes[i](changed);
    EXPECT_TRUE(absl::IsUnauthenticated(CheckControl(key.public_key, changed))) << i;
    EXPECT_NE(ControlHash(changed), ControlHash(signed_entry)) << i;
  }
}

TEST(Statements, ASignatureForOnePurposeServesNoOther) {
  EXPECT_NE(ProofStatement("s", MakeProof()), ReceiptStatement("s", MakeReceipt()));
  // Parts are delimited: shifting a byte from one into the next changes the statement.
  EXPECT_NE(CallStatement("ab", "", "c", 1), CallStatement("a", "", "bc", 1));
  EXPECT_NE(EnrolStatement("ab", "c"), EnrolStatement("a", "bc"));
}

TEST(Statements, RefuseToSignWhatIsIncomplete) {
  const KeyPair key = VectorKey();
  HeadProof no_hash = MakeProof();
  no_hash.clear_hash();
  EXPECT_TRUE(absl::IsInvalidArgument(SignProof(key, "s", no_hash)));
  Receipt no_position = MakeReceipt();
  no_position.clear_position();
  EXPECT_TRUE(absl::IsInvalidArgument(SignReceipt(key, "s", no_position)));
  ControlEntry no_link = MakeEntry();
  no_link.clear_previous();
  EXPECT_TRUE(absl::IsInvalidArgument(SignControl(key, no_link)));
}

TEST(Statements, CodesAreReadAsPeopleTypeThem) {
  EXPECT_EQ(CanonicalCode("abcd-efgh 2345"), "ABCDEFGH2345");
  EXPECT_EQ(CanonicalCode("oOiIlL"), "001111");
  EXPECT_EQ(CanonicalCode("－。"), "");
}

}  // namespace
}  // namespace dudao::sync
