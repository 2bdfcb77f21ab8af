#include "exchange_codec.h"

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::sync {

absl::Status FillVector(ReplicaLog& log, v1::VersionVector& out) {
  DUDAO_ASSIGN(const VersionVector delivered, log.Delivered());
  for (const auto& [replica, seq] : delivered.entries()) {
    DUDAO_ASSIGN(const std::optional<Head> head, log.HeadOf(replica));
    const std::string_view hash = head ? HashBytes(head->hash) : std::string_view();
    *out.add_entries() = ToProto({replica, seq}, hash.substr(0, kShortHashBytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<HeadProof> UnsignedProof(ReplicaLog& log, const Head& head) {
  HeadProof proof;
  proof.set_replica(std::string(head.replica.AsBytes()));
  proof.set_seq(head.seq);
  proof.set_hash(std::string(HashBytes(head.hash)));
  DUDAO_ASSIGN(const std::optional<Receipt> receipt, log.NewestReceipt());
  if (receipt) {
    proof.set_receipt_position(receipt->position());
    proof.set_receipt_hash(ReceiptHash(log.space(), *receipt));
  }
  return proof;
}

}  // namespace dudao::sync
