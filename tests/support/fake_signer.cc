#include "fake_signer.h"

#include <utility>

#include "dudao/sync/trust/statements.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

namespace {

std::string Seal(const std::string& signer, const std::string& statement) {
  return std::string(HashBytes(Sha256("fake " + signer + statement)));
}

}  // namespace

ProofSigner FakeProver(std::string space, std::string signer) {
  return [space = std::move(space),
          signer = std::move(signer)](HeadProof proof) -> absl::StatusOr<HeadProof> {
    proof.set_suite(trust::v1::SIGNATURE_SUITE_ED25519_SHA256);
    proof.set_signer(signer);
    proof.set_key(1);
    proof.set_signature(Seal(signer, ProofStatement(space, proof)));
    return proof;
  };
}

ProofCheck FakeProofCheck(std::string space) {
  return [space = std::move(space)](const HeadProof& proof) {
    return proof.signature() == Seal(proof.signer(), ProofStatement(space, proof))
               ? absl::OkStatus()
               : absl::UnauthenticatedError("PROOF_INVALID");
  };
}

ReceiptSigner FakeReceiptSigner(std::string space) {
  return [space = std::move(space)](Receipt& receipt) {
    receipt.set_suite(trust::v1::SIGNATURE_SUITE_ED25519_SHA256);
    receipt.set_key(1);
    receipt.set_signature(Seal(kServerSigner, ReceiptStatement(space, receipt)));
    return absl::OkStatus();
  };
}

ReceiptCheck FakeReceiptCheck(std::string space) {
  return [space = std::move(space)](const Receipt& receipt) {
    return receipt.signature() == Seal(kServerSigner, ReceiptStatement(space, receipt))
               ? absl::OkStatus()
               : absl::UnauthenticatedError("RECEIPT_INVALID");
  };
}

}  // namespace dudao::testing
