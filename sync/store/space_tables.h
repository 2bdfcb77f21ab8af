// All tables of one space and what must happen to several of them together.
//
// After an error inside a transaction what is in memory may run ahead of the file: the owner calls
// Load before the next use. Not synchronised; borrows the database. Errors are the database's, and
// DATA_LOSS for rows that do not fit together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/sqlite_store.h"
#include "former_table.h"
#include "fresh_table.h"
#include "head_table.h"
#include "peer_table.h"
#include "proof_table.h"
#include "quarantine_table.h"
#include "receipt_table.h"
#include "record_table.h"
#include "replica_table.h"
#include "segment_table.h"
#include "verdict_table.h"

namespace dudao::sync {

class SpaceTables {
 public:
  SpaceTables(Database& database, std::string name);

  // Finds or creates the space; a token that does not match makes a new incarnation. Then loads.
  absl::Status Open(const IncarnationOptions& incarnation);
  // Forgets all memory, reads the file and replays the saves that were not written back.
  absl::Status Load();

  // Merges one operation into a record. `delivered` of the heads is still what it was before the
  // change.
  void Apply(CachedRecord& record, const Change& change, const Operation& op);
  // Merges a change that is next in its replica's order and advances the head.
  absl::Status ApplyChange(const Change& change, const Hash& hash);

  const std::string& token() const { return token_; }
  bool dirty() const { return saves_not_written_back_ > 0; }
  size_t saves_not_written_back() const { return saves_not_written_back_; }
  void CountSave() { ++saves_not_written_back_; }

  // Records and heads into the file. REQUIRES: a transaction.
  absl::Status WriteBack();
  // WriteBack in a transaction of its own; cuts a segment too when very many saves lie open.
  absl::Status Flush();
  // Moves the oldest open saves into a segment. REQUIRES: a transaction.
  absl::Status Seal(size_t bytes_max);
  // All of them, and writes back. REQUIRES: a transaction.
  absl::Status SealAll();
  // Seal in a transaction of its own; nothing if there are none.
  absl::Status SealAlone(size_t bytes_max);
  // Remembers in the log which records the changes wrote, without those that were set aside.
  // REQUIRES: written back.
  absl::Status LinkRecords(uint64_t pos, absl::Span<const Change> changes);

  // Chain hash after a change that is held; nothing where it is not. Zeros for number 0.
  absl::StatusOr<std::optional<Hash>> HashAt(const Dot& dot);
  // Keeps a merged change aside, or merges one that is aside: the records it writes are added to
  // `stale`, for Rebuild. REQUIRES: a transaction, written back.
  absl::Status MoveAside(const Change& change, Quarantined what, int64_t source, JudgedState state,
                         absl::btree_set<RecordId>& stale);
  absl::Status MoveBack(const Change& change, const Hash& hash, absl::btree_set<RecordId>& stale);
  // Makes records anew from the log, and writes them back. REQUIRES: a transaction, written back.
  absl::Status Rebuild(const absl::btree_set<RecordId>& ids);

  // Takes a replica's changes after `common` out of the log and the records and gives them back, in
  // order. REQUIRES: a transaction.
  absl::StatusOr<std::vector<Change>> CutAfter(const ReplicaId& replica, uint64_t common);
  // From now on this file is another replica. REQUIRES: a transaction, no open saves.
  absl::Status BecomeReplica(const FreshIdentity& identity, const std::string& token);
  // Only another history. REQUIRES: a transaction.
  absl::Status RenewHistory(const std::string& history);
  // True for this replica and those that this file was.
  bool IsOurs(const ReplicaId& replica) const {
    return replica == self || formers.Contains(replica);
  }

  Database& db;
  const std::string space;
  ReplicaId self;
  std::string history_id;
  ReplicaTable replicas;
  HeadTable heads;
  RecordTable records;
  FreshTable fresh;
  SegmentTable segments;
  QuarantineTable quarantine;
  PeerTable peers;
  ProofTable proofs;
  ReceiptTable receipts;
  VerdictTable verdicts;
  FormerTable formers;

 private:
  absl::StatusOr<bool> Find();
  absl::Status Create(const IncarnationOptions& incarnation);
  absl::Status CheckToken(const IncarnationOptions& incarnation);
  absl::Status Reincarnate(const IncarnationOptions& incarnation);
  absl::Status Replay(const Change& change, const Hash& hash);
  absl::Status FillHashes();
  absl::Status AddThatHaveSeen(const ReplicaId& replica, uint64_t common,
                               absl::btree_set<RecordId>& stale);
  absl::Status CutSegment(const SegmentTable::Span& span, uint64_t common,
                          std::vector<Change>& removed);

  int64_t ix_ = 0;
  std::string token_;
  size_t saves_not_written_back_ = 0;
};

}  // namespace dudao::sync
