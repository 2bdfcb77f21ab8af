#include "dudao/sync/crdt/context.h"

#include <algorithm>
#include <limits>

namespace dudao::sync {
namespace {

constexpr auto kByReplica = [](const VersionVector::Entry& e, const ReplicaId& r) {
  return e.first < r;
};

uint64_t SaturatingAdd(uint64_t a, uint64_t b) {
  return a > std::numeric_limits<uint64_t>::max() - b ? std::numeric_limits<uint64_t>::max()
                                                      : a + b;
}

}  // namespace

uint64_t VersionVector::Get(const ReplicaId& replica) const {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), replica, kByReplica);
  return it != entries_.end() && it->first == replica ? it->second : 0;
}

void VersionVector::Set(const ReplicaId& replica, uint64_t seq) {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), replica, kByReplica);
  const bool found = it != entries_.end() && it->first == replica;
  if (found && seq == 0) {
    entries_.erase(it);
  } else if (found) {
    it->second = seq;
  } else if (seq != 0) {
    entries_.insert(it, {replica, seq});
  }
}

void VersionVector::Join(const VersionVector& other) {
  for (const auto& [replica, seq] : other.entries_) {
    if (seq > Get(replica)) Set(replica, seq);
  }
}

bool VersionVector::Covers(const VersionVector& other) const {
  auto mine = entries_.begin();
  for (const auto& [replica, seq] : other.entries_) {
    while (mine != entries_.end() && mine->first < replica) ++mine;
    if (mine == entries_.end() || mine->first != replica || mine->second < seq) return false;
  }
  return true;
}

uint64_t VersionVector::Sum() const {
  uint64_t sum = 0;
  for (const auto& entry : entries_) sum = SaturatingAdd(sum, entry.second);
  return sum;
}

bool Context::Contains(const Dot& dot) const {
  return vector_.Contains(dot) || std::binary_search(dots_.begin(), dots_.end(), dot);
}

void Context::Add(const Dot& dot) {
  if (dot.seq == 0 || Contains(dot)) return;
  dots_.insert(std::lower_bound(dots_.begin(), dots_.end(), dot), dot);
  Compact();
}

void Context::Join(const Context& other) {
  vector_.Join(other.vector_);
  for (const Dot& dot : other.dots_) {
    if (!Contains(dot)) dots_.insert(std::lower_bound(dots_.begin(), dots_.end(), dot), dot);
  }
  Compact();
}

bool Context::IsWithin(const VersionVector& vector) const {
  return vector.Covers(vector_) &&
         std::all_of(dots_.begin(), dots_.end(), [&](const Dot& d) { return vector.Contains(d); });
}

uint64_t Context::Sum() const { return SaturatingAdd(vector_.Sum(), dots_.size()); }

// Dots are sorted by replica and seq, so one pass folds every dot that continues its replica's
// entry.
void Context::Compact() {
  if (dots_.empty()) return;
  std::vector<Dot> beyond;
  for (const Dot& dot : dots_) {
    const uint64_t have = vector_.Get(dot.replica);
    if (dot.seq <= have) continue;
    if (dot.seq == have + 1) {
      vector_.Set(dot.replica, dot.seq);
    } else {
      beyond.push_back(dot);
    }
  }
  dots_ = std::move(beyond);
}

}  // namespace dudao::sync
