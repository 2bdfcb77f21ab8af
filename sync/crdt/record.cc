#include "dudao/sync/crdt/record.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {
namespace {

// Unused origins are swept when they outnumber the cells this much, so that a long session does not
// grow a record.
constexpr size_t kUnusedOriginsMax = 64;

bool IsPresenceKind(MergeKind kind) { return kind == MergeKind::kSet || kind == MergeKind::kKeyed; }

const Origin* FindOrigin(const std::vector<Origin>& origins, const Dot& dot) {
  const auto it = std::lower_bound(origins.begin(), origins.end(), dot,
                                   [](const Origin& o, const Dot& d) { return o.dot < d; });
  return it != origins.end() && it->dot == dot ? &*it : nullptr;
}

auto LowerBound(std::vector<Version>& versions, const Dot& dot) {
  return std::lower_bound(versions.begin(), versions.end(), dot,
                          [](const Version& v, const Dot& d) { return v.dot < d; });
}

auto LowerBound(const std::vector<Overtaker>& overtakers, const Dot& dot) {
  return std::lower_bound(overtakers.begin(), overtakers.end(), dot,
                          [](const Overtaker& o, const Dot& d) { return o.dot < d; });
}

// True where the cell has a write with this dot that had seen `change`. Such a write came before
// what it had seen, so it is an overtaker still.
bool HadSeen(const Cell& cell, const Dot& dot, const Change& change) {
  const auto it = LowerBound(cell.overtakers, dot);
  return it != cell.overtakers.end() && it->dot == dot && it->seen.Contains(change.dot());
}

// Two writes that have seen each other, which mended forks make, stand beside each other.
bool Overwrites(const Cell& cell, const Change& change, const Version& version) {
  return version.dot != change.dot() && change.seen.Contains(version.dot) &&
         !HadSeen(cell, version.dot, change);
}

bool IsOverwritten(const Cell& cell, const Change& change) {
  return std::any_of(cell.overtakers.begin(), cell.overtakers.end(), [&](const Overtaker& o) {
    return o.dot != change.dot() && o.seen.Contains(change.dot()) && !change.seen.Contains(o.dot);
  });
}

}  // namespace

void Record::Apply(const Change& change, const Operation& op, const VersionVector& delivered) {
  KeepOrigin(change);
  const bool late = !change.seen.IsWithin(delivered);
  for (const size_t length : op.path.Above()) {
    Write(FindOrAdd(std::string_view(op.path.bytes()).substr(0, length), MergeKind::kKeyed), change,
          Value::Present(), late);
  }
  Cell& cell = FindOrAdd(op.path.bytes(), op.kind);
  if (op.kind == MergeKind::kCounter) {
    const int64_t delta = CounterDelta(op.value).value_or(0);
    cell.sum = static_cast<int64_t>(static_cast<uint64_t>(cell.sum) + static_cast<uint64_t>(delta));
  } else {
    Write(cell, change, op.value, late);
  }
}

// A cell is born with the kind of its first write; writes that disagree (a schema broken by
// somebody) settle on the greatest, in any order.
Cell& Record::FindOrAdd(std::string_view path, MergeKind kind) {
  const auto it =
      std::lower_bound(cells_.begin(), cells_.end(), path,
                       [](const Cell& c, std::string_view p) { return c.path.bytes() < p; });
  if (it == cells_.end() || it->path.bytes() != path) {
    Cell cell;
    cell.path = Path::Trusted(path);
    cell.kind = kind;
    return *cells_.insert(it, std::move(cell));
  }
  it->kind = std::max(it->kind, kind);
  return *it;
}

void Record::Write(Cell& cell, const Change& change, const Value& value, bool late) {
  const Dot dot = change.dot();
  std::erase_if(cell.versions, [&](const Version& v) { return Overwrites(cell, change, v); });
  const auto it = LowerBound(cell.versions, dot);
  if (it != cell.versions.end() && it->dot == dot) {
    it->value = value;  // the same change wrote the cell before: its later write counts
  } else if (!IsOverwritten(cell, change)) {
    cell.versions.insert(it, {dot, value});
  }
  if (!late) return;
  const auto place = LowerBound(cell.overtakers, dot);
  if (place == cell.overtakers.end() || place->dot != dot)
    cell.overtakers.insert(place, {dot, change.seen});
}

void Record::KeepOrigin(const Change& change) {
  const Dot dot = change.dot();
  const auto it = std::lower_bound(origins_.begin(), origins_.end(), dot,
                                   [](const Origin& o, const Dot& d) { return o.dot < d; });
  if (it != origins_.end() && it->dot == dot) return;
  origins_.insert(it, {dot, change.time, change.clock_offset_ms, change.author, change.seen.Sum(),
                       change.flags});
  if (origins_.size() > 2 * cells_.size() + kUnusedOriginsMax) DropUnusedOrigins(dot);
}

void Record::DropUnusedOrigins(const Dot& keep) {
  std::vector<Dot> used{keep};
  for (const Cell& cell : cells_) {
    for (const Version& version : cell.versions) used.push_back(version.dot);
  }
  std::sort(used.begin(), used.end());
  std::erase_if(origins_, [&](const Origin& o) {
    return !std::binary_search(used.begin(), used.end(), o.dot);
  });
}

void Record::Settle(const VersionVector& delivered) {
  for (Cell& cell : cells_) {
    std::erase_if(cell.overtakers, [&](const Overtaker& o) { return o.seen.IsWithin(delivered); });
  }
}

size_t Record::overtakers() const {
  return std::accumulate(cells_.begin(), cells_.end(), size_t{0},
                         [](size_t sum, const Cell& cell) { return sum + cell.overtakers.size(); });
}

const Cell* Record::Find(const Path& path) const {
  const auto it = std::lower_bound(cells_.begin(), cells_.end(), path,
                                   [](const Cell& c, const Path& p) { return c.path < p; });
  return it != cells_.end() && it->path == path ? &*it : nullptr;
}

const Origin& Record::OriginOf(const Dot& dot) const {
  static const Origin kNone;
  const Origin* origin = FindOrigin(origins_, dot);
  return origin != nullptr ? *origin : kNone;
}

const Origin* Record::Latest() const {
  const Origin* latest = nullptr;
  for (const Cell& cell : cells_) {
    for (const Version& version : cell.versions) {
      const Origin& origin = OriginOf(version.dot);
      if (latest == nullptr ||
          std::tie(latest->time, latest->dot) < std::tie(origin.time, origin.dot))
        latest = &origin;
    }
  }
  return latest;
}

// The value of whoever had seen more is shown; between equals the greater dot. In presence cells
// `present` wins. No clock decides.
const Version* Record::Shown(const Cell& cell) const {
  if (cell.versions.size() == 1) return &cell.versions.front();
  const Version* best = nullptr;
  uint64_t best_rank = 0;
  const bool presence = IsPresenceKind(cell.kind);
  for (const Version& version : cell.versions) {
    const uint64_t rank = OriginOf(version.dot).rank;
    const bool revives =
        presence && best != nullptr && best->value.is_absent() && !version.value.is_absent();
    const bool removes =
        presence && best != nullptr && !best->value.is_absent() && version.value.is_absent();
    if (best == nullptr || revives || (!removes && rank >= best_rank)) {
      best = &version;
      best_rank = rank;
    }
  }
  return best;
}

bool Record::exists() const {
  if (cells_.empty() || !cells_.front().path.empty()) return false;
  const Version* shown = Shown(cells_.front());
  return shown != nullptr && !shown->value.is_absent();
}

bool Record::IsHidden(const Path& path) const {
  const std::vector<size_t> above = path.Above();
  return std::any_of(above.begin(), above.end(), [&](size_t length) {
    const Cell* cell = Find(Path::Trusted(std::string_view(path.bytes()).substr(0, length)));
    const Version* shown = cell == nullptr ? nullptr : Shown(*cell);
    return shown != nullptr && shown->value.is_absent();
  });
}

std::vector<Conflict> Record::Conflicts() const {
  std::vector<Conflict> conflicts;
  for (const Cell& cell : cells_) {
    if (cell.versions.size() < 2 || cell.kind == MergeKind::kSet) continue;
    Conflict conflict{cell.path, cell.kind, 0, {}};
    for (const Version& version : cell.versions) {
      const auto same = std::find_if(conflict.versions.begin(), conflict.versions.end(),
                                     [&](const Version& v) { return v.value == version.value; });
      if (same == conflict.versions.end()) {
        conflict.versions.push_back(version);
      } else if (OriginOf(same->dot).rank <= OriginOf(version.dot).rank) {
        *same = version;
      }
    }
    if (conflict.versions.size() < 2 || IsHidden(cell.path)) continue;
    const Version* shown = Shown(cell);
    for (size_t i = 0; i < conflict.versions.size(); ++i) {
      if (conflict.versions[i].value == shown->value) conflict.shown = i;
    }
    conflicts.push_back(std::move(conflict));
  }
  return conflicts;
}

bool Record::HasConflict() const {
  const bool candidate = std::any_of(cells_.begin(), cells_.end(), [](const Cell& cell) {
    return cell.versions.size() > 1 && cell.kind != MergeKind::kSet;
  });
  return candidate && !Conflicts().empty();
}

}  // namespace dudao::sync
