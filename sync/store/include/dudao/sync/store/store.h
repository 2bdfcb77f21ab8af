// The replica on disk: one space's records, log, positions, quarantine.
//
// Every implementation passes tests/contract/store. One caller at a time; not synchronised. Several
// Stores may share one database (a tablet's file), or each own a file (the server). Durability:
// when Commit or Ingest returns OK the change survives power loss; after an error nothing of the
// call is stored. Errors: RESOURCE_EXHAUSTED disk full (free space and repeat), DATA_LOSS damaged
// file (restore), UNAVAILABLE busy (repeat), INVALID_ARGUMENT what was passed in,
// FAILED_PRECONDITION a database of a newer version.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/record.h"
#include "dudao/sync/log/replica_log.h"

namespace dudao::sync {

// What the author's form showed when it was opened. Plain data: it is kept with a draft across
// restarts.
struct FormContext {
  VersionVector seen;    // what the replica held
  std::vector<Dot> own;  // saves made from this same form since
};

struct LocalEdit {
  std::string author;
  int64_t wall_ms = 0;
  int64_t clock_offset_ms = 0;
  uint64_t control_position = 0;
  uint32_t flags = 0;
  // The form's context; without one the author is taken to have seen everything this replica holds
  // (imports, the server's own forms pass one whenever a person was shown something).
  std::optional<FormContext> form;
  std::vector<Operation> ops;  // not empty; all writes of one save
};

struct StoredRecord {
  RecordId id;
  uint64_t revision = 0;  // local, grows with every change of any record of this space
  Record record;
};

struct ConflictEntry {
  RecordId id;
  uint64_t revision = 0;
};

// One past write of a cell, newest last.
struct HistoryEntry {
  Dot dot;
  HybridTime time;
  int64_t clock_offset_ms = 0;
  std::string author;
  uint32_t flags = 0;
  Operation op;
};

// What was decided on a change that was kept aside.
enum class JudgedState : uint8_t { kPending = 0, kReleased = 1, kRefused = 2 };

struct QuarantineEntry {
  Quarantined what;
  std::string change;  // encoded (segment.h), kept for ever
  ReplicaId from;      // who delivered it
  JudgedState state = JudgedState::kPending;
  std::string change_hash;  // SHA-256 of the canonical change, as `what.hash`: Verdict::change_hash
  // True: it has its place in the log and is merged when it is released. False: its number is taken
  // by another change; whoever releases it enters it anew.
  bool in_log = true;
};

struct StoreSize {
  uint64_t records = 0;
  uint64_t changes = 0;
  uint64_t segments = 0;
  uint64_t quarantined = 0;
  uint64_t conflicts = 0;
};

class Store : public ReplicaLog {
 public:
  // One save, durable on return.
  virtual absl::StatusOr<Change> Commit(const LocalEdit& edit) = 0;
  // What a form opened now has seen.
  virtual absl::StatusOr<FormContext> OpenForm() = 0;

  // Nothing for a record never written; a deleted record is returned (exists() is false).
  virtual absl::StatusOr<std::optional<StoredRecord>> Load(const RecordId& id) = 0;
  // Records in key order from `after` (exclusive; empty key for the first), until the visitor
  // returns false.
  virtual absl::Status Scan(uint32_t type, std::string_view after,
                            const std::function<bool(const StoredRecord&)>& visit) = 0;
  // Records changed after `revision`, oldest change first: how projections keep up and are rebuilt
  // (from 0).
  virtual absl::Status ScanTouched(uint64_t revision,
                                   const std::function<bool(const StoredRecord&)>& visit) = 0;
  // Records with a conflict, by id, after `after`.
  virtual absl::StatusOr<std::vector<ConflictEntry>> Conflicts(const RecordId& after,
                                                               size_t count_max) = 0;
  // All writes of a record, or of one cell and what lies below it, in author time.
  virtual absl::StatusOr<std::vector<HistoryEntry>> History(const RecordId& id,
                                                            const Path& below) = 0;

  // Own changes that `peer` has not confirmed yet.
  virtual absl::StatusOr<uint64_t> UnsentChanges(std::string_view peer) = 0;
  virtual absl::StatusOr<std::vector<QuarantineEntry>> Quarantine() = 0;
  // A change that is held and merged moves aside; the records it wrote become what they would be
  // without it. Nothing happens where it is aside already or was released. NOT_FOUND: not held.
  virtual absl::Status SetAside(const Dot& dot, std::string_view reason,
                                std::string_view detail) = 0;
  // The verdict on a change. Released: merged, as if it had never been aside; refused: aside for
  // good, also if it is merged here. It is remembered and holds for what arrives later, so replicas
  // may hear it in any order; of two verdicts the one that is told later holds. NOT_FOUND where
  // nothing with this hash is aside or merged here (it is remembered all the same).
  virtual absl::Status Judge(const Dot& dot, const Hash& change_hash, bool released) = 0;

  // Keeps the host's own signature on a head of this replica (the server's), or of another one that
  // it vouches for.
  virtual absl::Status PutProof(const HeadProof& proof) = 0;
  // Keeps a receipt; the same one once.
  virtual absl::Status PutReceipt(const Receipt& receipt) = 0;
  // All that are held, for evidence. By replica and number.
  virtual absl::StatusOr<std::vector<HeadProof>> Proofs() = 0;
  // In the order in which they were kept, after position `after`.
  virtual absl::StatusOr<std::vector<Receipt>> Receipts(uint64_t after, size_t count) = 0;
  // Order-free digest of all records: equal on replicas that hold the same changes.
  virtual absl::StatusOr<Hash> StateDigest() = 0;
  virtual absl::StatusOr<StoreSize> Size() = 0;

  // Writes back what is held in memory and truncates the write-ahead log: for tests, backups and
  // shutdown.
  virtual absl::Status Checkpoint() = 0;
};

}  // namespace dudao::sync
