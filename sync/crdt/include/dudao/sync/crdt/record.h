// A record's merged state: merge happens here and only here.
//
// State is a pure function of the set of changes applied, whatever their order: for each cell the
// values whose dots no applied write of that cell had in its context. Two writes that have each
// other in their contexts both stay. docs/algebra.md states the laws; tests/property checks each.
// Does not: read clocks, validate against a schema (domain/), store anything (store/). Not
// synchronised. Decode takes any bytes and returns DATA_LOSS for what is not a record; everything
// else cannot fail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dudao/sync/crdt/context.h"
#include "dudao/sync/crdt/operation.h"

namespace dudao::sync {

// Where a kept value comes from: enough to tell people who and when without the log.
struct Origin {
  Dot dot;
  HybridTime time;
  int64_t clock_offset_ms = 0;
  std::string author;
  uint64_t rank =
      0;  // how many changes the author had seen; decides which competing value is shown
  uint32_t flags = 0;

  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Version {
  Dot dot;
  Value value;

  friend bool operator==(const Version&, const Version&) = default;
};

// A write whose author had seen changes that had not all arrived: what it overwrites may still
// come.
struct Overtaker {
  Dot dot;  // without a number where the file was written before these were kept one by one
  Context seen;

  friend bool operator==(const Overtaker&, const Overtaker&) = default;
};

struct Cell {
  Path path;
  MergeKind kind = MergeKind::kRegister;
  std::vector<Version> versions;  // sorted by dot; more than one only while concurrent
  int64_t sum = 0;                // kCounter: total, modulo 2^64
  // Sorted by dot, each until all that its author had seen has arrived; whether or not it is kept.
  std::vector<Overtaker> overtakers;

  friend bool operator==(const Cell&, const Cell&) = default;
};

// A cell in which people disagree.
struct Conflict {
  Path path;
  MergeKind kind = MergeKind::kRegister;
  size_t shown = 0;               // index into versions
  std::vector<Version> versions;  // one per distinct value, the newest writer of each; an absent
                                  // value means cleared or removed
};

class Record {
 public:
  // Applies one operation of `change` to this record. `delivered` is what the replica has applied
  // of the space before this change. The caller applies each change once, all its operations, in
  // any order of changes.
  void Apply(const Change& change, const Operation& op, const VersionVector& delivered);

  // Forgets the overtakers of which everything has arrived by now.
  void Settle(const VersionVector& delivered);
  // How many there are, over all cells.
  size_t overtakers() const;

  // False after a deletion that no concurrent edit contradicts, and before anything was written.
  bool exists() const;
  // True where this record has at least one conflict.
  bool HasConflict() const;
  std::vector<Conflict> Conflicts() const;

  // The cell, or null. Valid until the next non-const call.
  const Cell* Find(const Path& path) const;
  const std::vector<Cell>& cells() const { return cells_; }
  // The version shown for a cell (its value may be absent); null for a cell without versions.
  const Version* Shown(const Cell& cell) const;
  // Where a version comes from. REQUIRES: the dot belongs to a version of this record.
  const Origin& OriginOf(const Dot& dot) const;
  // The latest origin by author time, or null for an empty record.
  const Origin* Latest() const;

  // The record as protobuf wire bytes of its shown values. Field 1 of a keyed element is its key (a
  // schema rule).
  std::string Materialise() const;

  // Canonical: equal states give equal bytes. EncodeShared leaves out overtakers, which depend on
  // arrival; digests use it.
  std::string Encode() const;
  std::string EncodeShared() const;
  static absl::StatusOr<Record> Decode(std::string_view bytes);

 private:
  friend class RecordCodec;
  Cell& FindOrAdd(std::string_view path, MergeKind kind);
  static void Write(Cell& cell, const Change& change, const Value& value, bool late);
  void KeepOrigin(const Change& change);
  void DropUnusedOrigins(const Dot& keep);
  bool IsHidden(const Path& path) const;

  std::vector<Cell> cells_;      // sorted by path
  std::vector<Origin> origins_;  // sorted by dot; may hold unused ones, which are not encoded
};

}  // namespace dudao::sync
