// Contexts: what an author had seen.
//
// A VersionVector says "the first n changes of each of these replicas". A Context is a version
// vector plus single dots beyond it. An edit carries the context of the form it was typed into; a
// value is overwritten by an edit exactly if the value's dot is in that context, and stands beside
// it as a competing value otherwise. (Dotted version vectors: Almeida, Baquero et al., 2014.) Value
// types; not synchronised. Both are kept sorted by replica, so equal contexts are equal objects.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "dudao/sync/crdt/ids.h"

namespace dudao::sync {

class VersionVector {
 public:
  using Entry = std::pair<ReplicaId, uint64_t>;

  // 0 where the replica is unknown.
  uint64_t Get(const ReplicaId& replica) const;
  // Sets the entry; 0 removes it.
  void Set(const ReplicaId& replica, uint64_t seq);
  // Entry-wise maximum.
  void Join(const VersionVector& other);
  bool Contains(const Dot& dot) const { return dot.seq != 0 && Get(dot.replica) >= dot.seq; }
  // True where every dot of `other` is in this one.
  bool Covers(const VersionVector& other) const;
  // Number of dots, saturating: how much an author had seen.
  uint64_t Sum() const;
  bool empty() const { return entries_.empty(); }
  const std::vector<Entry>& entries() const { return entries_; }

  friend bool operator==(const VersionVector&, const VersionVector&) = default;

 private:
  std::vector<Entry> entries_;  // sorted by replica, no zero
};

class Context {
 public:
  Context() = default;
  explicit Context(VersionVector vector) : vector_(std::move(vector)) {}

  bool Contains(const Dot& dot) const;
  // Adds one dot; folds dots into the vector where they continue it.
  void Add(const Dot& dot);
  void Join(const Context& other);
  // True where every dot of this context is in `vector`.
  bool IsWithin(const VersionVector& vector) const;
  uint64_t Sum() const;
  bool empty() const { return vector_.empty() && dots_.empty(); }

  const VersionVector& vector() const { return vector_; }
  // Dots beyond the vector, sorted; almost always none.
  const std::vector<Dot>& dots() const { return dots_; }

  friend bool operator==(const Context&, const Context&) = default;

 private:
  void Compact();

  VersionVector vector_;
  std::vector<Dot> dots_;
};

}  // namespace dudao::sync
