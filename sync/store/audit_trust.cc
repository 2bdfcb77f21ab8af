#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "audit_space.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/trust/statements.h"
#include "lapsed_kind.h"

namespace dudao::sync {

using trust::v1::HeadProof;
using trust::v1::Receipt;

namespace {

constexpr std::string_view kReasons[] = {kDotReused,      kMalformedChange, kIssuedByTablet,
                                         kNotPermitted,   kFixedChanged,    kPermissionEnded,
                                         kDecidedAgainst, "DEVICE_REVOKED"};  // the server's own

bool IsReason(std::string_view reason) {
  return std::find(std::begin(kReasons), std::end(kReasons), reason) != std::end(kReasons);
}

}  // namespace

// --- receipts ---------------------------------------------------------------------------------

absl::Status SpaceAudit::ReadReceipts() {
  // A tablet keeps them in the order in which they came: a restored server begins anew.
  DUDAO_ASSIGN(
      Statement rows,
      db_.Prepare(options_.is_server ? "SELECT position, replica, seq, body, ix FROM receipt "
                                       "WHERE space = ?1 ORDER BY position"
                                     : "SELECT position, replica, seq, body, ix FROM receipt "
                                       "WHERE space = ?1 ORDER BY ix"));
  rows.BindInt(1, row_.ix);
  int64_t ix = 0;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto position = static_cast<uint64_t>(rows.Int(0));
    DUDAO_ASSIGN(const ReplicaId replica, ReplicaAt(rows.Int(1), "RECEIPT_WRONG", position));
    Receipt receipt;
    // Equal bytes again: nothing is in them that no signature covers.
    const bool fits = receipt.ParseFromString(std::string(rows.Blob(3))) &&
                      receipt.SerializeAsString() == rows.Blob(3) &&
                      receipt.position() == position && receipt.replica() == replica.AsBytes() &&
                      receipt.seq() == static_cast<uint64_t>(rows.Int(2));
    if (!fits) return Broken("RECEIPT_WRONG", &replica, position, "not a receipt of this position");
    if (rows.Int(4) <= ix) return Broken("RECEIPT_WRONG", &replica, position, "out of order");
    ix = rows.Int(4);
    DUDAO_TRY(CheckReceipt(receipt));
    ++outcome_.counts.receipts;
    if (options_.visitor.receipt) DUDAO_TRY(options_.visitor.receipt(row_.name, receipt));
  }
}

absl::Status SpaceAudit::CheckSignature(const Receipt& receipt) {
  if (!options_.key_of) return absl::OkStatus();
  const ReplicaId replica = ReplicaId::FromBytes(receipt.replica());
  const auto key = options_.key_of(kServerSigner, receipt.key());
  if (key && key->suite == receipt.suite() &&
      sync::CheckReceipt(key->public_key, row_.name, receipt).ok()) {
    return absl::OkStatus();
  }
  return Broken("RECEIPT_SIGNATURE_WRONG", &replica, receipt.position(),
                "not signed by the server");
}

absl::Status SpaceAudit::CheckReceipt(const Receipt& receipt) {
  const uint64_t position = receipt.position();
  const ReplicaId replica = ReplicaId::FromBytes(receipt.replica());
  DUDAO_TRY(CheckSignature(receipt));
  if (options_.control_position > 0 && receipt.control_position() > options_.control_position) {
    return Broken("CONTROL_LOG_SHORT", &replica, position,
                  absl::StrCat("the receipt knows control entry ", receipt.control_position()));
  }
  if (options_.server_key_at &&
      options_.server_key_at(receipt.control_position()) != receipt.key()) {
    return Broken("RECEIPT_SIGNATURE_WRONG", &replica, position,
                  "signed by a key that was not the server's at that time");
  }
  const bool follows = position == state_.receipt_position + 1;
  if (options_.is_server && !follows) {
    return Broken("RECEIPT_MISSING", nullptr, state_.receipt_position + 1,
                  absl::StrCat("found is position ", position));
  }
  const std::string before =
      state_.receipt_hash.empty() ? std::string(sizeof(Hash), '\0') : state_.receipt_hash;
  if (follows && receipt.previous() != before) {
    return Broken("RECEIPT_CHAIN_BROKEN", &replica, position, "it names another one before it");
  }
  state_.receipt_position = position;
  state_.receipt_hash = ReceiptHash(row_.name, receipt);
  receipt_hashes_[position] = state_.receipt_hash;
  claims_[replica].emplace(receipt.seq(),
                           Claim{HashFromBytes(receipt.hash()), "RECEIPT_WRONG", position});
  confirmed_.try_emplace(Dot{replica, receipt.seq()},
                         Confirmed{position, receipt.control_position()});
  return absl::OkStatus();
}

// --- proofs -----------------------------------------------------------------------------------

absl::Status SpaceAudit::ReadProofs() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT replica, seq, body, signer FROM proof "
                                           "WHERE space = ?1 ORDER BY replica, seq"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto seq = static_cast<uint64_t>(rows.Int(1));
    DUDAO_ASSIGN(const ReplicaId replica, ReplicaAt(rows.Int(0), "PROOF_WRONG", seq));
    HeadProof proof;
    const bool fits = proof.ParseFromString(std::string(rows.Blob(2))) &&
                      proof.SerializeAsString() == rows.Blob(2) && proof.seq() == seq &&
                      proof.replica() == replica.AsBytes() && proof.signer() == rows.Text(3);
    if (!fits) return Broken("PROOF_WRONG", &replica, seq, "not a proof of this head");
    DUDAO_TRY(CheckProof(proof));
    ++outcome_.counts.proofs;
    if (options_.visitor.proof) DUDAO_TRY(options_.visitor.proof(row_.name, proof));
  }
}

absl::Status SpaceAudit::CheckSignature(const HeadProof& proof) {
  if (!options_.key_of) return absl::OkStatus();
  const ReplicaId replica = ReplicaId::FromBytes(proof.replica());
  const auto key = options_.key_of(proof.signer(), proof.key());
  if (!key) {
    return Broken("SIGNER_UNKNOWN", &replica, proof.seq(),
                  absl::StrCat("the control log has no key ", proof.key(), " of ", proof.signer()));
  }
  if (key->suite == proof.suite() && sync::CheckProof(key->public_key, row_.name, proof).ok()) {
    return absl::OkStatus();
  }
  return Broken("PROOF_SIGNATURE_WRONG", &replica, proof.seq(),
                absl::StrCat("not signed by ", proof.signer()));
}

absl::Status SpaceAudit::CheckProof(const HeadProof& proof) {
  const ReplicaId replica = ReplicaId::FromBytes(proof.replica());
  DUDAO_TRY(CheckSignature(proof));
  // The server vouches for what it held before there were signatures.
  if (proof.signer() != kServerSigner) {
    const auto owner = owners_.try_emplace(replica, proof.signer()).first;
    if (owner->second != proof.signer()) {
      return Broken("PROOF_OF_ANOTHER", &replica, proof.seq(),
                    absl::StrCat(owner->second, " and ", proof.signer(), " signed one replica"));
    }
  }
  const auto confirmed = confirmed_.find(Dot{replica, proof.seq()});
  if (confirmed != confirmed_.end() && options_.usable_at &&
      !options_.usable_at(proof.signer(), proof.key(), confirmed->second.control_position)) {
    return Broken("DEVICE_NOT_ALLOWED", &replica, proof.seq(),
                  absl::StrCat(proof.signer(), " was not in use when it was confirmed"));
  }
  DUDAO_TRY(CheckNamedReceipt(proof, replica));
  claims_[replica].emplace(proof.seq(),
                           Claim{HashFromBytes(proof.hash()), "PROOF_WRONG", proof.seq()});
  proven_.insert(Dot{replica, proof.seq()});
  covered_[replica] = std::max(covered_[replica], proof.seq());
  return absl::OkStatus();
}

// A device names the newest receipt that it had: whoever drops or rewrites receipts contradicts it.
absl::Status SpaceAudit::CheckNamedReceipt(const HeadProof& proof, const ReplicaId& replica) {
  const uint64_t position = proof.receipt_position();
  if (position == 0) {
    return proof.receipt_hash().empty()
               ? absl::OkStatus()
               : Broken("PROOF_WRONG", &replica, proof.seq(), "a receipt without position");
  }
  const auto held = receipt_hashes_.find(position);
  if (held != receipt_hashes_.end() && held->second == proof.receipt_hash())
    return absl::OkStatus();
  if (held == receipt_hashes_.end() && !options_.is_server) return absl::OkStatus();
  if (options_.restored_after) {
    for (const uint64_t restored : options_.restored_after(row_.name)) {
      if (position <= restored) continue;
      ++outcome_.counts.lost_receipts;
      return absl::OkStatus();
    }
  }
  return Broken(
      "RECEIPT_CONTRADICTED", &replica, position,
      absl::StrCat(proof.signer(), " has signed that there is another receipt ", position));
}

absl::Status SpaceAudit::CheckCoverage() {
  if (!options_.is_server) return absl::OkStatus();
  // What was confirmed had been signed at just this head.
  for (const auto& [dot, confirmed] : confirmed_) {
    if (proven_.contains(dot)) continue;
    return Broken("PROOF_MISSING", &dot.replica, dot.seq,
                  absl::StrCat("receipt ", confirmed.position, " confirms it"));
  }
  for (const auto& [replica, head] : state_.heads) {
    if (covered_[replica] >= head.seq) continue;
    return Broken("PROOF_MISSING", &replica, covered_[replica] + 1, "nobody has signed it");
  }
  return absl::OkStatus();
}

// --- kept aside -------------------------------------------------------------------------------

absl::Status SpaceAudit::ReadAside() {
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT ix, replica, seq, in_log, source, hash, reason, detail, body, "
                           "state FROM quarantine WHERE space = ?1 ORDER BY ix"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto seq = static_cast<uint64_t>(rows.Int(2));
    DUDAO_ASSIGN(const ReplicaId replica, ReplicaAt(rows.Int(1), "KEPT_ASIDE_WRONG", seq));
    DUDAO_TRY(ReplicaAt(rows.Int(4), "KEPT_ASIDE_WRONG", seq).status());
    const auto wrong = [&](const char* why) {
      return Broken("KEPT_ASIDE_WRONG", &replica, seq, why);
    };
    const auto change = DecodeChange(rows.Blob(8));
    if (!change.ok() || EncodeChange(*change) != rows.Blob(8)) return wrong("it does not decode");
    if (change->dot() != Dot{replica, seq}) return wrong("it is of another number");
    const std::string canonical = CanonicalChange(row_.name, *change);
    const Hash hash = Sha256(canonical);
    if (rows.Blob(5) != HashBytes(hash)) return wrong("another hash");
    if (!IsReason(rows.Text(6))) return wrong("no such reason");
    if (rows.Int(3) != 0 && rows.Int(3) != 1) return wrong("in the log or not");
    if (rows.Int(9) < 0 || rows.Int(9) > 2) return wrong("no such state");
    const auto state = static_cast<AuditVerdict>(rows.Int(9));
    DUDAO_TRY(CheckState(*change, hash, state));
    if (rows.Int(3) == 1 && !in_log_.try_emplace(Dot{replica, seq}, Aside{hash, state}).second) {
      return wrong("two changes for one place in the log");
    }
    if (rows.Int(3) == 0) apart_[Dot{replica, seq}].insert(hash);
    ++state_.kept_aside;
    ++outcome_.counts.kept_aside;
    if (!options_.visitor.kept_aside) continue;
    DUDAO_TRY(options_.visitor.kept_aside(row_.name, Dot{replica, seq}, hash, rows.Text(6),
                                          rows.Text(7), rows.Int(3) == 1, state, canonical));
  }
}

// What was decided, whether the change is here or not.
absl::Status SpaceAudit::ReadVerdicts() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT replica, seq, released, hash FROM verdict "
                                           "WHERE space = ?1"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto seq = static_cast<uint64_t>(rows.Int(1));
    DUDAO_ASSIGN(const ReplicaId replica, ReplicaAt(rows.Int(0), "VERDICT_WRONG", seq));
    const auto verdict = rows.Int(2) == 1 ? AuditVerdict::kReleased : AuditVerdict::kRefused;
    if (rows.Int(2) < 0 || rows.Int(2) > 1 || rows.Blob(3).size() != sizeof(Hash)) {
      return Broken("VERDICT_WRONG", &replica, seq, "not a verdict");
    }
    if (options_.verdict_on &&
        options_.verdict_on(row_.name, replica, seq, rows.Blob(3)) != verdict) {
      return Broken("VERDICT_WRONG", &replica, seq, "the control log decided otherwise");
    }
    verdicts_[Dot{replica, seq}][HashFromBytes(rows.Blob(3))] = verdict;
  }
}

absl::Status SpaceAudit::CheckState(const Change& change, const Hash& hash, AuditVerdict state) {
  AuditVerdict said = AuditVerdict::kNone;
  if (const auto at = verdicts_.find(change.dot()); at != verdicts_.end()) {
    const auto it = at->second.find(hash);
    if (it != at->second.end()) said = it->second;
  }
  if (said == state) return absl::OkStatus();
  // What no replica can merge stays aside, whatever somebody said.
  const bool unfit = !CheckChange(change).ok();
  if (unfit && said == AuditVerdict::kReleased) return absl::OkStatus();
  return Broken("VERDICT_WRONG", &change.replica, change.seq, "its state is not what was decided");
}

// Evidence of changes whose numbers others have now: signed all the same.
absl::Status SpaceAudit::ReadLapsed() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT ix, kind, body FROM lapsed WHERE space = ?1"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto ix = static_cast<uint64_t>(rows.Int(0));
    const std::string body(rows.Blob(2));
    HeadProof proof;
    Receipt receipt;
    if (rows.Int(1) == kLapsedProof && proof.ParseFromString(body) &&
        proof.SerializeAsString() == body) {
      DUDAO_TRY(CheckSignature(proof));
    } else if (rows.Int(1) == kLapsedReceipt && receipt.ParseFromString(body) &&
               receipt.SerializeAsString() == body) {
      DUDAO_TRY(CheckSignature(receipt));
    } else {
      return Broken("EVIDENCE_WRONG", nullptr, ix, "neither a proof nor a receipt");
    }
  }
}

}  // namespace dudao::sync
