// The exchange: two replicas of a space become equal. Sans-IO: bytes out, bytes in; the host moves
// them.
//
// One unary, idempotent call does push, pull and acknowledgement in one round trip
// (dudao.sync.v1.ExchangeRequest/Response). Any message may be lost, repeated, reordered or cut:
// the next call starts from what both sides have durably stored. Against a server the position is a
// cursor into its log; between tablets, and after either side's history was lost, it is a version
// vector. docs/protocol.md. Initiator: one per (space, peer) sync, used by one caller at a time; it
// borrows the log, which must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/log/replica_log.h"

namespace dudao::sync {

namespace v1 {
class ExchangeRequest;
class ExchangeResponse;
}  // namespace v1

inline constexpr uint32_t kProtocolVersion = 2;

using trust::v1::ControlEntry;

// How far somebody has followed the server's control log.
struct ControlPosition {
  uint64_t position = 0;
  std::string hash8;  // first 8 bytes of the hash of that entry; empty at position 0
};

// Signs a proof in which all but suite, key and signature is filled in, hash and receipt included.
using ProofSigner = std::function<absl::StatusOr<HeadProof>(HeadProof proof)>;
// OK: the receipt is signed by the server. That it tells of this replica is checked here.
using ReceiptCheck = std::function<absl::Status(const Receipt& receipt)>;

struct ExchangeOptions {
  std::string peer = "server";  // name under which the peer's state is kept
  bool vector_mode = false;     // true between tablets
  size_t push_bytes_start = 64 << 10;
  size_t bytes_max = 1 << 20;  // budget for either direction, grown and halved with the link
  std::string app_version;
  ProofSigner prove;           // null: own changes go unsigned
  ProofCheck check_proof;      // null: proofs of others are believed
  ReceiptCheck check_receipt;  // null: receipts are believed
  ControlPosition control;
  std::vector<ControlEntry> control_offer;  // what the server is known to lack
  // Draws a new identity, for a replica whose id somebody else uses as well (a clone, a restored
  // file). null: that is not looked for. Against other tablets it is never used: only the server
  // says which changes are a replica's.
  std::function<FreshIdentity()> fresh_identity;
};

struct ExchangeTotals {
  uint64_t rounds = 0;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  uint64_t changes_sent = 0;
  uint64_t changes_applied = 0;
  bool history_replaced = false;  // the peer came back from a backup; everything was offered again
  std::vector<Quarantined> refused;    // our changes that the peer keeps aside
  std::vector<Quarantined> set_aside;  // the peer's changes that we keep aside
  std::vector<RecordId> touched;
  int64_t server_time_ms = 0;  // peer's wall clock at the last answer; 0 if none
  // Entries of the control log that the peer sent, in order, not checked; from position 1 where
  // `control_restart`: ours is not a prefix of the server's.
  std::vector<ControlEntry> control;
  bool control_restart = false;
  uint64_t peer_control_position = 0;  // less than ours: offer it the rest
  std::optional<Receipt> receipt;      // the newest that was given and kept
  // Replicas of which the peer did not take changes because no valid proof covers them, each with
  // the last number that it holds.
  std::vector<Dot> unproven;
  // Proofs and receipts of the peer that were not believed; for the log.
  std::vector<absl::Status> doubts;
  // This replica goes by a new id (ReplicaLog::NewIncarnation).
  bool replica_replaced = false;
  // Replicas of which we held other changes than the server (ReplicaLog::CutFork).
  std::vector<ReplicaId> forks_cut;
};

class Initiator {
 public:
  Initiator(ReplicaLog& log, ExchangeOptions options);

  // The next request to send, or nothing when both sides are known to be equal. After a failed send
  // call it again: it makes an equivalent request. `wall_ms` is the device's clock, for the peer to
  // judge.
  absl::StatusOr<std::optional<std::string>> Next(int64_t wall_ms);
  // The answer to the last request. INVALID_ARGUMENT for bytes that are no answer,
  // FAILED_PRECONDITION for a protocol this version does not speak; the replica is unchanged by
  // either.
  absl::Status Receive(std::string_view response);
  // Tell of a send that failed or timed out: the next request will be smaller.
  void Failed();

  const ExchangeTotals& totals() const { return totals_; }

 private:
  // A replica in whose chain both sides differ: equal at `equal`, not at `differs`.
  struct Fork {
    uint64_t equal = 0;
    uint64_t differs = 0;
  };

  absl::Status LoadPeer();
  absl::Status FillPush(v1::ExchangeRequest& request);
  absl::Status FillPosition(v1::ExchangeRequest& request);
  absl::Status FillProbes(v1::ExchangeRequest& request);
  absl::Status Take(const v1::ExchangeResponse& response);
  PeerState Advance(const v1::ExchangeResponse& response) const;
  absl::StatusOr<std::optional<Receipt>> ReceiptOf(const v1::ExchangeResponse& response);
  void Record(const v1::ExchangeResponse& response, const IngestOutcome& outcome);
  void RecordControl(const v1::ExchangeResponse& response);

  bool SuspectsForks() const;
  void CompareVectors();
  absl::Status CompareAgain();
  OnFork ForkRule() const;
  absl::StatusOr<bool> MendForks(const v1::ExchangeResponse& response);
  absl::StatusOr<bool> IsForked(const v1::ExchangeResponse& response);
  absl::Status FindForks(const v1::ExchangeResponse& response);
  void Narrow(const v1::ExchangeResponse& response);
  absl::Status CutLocated();
  absl::StatusOr<bool> Disown(const v1::ExchangeResponse& response);

  ReplicaLog& log_;
  ExchangeOptions options_;
  ExchangeTotals totals_;
  std::optional<PeerState> peer_;
  VersionVector left_out_;   // what the peer does not take in this session counts as held
  VersionVector differing_;  // of these both tablets hold different changes
  std::map<ReplicaId, Fork> forks_;
  std::vector<Dot> probed_;   // by the last request
  std::string fork_history_;  // the peer's history in which `forks_` were found
  VersionVector offered_;     // what the peer holds once it has answered the last request
  size_t budget_;
  bool peer_has_more_ = true;  // until the peer says otherwise
  bool control_has_more_ = false;
  bool repair_ = false;       // position by version vector
  bool compared_ = false;     // vectors were compared in this session
  uint32_t comparisons_ = 0;  // how often a fork was the reason
};

// What the responder says of its control log.
struct ControlAnswer {
  std::vector<ControlEntry> entries;  // what the asker lacks
  bool restart = false;   // the asker's log is no prefix of ours; `entries` begin at position 1
  uint64_t position = 0;  // the newest
};
// `offered`: entries that the asker thinks we lack. Called before changes are judged.
using ControlLookup = std::function<absl::StatusOr<ControlAnswer>(
    const ControlPosition& asker, absl::Span<const ControlEntry> offered)>;

// What a responder allows. The server checks permission and shape of each change in `policy`.
struct ResponderOptions {
  IngestPolicy policy;
  size_t bytes_max = 4 << 20;  // ceiling for the answer's segments
  int64_t wall_ms = 0;         // also the time of receipts
  ProofCheck check_proof = nullptr;
  bool proofs_required = false;
  ReceiptSigner sign_receipt = nullptr;
  uint64_t control_position = 0;  // for receipts
  ControlLookup control = nullptr;
  bool deliver_only = false;            // no segments go back
  ProofSigner prove = nullptr;          // of a tablet that answers another one
  OnFork on_fork = OnFork::kKeepAside;  // kLeaveOut for such a tablet
};

struct ExchangeReply {
  std::string response;
  ReplicaId from;
  IngestOutcome outcome;
};

// Answers one request. INVALID_ARGUMENT: not a request, another space, or a damaged segment;
// FAILED_PRECONDITION: PROTOCOL_TOO_OLD, PROTOCOL_TOO_NEW; UNAUTHENTICATED PROOF_INVALID: the
// asking replica's own proof does not hold. Errors of `options.control` are passed on.
absl::StatusOr<ExchangeReply> Respond(ReplicaLog& log, std::string_view request,
                                      const ResponderOptions& options);

}  // namespace dudao::sync
