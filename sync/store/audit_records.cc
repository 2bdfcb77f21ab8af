#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "audit_space.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"

namespace dudao::sync {
namespace {

// Encoded records that are rebuilt in memory at a time; the log is read once for each such share.
constexpr int64_t kRebuildBytes = 64 << 20;

// Column `flags`.
int64_t FlagsOf(const Record& record) {
  return (record.HasConflict() ? 1 : 0) | (record.overtakers() > 0 ? 2 : 0) |
         (record.exists() ? 0 : 4);
}

}  // namespace

bool SpaceAudit::Merged(const Change& change) const {
  const auto aside = in_log_.find(change.dot());
  return aside == in_log_.end() || aside->second.state == AuditVerdict::kReleased;
}

absl::Status SpaceAudit::CheckRecords() {
  DUDAO_ASSIGN(Statement size,
               db_.Prepare("SELECT coalesce(sum(length(state)), 0) FROM record WHERE space = ?1"));
  size.BindInt(1, row_.ix);
  DUDAO_TRY(size.Step().status());
  const auto shares = static_cast<size_t>(1 + size.Int(0) / kRebuildBytes);
  size.Reset();
  for (size_t share = 0; share < shares; ++share) DUDAO_TRY(RebuildShare(share, shares));
  return absl::OkStatus();
}

absl::Status SpaceAudit::RebuildShare(size_t share, size_t shares) {
  std::map<RecordId, Record> rebuilt;
  VersionVector delivered;
  const auto mine = [&](const RecordId& id) {
    return absl::Hash<RecordId>()(id) % shares == share;
  };
  const auto apply = [&](const Change& change) {
    // Saves that are not written back yet are in no record.
    if (change.seq > head_rows_[change.replica].seq) return;
    if (Merged(change)) {
      for (const Operation& op : change.ops) {
        if (mine(op.record)) rebuilt[op.record].Apply(change, op, delivered);
      }
    }
    delivered.Set(change.replica, change.seq);
  };
  DUDAO_TRY(EachSegment([&](uint64_t, const std::vector<Change>& changes) {
    for (const Change& change : changes) apply(change);
    return absl::OkStatus();
  }));
  DUDAO_TRY(EachFresh([&](const Change& change, const Hash&, uint64_t) {
    apply(change);
    return absl::OkStatus();
  }));
  for (auto& [id, record] : rebuilt) record.Settle(delivered);
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT type, key, flags, state FROM record "
                                           "WHERE space = ?1 ORDER BY ix"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) break;
    const RecordId id{static_cast<uint32_t>(rows.Int(0)), std::string(rows.Blob(1))};
    if (!mine(id)) continue;
    ++outcome_.counts.records;
    DUDAO_TRY(CompareRecord(id, rows.Blob(3), rows.Int(2), rebuilt));
  }
  if (rebuilt.empty()) return absl::OkStatus();
  return Broken("RECORD_MISSING", nullptr, rebuilt.begin()->first.type,
                absl::StrCat("no record ", absl::BytesToHexString(rebuilt.begin()->first.key)));
}

absl::Status SpaceAudit::CompareRecord(const RecordId& id, std::string_view state, int64_t flags,
                                       std::map<RecordId, Record>& rebuilt) {
  const auto wrong = [&](const char* why) {
    return Broken("RECORD_WRONG", nullptr, id.type,
                  absl::StrCat("record ", absl::BytesToHexString(id.key), ": ", why));
  };
  const auto expected = rebuilt.find(id);
  if (expected == rebuilt.end()) return wrong("the log does not know it");
  absl::StatusOr<Record> stored = Record::Decode(state);
  if (!stored.ok()) return wrong("it does not decode");
  if (stored->Encode() != state) return wrong("not in its canonical form");
  if (FlagsOf(*stored) != flags) return wrong("its flags do not fit its state");
  VersionVector delivered;
  for (const auto& [replica, head] : head_rows_) delivered.Set(replica, head.seq);
  stored->Settle(delivered);
  if (stored->Encode() != expected->second.Encode()) return wrong("not what the log adds up to");
  rebuilt.erase(expected);
  return absl::OkStatus();
}

}  // namespace dudao::sync
