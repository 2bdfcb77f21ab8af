#include "verdicts.h"

#include <algorithm>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"

namespace dudao::server {
namespace {

constexpr size_t kEntriesAtOnce = 500;
constexpr int kRecoveredDepthMax = 4;

bool IsMeant(const sync::QuarantineEntry& entry, const trust::v1::Verdict& verdict) {
  return entry.what.dot.seq == verdict.seq() &&
         entry.what.dot.replica.AsBytes() == verdict.replica() &&
         entry.change_hash == verdict.change_hash();
}

// A change whose number belongs to another one cannot be merged as it is: it is entered anew, by
// this server and for its author, with the context that it had.
absl::Status EnterAnew(Space& space, const sync::QuarantineEntry& entry)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex()) {
  DUDAO_ASSIGN(const sync::Change change, sync::DecodeChange(entry.change));
  sync::LocalEdit edit;
  edit.author = change.author;
  edit.wall_ms = change.time.ms;
  edit.clock_offset_ms = change.clock_offset_ms;
  edit.control_position = change.control_position;
  edit.flags = change.flags | sync::kFlagOnBehalf;
  edit.form = sync::FormContext{change.seen.vector(), change.seen.dots()};
  edit.ops = change.ops;
  return space.store().Commit(edit).status();
}

}  // namespace

bool VerdictIn(const trust::v1::ControlEntry& entry, trust::v1::Verdict& verdict) {
  trust::v1::ControlEntry inner = entry;
  for (int depth = 0; depth < kRecoveredDepthMax; ++depth) {
    trust::v1::ControlBody body;
    if (!body.ParseFromString(inner.body())) return false;
    if (body.has_verdict()) {
      verdict = std::move(*body.mutable_verdict());
      return true;
    }
    if (!body.has_recovered()) return false;
    const trust::v1::ControlEntry next = body.recovered().entry();
    inner = next;
  }
  return false;
}

absl::StatusOr<bool> Verdicts::CatchUp(Space& space) {
  uint64_t reached = 0;
  {
    absl::MutexLock lock(&mutex_);
    reached = reached_[space.name()];
  }
  bool changed = false;
  while (reached < control_.chain().position) {
    DUDAO_ASSIGN(const auto entries, control_.EntriesAfter(reached, kEntriesAtOnce));
    if (entries.empty()) break;
    for (const trust::v1::ControlEntry& entry : entries) {
      trust::v1::Verdict verdict;
      if (VerdictIn(entry, verdict) && verdict.space() == space.name()) {
        DUDAO_TRY(CarryOut(space, verdict));
        changed = true;
      }
      reached = entry.position();
    }
  }
  if (changed) DUDAO_TRY(heads_.Sign(space));
  absl::MutexLock lock(&mutex_);
  reached_[space.name()] = std::max(reached_[space.name()], reached);
  return changed;
}

absl::Status Verdicts::CarryOut(Space& space, const trust::v1::Verdict& verdict) {
  if (verdict.released()) {
    DUDAO_ASSIGN(const auto entries, space.store().Quarantine());
    const auto entry = std::find_if(entries.begin(), entries.end(),
                                    [&](const auto& one) { return IsMeant(one, verdict); });
    const bool anew =
        entry != entries.end() && !entry->in_log && entry->state == sync::JudgedState::kPending;
    if (anew) DUDAO_TRY(EnterAnew(space, *entry));
  }
  const absl::Status judged =
      space.store().Judge({sync::ReplicaId::FromBytes(verdict.replica()), verdict.seq()},
                          sync::HashFromBytes(verdict.change_hash()), verdict.released());
  // A change that has not come back yet, after a restore: the store remembers the verdict.
  return absl::IsNotFound(judged) ? absl::OkStatus() : judged;
}

}  // namespace dudao::server
