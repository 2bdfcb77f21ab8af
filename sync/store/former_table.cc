#include "former_table.h"

#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"

namespace dudao::sync {
namespace {

using Former = FormerTable::Former;

Dot Renamed(const Dot& dot, const Former& former) {
  if (dot.replica != former.replica || dot.seq <= former.common) return dot;
  return {former.next, dot.seq - former.common};
}

void Rename(VersionVector& vector, const Former& former) {
  const uint64_t seq = vector.Get(former.replica);
  if (seq <= former.common) return;
  vector.Set(former.replica, former.common);
  vector.Set(former.next, seq - former.common);
}

}  // namespace

Context Renamed(const Context& seen, const Former& former) {
  VersionVector vector = seen.vector();
  Rename(vector, former);
  Context out(std::move(vector));
  for (const Dot& dot : seen.dots()) out.Add(Renamed(dot, former));
  return out;
}

absl::Status FormerTable::Load(int64_t space) {
  space_ = space;
  list_.clear();
  ids_.clear();
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT replica, common, next, made FROM former "
                                           "WHERE space = ?1 ORDER BY ix"));
  rows.BindInt(1, space_);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    Former former;
    DUDAO_ASSIGN(former.replica, replicas_.IdOf(rows.Int(0)));
    former.common = static_cast<uint64_t>(rows.Int(1));
    DUDAO_ASSIGN(former.next, replicas_.IdOf(rows.Int(2)));
    former.made = static_cast<uint64_t>(rows.Int(3));
    Keep(former);
  }
}

absl::Status FormerTable::Add(const Former& former) {
  DUDAO_ASSIGN(const int64_t replica, replicas_.Intern(former.replica));
  DUDAO_ASSIGN(const int64_t next, replicas_.Intern(former.next));
  DUDAO_ASSIGN(Statement insert,
               db_.Prepare("INSERT INTO former(space, replica, common, next, made) "
                           "VALUES(?1, ?2, ?3, ?4, ?5)"));
  insert.BindInt(1, space_).BindInt(2, replica).BindInt(3, static_cast<int64_t>(former.common));
  insert.BindInt(4, next).BindInt(5, static_cast<int64_t>(former.made));
  DUDAO_TRY(insert.Run());
  Keep(former);
  return absl::OkStatus();
}

void FormerTable::Keep(const Former& former) {
  list_.push_back(former);
  ids_.insert(former.replica);
  if (former.made > 0) ids_.insert(former.next);
}

// A form that was opened later shows the changes that were made again, so it knows their new id.
FormContext FormerTable::Translate(FormContext form) const {
  for (const Former& former : list_) {
    if (former.made == 0) continue;
    if (form.seen.Get(former.next) == 0) Rename(form.seen, former);
    for (Dot& dot : form.own) dot = Renamed(dot, former);
  }
  return form;
}

}  // namespace dudao::sync
