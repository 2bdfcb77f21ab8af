// Checks that a store's file says what its chains and signatures say: nothing changed, dropped,
// added.
//
// Reads everything once, in one read transaction, and rebuilds all records from the log; changes
// nothing, so it runs beside a server at work. Knows keys, verdicts and devices only through the
// functions that it is given, and so serves tablets, servers, backups. What it cannot see by
// itself: a log whose newest changes were dropped together with their receipts (compare
// SpaceState::newest with an anchor or with somebody who heard of them). Memory: heads, receipts
// and about kRebuildBytes of records. A difference is a value (AuditOutcome::first); errors are
// those of the database, FAILED_PRECONDITION for a file of another layout.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dudao/sync/crdt/ids.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::sync {

// The first thing that does not fit.
struct AuditBreak {
  std::string reason;   // stable, UPPER_SNAKE_CASE
  std::string space;    // empty where it is about no space
  std::string replica;  // hex; empty where it is about no replica
  uint64_t number = 0;  // seq of a change, else position or row
  std::string detail;   // English
};

struct AuditCounts {
  uint64_t spaces = 0;
  uint64_t segments = 0;
  uint64_t changes = 0;
  uint64_t replicas = 0;
  uint64_t proofs = 0;
  uint64_t receipts = 0;
  uint64_t kept_aside = 0;
  uint64_t records = 0;
  uint64_t own_changes = 0;  // of replicas that AuditOptions::is_own knows
  // Proofs that name a receipt which a restore of the server lost.
  uint64_t lost_receipts = 0;
};

// How far a space has come, for anchors, manifests and exports.
struct SpaceState {
  struct Head {
    uint64_t seq = 0;
    Hash hash{};
  };
  ReplicaId self;
  std::map<ReplicaId, Head> heads;
  uint64_t receipt_position = 0;
  std::string receipt_hash;  // 32 bytes; empty for none
  uint64_t kept_aside = 0;
};

struct SignerKey {
  Suite suite = trust::v1::SIGNATURE_SUITE_UNSPECIFIED;
  std::string public_key;
};

// What the control log says of a change that was kept aside.
enum class AuditVerdict : uint8_t { kNone = 0, kReleased = 1, kRefused = 2 };

// What an export wants to see, in the order of the log.
struct AuditVisitor {
  std::function<absl::Status(std::string_view space, const Change& change, const Hash& chain)>
      change;
  std::function<absl::Status(std::string_view space, const trust::v1::HeadProof& proof)> proof;
  std::function<absl::Status(std::string_view space, const trust::v1::Receipt& receipt)> receipt;
  std::function<absl::Status(std::string_view space, const Dot& dot, const Hash& change_hash,
                             std::string_view reason, std::string_view detail, bool in_log,
                             AuditVerdict state, std::string_view canonical)>
      kept_aside;
};

struct AuditOptions {
  // Key `number` of a device or of "server". Null: no signature is checked.
  std::function<std::optional<SignerKey>(std::string_view signer, uint32_t number)> key_of;
  // Whether the signer's key could be used when the control log stood at `position`. Null: not
  // asked.
  std::function<bool(std::string_view signer, uint32_t number, uint64_t position)> usable_at;
  // Number of the server's key that signed when the control log stood at `position`. Null: not
  // asked.
  std::function<uint32_t(uint64_t position)> server_key_at;
  // Null: not compared.
  std::function<AuditVerdict(std::string_view space, const ReplicaId& replica, uint64_t seq,
                             std::string_view change_hash)>
      verdict_on;
  // A server's file: each change is covered by a proof that holds, and all receipts are there.
  // False on tablets, where own changes are signed when they leave and receipts are those for own
  // ones.
  bool is_server = false;
  // Where the receipts of a space began anew after a restore of the server: what devices signed may
  // name later ones that nobody holds any more.
  std::function<std::vector<uint64_t>(std::string_view space)> restored_after;
  // Whether a replica is or was the server's: what the office wrote is counted. May be null.
  std::function<bool(std::string_view space, const ReplicaId& replica)> is_own;
  // Newest position of the control log. 0: not compared.
  uint64_t control_position = 0;
  std::function<void(std::string_view space, uint64_t changes, uint64_t changes_all)> progress;
  AuditVisitor visitor;
};

struct AuditOutcome {
  AuditCounts counts;
  std::map<std::string, SpaceState> spaces;
  std::optional<AuditBreak> first;
};

// All spaces of the file.
absl::StatusOr<AuditOutcome> AuditStore(Database& db, const AuditOptions& options);

}  // namespace dudao::sync
