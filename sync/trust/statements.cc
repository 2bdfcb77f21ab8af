#include "dudao/sync/trust/statements.h"

#include "absl/strings/ascii.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {
namespace {

using trust::v1::ControlEntry;
using trust::v1::HeadProof;
using trust::v1::Receipt;

constexpr size_t kReplicaBytes = 16;
constexpr std::string_view kProofName = "dudao.head.1";
constexpr std::string_view kReceiptName = "dudao.receipt.1";
constexpr std::string_view kControlName = "dudao.control.1";
constexpr std::string_view kCallName = "dudao.call.1";
constexpr std::string_view kEnrolName = "dudao.enrol.1";
constexpr std::string_view kServerKeyName = "dudao.server-key.1";

class Statement {
 public:
  explicit Statement(std::string_view name) { Bytes(name); }
  Statement& Bytes(std::string_view bytes) {
    PutVarint(out_, bytes.size());
    out_.append(bytes);
    return *this;
  }
  Statement& Number(uint64_t number) {
    PutVarint(out_, number);
    return *this;
  }
  Statement& Time(int64_t ms) { return Number(static_cast<uint64_t>(ms)); }
  std::string Done() { return std::move(out_); }

 private:
  std::string out_;
};

absl::Status NotSigned(const char* what) { return absl::UnauthenticatedError(what); }

std::string HashOver(std::string statement, std::string_view signature) {
  PutVarint(statement, signature.size());
  statement.append(signature);
  return Digest(trust::v1::SIGNATURE_SUITE_ED25519_SHA256, statement);
}

bool IsHash(std::string_view bytes) { return bytes.size() == kDigestBytes; }

}  // namespace

std::string ProofStatement(std::string_view space, const HeadProof& proof) {
  return Statement(kProofName)
      .Number(static_cast<uint64_t>(proof.suite()))
      .Bytes(proof.signer())
      .Number(proof.key())
      .Bytes(space)
      .Bytes(proof.replica())
      .Number(proof.seq())
      .Bytes(proof.hash())
      .Number(proof.receipt_position())
      .Bytes(proof.receipt_hash())
      .Done();
}

std::string ReceiptStatement(std::string_view space, const Receipt& receipt) {
  return Statement(kReceiptName)
      .Number(static_cast<uint64_t>(receipt.suite()))
      .Number(receipt.key())
      .Bytes(space)
      .Number(receipt.position())
      .Time(receipt.time_ms())
      .Bytes(receipt.replica())
      .Number(receipt.seq())
      .Bytes(receipt.hash())
      .Bytes(receipt.previous())
      .Number(receipt.control_position())
      .Done();
}

std::string ControlStatement(const ControlEntry& entry) {
  return Statement(kControlName)
      .Number(static_cast<uint64_t>(entry.suite()))
      .Number(entry.key())
      .Number(entry.position())
      .Time(entry.time_ms())
      .Bytes(entry.actor())
      .Bytes(entry.body())
      .Bytes(entry.previous())
      .Done();
}

std::string CallStatement(std::string_view method, std::string_view body,
                          std::string_view device_id, int64_t time_ms) {
  return Statement(kCallName)
      .Bytes(method)
      .Bytes(Digest(trust::v1::SIGNATURE_SUITE_ED25519_SHA256, body))
      .Bytes(device_id)
      .Time(time_ms)
      .Done();
}

std::string EnrolStatement(std::string_view context, std::string_view public_key) {
  return Statement(kEnrolName).Bytes(context).Bytes(public_key).Done();
}

std::string ServerKeyStatement(const trust::v1::ServerKey& key, std::string_view previous) {
  return Statement(kServerKeyName)
      .Number(static_cast<uint64_t>(key.suite()))
      .Number(key.key())
      .Bytes(key.public_key())
      .Bytes(key.sealing_key())
      .Bytes(key.server_id())
      .Bytes(previous)
      .Done();
}

absl::Status SignServerKey(const KeyPair& key, std::string_view previous,
                           trust::v1::ServerKey& announced) {
  DUDAO_ASSIGN(*announced.mutable_possession(), Sign(key, ServerKeyStatement(announced, previous)));
  return absl::OkStatus();
}

absl::Status CheckServerKey(const trust::v1::ServerKey& announced, std::string_view previous) {
  if (Verify(announced.suite(), announced.public_key(), ServerKeyStatement(announced, previous),
             announced.possession()))
    return absl::OkStatus();
  return NotSigned("CONTROL_INVALID: the new key has not signed its announcement");
}

absl::Status SignProof(const KeyPair& key, std::string_view space, HeadProof& proof) {
  if (!IsHash(proof.hash()) || proof.replica().size() != kReplicaBytes || proof.seq() == 0)
    return absl::InvalidArgumentError("a proof names a replica, a number and a hash");
  proof.set_suite(key.suite);
  DUDAO_ASSIGN(*proof.mutable_signature(), Sign(key, ProofStatement(space, proof)));
  return absl::OkStatus();
}

absl::Status SignReceipt(const KeyPair& key, std::string_view space, Receipt& receipt) {
  if (!IsHash(receipt.hash()) || !IsHash(receipt.previous()) ||
      receipt.replica().size() != kReplicaBytes || receipt.position() == 0)
    return absl::InvalidArgumentError("a receipt names a position, a replica and two hashes");
  receipt.set_suite(key.suite);
  DUDAO_ASSIGN(*receipt.mutable_signature(), Sign(key, ReceiptStatement(space, receipt)));
  return absl::OkStatus();
}

absl::Status SignControl(const KeyPair& key, ControlEntry& entry) {
  if (!IsHash(entry.previous()) || entry.position() == 0)
    return absl::InvalidArgumentError("an entry names a position and the hash before");
  entry.set_suite(key.suite);
  DUDAO_ASSIGN(*entry.mutable_signature(), Sign(key, ControlStatement(entry)));
  return absl::OkStatus();
}

absl::Status CheckProof(std::string_view public_key, std::string_view space,
                        const HeadProof& proof) {
  const bool shaped = IsHash(proof.hash()) && proof.replica().size() == kReplicaBytes &&
                      proof.seq() > 0 &&
                      (proof.receipt_hash().empty() || IsHash(proof.receipt_hash()));
  if (shaped && Verify(proof.suite(), public_key, ProofStatement(space, proof), proof.signature()))
    return absl::OkStatus();
  return NotSigned("PROOF_INVALID: the head is not signed by this key");
}

absl::Status CheckReceipt(std::string_view public_key, std::string_view space,
                          const Receipt& receipt) {
  const bool shaped = IsHash(receipt.hash()) && IsHash(receipt.previous()) &&
                      receipt.replica().size() == kReplicaBytes && receipt.position() > 0;
  if (shaped &&
      Verify(receipt.suite(), public_key, ReceiptStatement(space, receipt), receipt.signature()))
    return absl::OkStatus();
  return NotSigned("RECEIPT_INVALID: the receipt is not signed by this key");
}

absl::Status CheckControl(std::string_view public_key, const ControlEntry& entry) {
  const bool shaped = IsHash(entry.previous()) && entry.position() > 0;
  if (shaped && Verify(entry.suite(), public_key, ControlStatement(entry), entry.signature()))
    return absl::OkStatus();
  return NotSigned("CONTROL_INVALID: the entry is not signed by this key");
}

std::string ReceiptHash(std::string_view space, const Receipt& receipt) {
  return HashOver(ReceiptStatement(space, receipt), receipt.signature());
}

std::string ControlHash(const ControlEntry& entry) {
  return HashOver(ControlStatement(entry), entry.signature());
}

std::string CanonicalCode(std::string_view typed) {
  std::string code;
  for (const char raw : typed) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(raw))) continue;
    const char c = absl::ascii_toupper(static_cast<unsigned char>(raw));
    code.push_back(c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c);
  }
  return code;
}

}  // namespace dudao::sync
