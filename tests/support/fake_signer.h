// Signatures that cost nothing: a hash over the signer's name and the statement. For tests of what
// is done with proofs and receipts; that the real ones hold is tested in sync/trust.
#pragma once

#include <string>

#include "dudao/sync/log/exchange.h"

namespace dudao::testing {

sync::ProofSigner FakeProver(std::string space, std::string signer);
// Believes what FakeProver made, of whatever signer.
sync::ProofCheck FakeProofCheck(std::string space);
sync::ReceiptSigner FakeReceiptSigner(std::string space);
sync::ReceiptCheck FakeReceiptCheck(std::string space);

}  // namespace dudao::testing
