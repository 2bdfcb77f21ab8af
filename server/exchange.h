// The server's side of an exchange: who may deliver what, merge, receipts, the control log both
// ways, projection, counters.
//
// Only devices exchange, each under its own replicas. What may not be merged is kept aside with a
// reason that reaches the tablet and the office; none is dropped; what no valid proof covers is not
// taken and stays with its sender. Whatever looks like an attack is refused and leaves a row in the
// access log. Thread-safe. Errors: UNAUTHENTICATED (PROOF_MISSING, PROOF_INVALID),
// PERMISSION_DENIED (REPLICA_FOREIGN, SESSION_FORBIDDEN), INVALID_ARGUMENT (SEGMENT_DAMAGED,
// SPACE_MISMATCH), FAILED_PRECONDITION (PROTOCOL_TOO_OLD, PROTOCOL_TOO_NEW), and the storage's.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "access_log.h"
#include "call.h"
#include "control_log.h"
#include "counters.h"
#include "dudao/sync/log/exchange.h"
#include "log.h"
#include "own_heads.h"
#include "spaces.h"
#include "upload_rules.h"
#include "verdicts.h"
#include "write_back.h"

namespace dudao::server {

// The space that a request of the exchange names; empty where there is none.
std::string PeekSpace(std::string_view request);

// Where trouble with an upload is told; the rows name device, space and replica, never content.
class UploadAlarm {
 public:
  UploadAlarm(AccessLog& access, Log& log) : access_(access), log_(log) {}
  // `actor`: device id. At most one row a minute for the same.
  void Raise(std::string_view actor, std::string_view event, std::string_view subject);
  // What changes hold that nobody should have typed.
  void Tell(const UploadRules& rules, std::string_view space, std::string_view actor);
  // Changes of clones, proofs that do not hold.
  void Tell(const sync::IngestOutcome& outcome, std::string_view space, std::string_view actor);

 private:
  AccessLog& access_;
  Log& log_;
};

class Exchange {
 public:
  struct Parts {
    Spaces& spaces;
    ControlLog& control;
    OwnHeads& heads;
    Verdicts& verdicts;
    WriteBack& after;
    AccessLog& access;
    Log& log;
    Counters& counters;
  };
  Exchange(const Parts& parts, size_t bytes_max)
      : parts_(parts), alarm_(parts.access, parts.log), bytes_max_(bytes_max) {}

  absl::StatusOr<std::string> Answer(const Call& call, const std::string& space,
                                     std::string_view request);

 private:
  absl::StatusOr<sync::ControlAnswer> AnswerControl(
      const sync::ControlPosition& asker, absl::Span<const trust::v1::ControlEntry> offered,
      const Call& call, UploadRules& rules);
  absl::StatusOr<sync::ExchangeReply> Respond(const Call& call, Space& space, UploadRules& rules,
                                              std::string_view request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());
  absl::Status Refused(const Call& call, const std::string& space, absl::Status status);

  const Parts parts_;
  UploadAlarm alarm_;
  const size_t bytes_max_;
};

}  // namespace dudao::server
