// The log: segments as they travelled, where each change and each record is in them.
// Not synchronised; borrows the database. Errors are the database's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/store/database.h"
#include "replica_table.h"

namespace dudao::sync {

class SegmentTable {
 public:
  SegmentTable(Database& db, ReplicaTable& replicas) : db_(db), replicas_(replicas) {}

  absl::Status Load(int64_t space);

  // Chain hash after a change.
  using HashOf = std::function<absl::StatusOr<Hash>(const Dot&)>;

  // Appends; `changes` are what `body` holds, each replica's without holes. Returns the position.
  // REQUIRES: a transaction.
  absl::StatusOr<uint64_t> Add(absl::Span<const Change> changes, std::string_view body,
                               int64_t source, const HashOf& hash_of);
  // Tells that the segment wrote these records, by row number. REQUIRES: a transaction.
  absl::Status Link(uint64_t pos, const absl::btree_set<int64_t>& records);

  // The run of one replica's changes in one segment.
  struct Span {
    ReplicaId replica;
    uint64_t first = 0;
    uint64_t last = 0;
    uint64_t pos = 0;
    std::optional<Hash> hash;  // of the chain after `last`; nothing before the space was opened
  };
  // The one that holds a change.
  absl::StatusOr<std::optional<Span>> SpanOf(const Dot& dot);
  // Those of a segment.
  absl::StatusOr<std::vector<Span>> SpansAt(uint64_t pos);
  // Those of a replica that reach beyond `seq`, in order.
  absl::StatusOr<std::vector<Span>> SpansAfter(const ReplicaId& replica, uint64_t seq);
  absl::Status RemoveSpan(const Span& span);
  absl::Status PutSpan(const Span& span);
  // True where a span has no hash yet.
  absl::StatusOr<bool> LacksHashes();
  // Replaces what a segment holds. REQUIRES: a transaction.
  absl::Status Replace(uint64_t pos, size_t changes, std::string_view body);
  // The segment that holds a change.
  absl::StatusOr<std::optional<uint64_t>> Find(const Dot& dot);
  absl::StatusOr<std::string> Body(uint64_t pos);
  absl::StatusOr<std::vector<uint64_t>> TouchingRecord(int64_t record);
  uint64_t last_pos() const { return last_pos_; }
  absl::StatusOr<uint64_t> Count();

  // What somebody who holds `known` lacks: positions in order, each with the newest changes that it
  // brings.
  struct Lacking {
    std::map<uint64_t, std::vector<Dot>> positions;
    bool more = false;  // there are further ones after the last
  };
  absl::StatusOr<Lacking> FindLacking(const VersionVector& delivered, const VersionVector& known);

  struct Place {
    uint64_t pos = 0;
    int64_t source = 0;
    size_t bytes = 0;
  };
  // In order, until the visitor returns false; not those that have lost all that they held.
  absl::Status VisitAfter(uint64_t pos, const std::function<bool(const Place&)>& visit);

 private:
  absl::StatusOr<std::vector<Span>> ReadSpans(Statement& rows);
  absl::StatusOr<bool> AddLacking(const ReplicaId& replica, uint64_t known, Lacking& out,
                                  uint64_t& horizon);

  Database& db_;
  ReplicaTable& replicas_;
  int64_t space_ = 0;
  uint64_t last_pos_ = 0;
};

}  // namespace dudao::sync
