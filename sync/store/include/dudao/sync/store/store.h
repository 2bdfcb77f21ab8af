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

struct QuarantineEntry {
  Quarantined what;
  std::string change;  // encoded (segment.h), kept for ever
  ReplicaId from;      // who delivered it
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
  // Order-free digest of all records: equal on replicas that hold the same changes.
  virtual absl::StatusOr<Hash> StateDigest() = 0;
  virtual absl::StatusOr<StoreSize> Size() = 0;

  // Writes back what is held in memory and truncates the write-ahead log: for tests, backups and
  // shutdown.
  virtual absl::Status Checkpoint() = 0;
};

}  // namespace dudao::sync
