// Local saves and what was written before.
#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "space_store.h"
#include "tuning.h"

namespace dudao::sync {
namespace {

// What the form showed: never the change itself, whatever the caller kept across restarts.
Context FormSeen(const FormContext& form, const Dot& change) {
  VersionVector vector = form.seen;
  vector.Set(change.replica, std::min(vector.Get(change.replica), change.seq - 1));
  Context seen(std::move(vector));
  for (const Dot& dot : form.own) {
    if (dot.replica != change.replica || dot.seq < change.seq) seen.Add(dot);
  }
  return seen;
}

absl::StatusOr<std::vector<Change>> DecodeHeld(std::string_view space, std::string_view body) {
  absl::StatusOr<std::vector<Change>> changes = DecodeSegment(space, body);
  if (!changes.ok()) return absl::DataLossError("a segment of the log is damaged");
  return changes;
}

class HistoryCollector {
 public:
  HistoryCollector(const RecordId& id, const Path& below) : id_(id), below_(below.bytes()) {}

  void Add(const Change& change) {
    for (const Operation& op : change.ops) {
      // Steps delimit themselves, so a prefix of the bytes is a prefix of the steps.
      if (op.record != id_ || op.path.bytes().compare(0, below_.size(), below_) != 0) continue;
      entries_.push_back(
          {change.dot(), change.time, change.clock_offset_ms, change.author, change.flags, op});
    }
  }
  // By author time; writes of one change stay in their order.
  std::vector<HistoryEntry> Sorted() && {
    std::vector<size_t> order(entries_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [this](size_t a, size_t b) {
      return std::tie(entries_[a].time, entries_[a].dot, a) <
             std::tie(entries_[b].time, entries_[b].dot, b);
    });
    std::vector<HistoryEntry> sorted;
    sorted.reserve(order.size());
    for (const size_t i : order) sorted.push_back(std::move(entries_[i]));
    return sorted;
  }

 private:
  const RecordId& id_;
  const std::string& below_;
  std::vector<HistoryEntry> entries_;
};

}  // namespace

absl::StatusOr<Change> SpaceStore::Commit(const LocalEdit& edit) {
  DUDAO_TRY(Ready());
  DUDAO_ASSIGN(Change change, MakeChange(edit));
  DUDAO_TRY(CheckChange(change));
  const std::string body = EncodeChange(change);
  if (body.size() > kLocalChangeBytesMax) {
    return absl::InvalidArgumentError("one save of more than 8 MiB; cut it into several");
  }
  const Hash hash = ChainHash(tables_.heads.Get(tables_.self).hash, tables_.space, change);
  // After this line the save is durable; before it nothing in memory has changed. The records were
  // loaded by MakeChange, so that merging cannot fail.
  DUDAO_TRY(tables_.fresh.Append(change.seq, hash, body));
  Guard(tables_.ApplyChange(change, hash)).IgnoreError();
  tables_.CountSave();
  last_time_ = change.time;
  last_wall_ms_ = edit.wall_ms;
  WriteBackIfMany();
  return change;
}

absl::StatusOr<Change> SpaceStore::MakeChange(const LocalEdit& edit) {
  if (edit.ops.empty()) return absl::InvalidArgumentError("a save without operations");
  for (const Operation& op : edit.ops) {
    DUDAO_TRY(tables_.records.Load(op.record).status());
  }
  Change change;
  change.replica = tables_.self;
  change.seq = tables_.heads.Get(tables_.self).seq + 1;
  change.time = NextTime(last_time_, edit.wall_ms);
  change.clock_offset_ms = edit.clock_offset_ms;
  change.author = edit.author;
  change.control_position = edit.control_position;
  change.flags = edit.flags;
  change.ops = edit.ops;
  change.seen = Context(tables_.heads.delivered());
  if (edit.form) {
    const FormContext form = tables_.formers.Translate(*edit.form);
    DUDAO_ASSIGN(const bool changed, ChangedSince(form, edit.ops));
    if (changed) change.seen = FormSeen(form, change.dot());
  }
  return change;
}

// Where nothing of what the edit touches has changed since the form was opened, the form is as good
// as one opened now.
absl::StatusOr<bool> SpaceStore::ChangedSince(const FormContext& form,
                                              const std::vector<Operation>& ops) {
  const CachedRecord* last = nullptr;
  const auto unseen = [&](const Version& version) {
    return !form.seen.Contains(version.dot) &&
           std::find(form.own.begin(), form.own.end(), version.dot) == form.own.end();
  };
  for (const Operation& op : ops) {
    DUDAO_ASSIGN(const CachedRecord* record, tables_.records.Load(op.record));
    if (record == last) continue;
    last = record;
    for (const Cell& cell : record->record.cells()) {
      if (std::any_of(cell.versions.begin(), cell.versions.end(), unseen)) return true;
    }
  }
  return false;
}

absl::StatusOr<std::vector<HistoryEntry>> SpaceStore::History(const RecordId& id,
                                                              const Path& below) {
  DUDAO_TRY(ReadyToScan());
  DUDAO_ASSIGN(const CachedRecord* held, tables_.records.Load(id));
  if (held->revision == 0) return std::vector<HistoryEntry>();
  DUDAO_ASSIGN(const std::vector<uint64_t> positions, tables_.segments.TouchingRecord(held->ix));
  HistoryCollector collector(id, below);
  for (const uint64_t pos : positions) {
    DUDAO_ASSIGN(const std::string body, tables_.segments.Body(pos));
    DUDAO_ASSIGN(const std::vector<Change> changes, DecodeHeld(tables_.space, body));
    for (const Change& change : changes) {
      if (tables_.quarantine.Aside(change.dot()) == nullptr) collector.Add(change);
    }
  }
  DUDAO_ASSIGN(const std::vector<Change> open, tables_.fresh.ReadFirst(tables_.fresh.size()));
  for (const Change& change : open) {
    if (tables_.quarantine.Aside(change.dot()) == nullptr) collector.Add(change);
  }
  return std::move(collector).Sorted();
}

}  // namespace dudao::sync
