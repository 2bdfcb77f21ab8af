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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/log/replica_log.h"

namespace dudao::sync {

namespace v1 {
class ExchangeResponse;
}

inline constexpr uint32_t kProtocolVersion = 1;

struct ExchangeOptions {
  std::string peer = "server";  // name under which the peer's state is kept
  bool vector_mode = false;     // true between tablets
  size_t push_bytes_start = 64 << 10;
  size_t bytes_max = 1 << 20;  // budget for either direction, grown and halved with the link
  std::string app_version;
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
  PeerState Advance(const v1::ExchangeResponse& response) const;
  void Record(const v1::ExchangeResponse& response, const IngestOutcome& outcome);

  ReplicaLog& log_;
  ExchangeOptions options_;
  ExchangeTotals totals_;
  std::optional<PeerState> peer_;
  VersionVector offered_;  // what the peer holds once it has answered the last request
  size_t budget_;
  bool peer_has_more_ = true;  // until the peer says otherwise
  bool repair_ = false;        // position by version vector
};

// What a responder allows. The server checks permission and shape of each change in `policy`.
struct ResponderOptions {
  IngestPolicy policy;
  size_t bytes_max = 4 << 20;  // ceiling for the answer's segments
  int64_t wall_ms = 0;
};

struct ExchangeReply {
  std::string response;
  ReplicaId from;
  IngestOutcome outcome;
};

// Answers one request. INVALID_ARGUMENT: not a request, another space, or a damaged segment;
// FAILED_PRECONDITION: protocol too new.
absl::StatusOr<ExchangeReply> Respond(ReplicaLog& log, std::string_view request,
                                      const ResponderOptions& options);

}  // namespace dudao::sync
