#include "segment_table.h"

#include <limits>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "tuning.h"

namespace dudao::sync {

absl::Status SegmentTable::Load(int64_t space) {
  space_ = space;
  DUDAO_ASSIGN(Statement max, db_.Prepare("SELECT max(pos) FROM segment WHERE space = ?1"));
  max.BindInt(1, space_);
  DUDAO_TRY(max.Step().status());
  last_pos_ = static_cast<uint64_t>(max.Int(0));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> SegmentTable::Add(absl::Span<const Change> changes, std::string_view body,
                                           int64_t source, const HashOf& hash_of) {
  DUDAO_ASSIGN(
      Statement insert,
      db_.Prepare("INSERT INTO segment(space, source, changes, body) VALUES(?1, ?2, ?3, ?4)"));
  insert.BindInt(1, space_).BindInt(2, source).BindInt(3, static_cast<int64_t>(changes.size()));
  insert.BindBlob(4, body);
  DUDAO_TRY(insert.Run());
  const int64_t pos = db_.last_row();
  std::map<ReplicaId, std::pair<uint64_t, uint64_t>> spans;
  for (const Change& change : changes) {
    const auto it = spans.try_emplace(change.replica, change.seq, change.seq).first;
    it->second.second = change.seq;
  }
  for (const auto& [replica, seqs] : spans) {
    DUDAO_ASSIGN(const Hash hash, hash_of({replica, seqs.second}));
    DUDAO_TRY(PutSpan({replica, seqs.first, seqs.second, static_cast<uint64_t>(pos), hash}));
  }
  last_pos_ = static_cast<uint64_t>(pos);
  return last_pos_;
}

absl::Status SegmentTable::Link(uint64_t pos, const absl::btree_set<int64_t>& records) {
  DUDAO_ASSIGN(Statement insert,
               db_.Prepare("INSERT OR IGNORE INTO segment_record(record, pos) VALUES(?1, ?2)"));
  for (const int64_t record : records) {
    insert.BindInt(1, record).BindInt(2, static_cast<int64_t>(pos));
    DUDAO_TRY(insert.Run());
    insert.Reset();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<uint64_t>> SegmentTable::Find(const Dot& dot) {
  DUDAO_ASSIGN(const std::optional<Span> span, SpanOf(dot));
  return span ? std::optional<uint64_t>(span->pos) : std::nullopt;
}

absl::StatusOr<std::string> SegmentTable::Body(uint64_t pos) {
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT body FROM segment WHERE pos = ?1"));
  find.BindInt(1, static_cast<int64_t>(pos));
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return absl::DataLossError("a segment of the log is missing");
  return std::string(find.Blob(0));
}

absl::StatusOr<std::vector<uint64_t>> SegmentTable::TouchingRecord(int64_t record) {
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT pos FROM segment_record WHERE record = ?1 ORDER BY pos"));
  rows.BindInt(1, record);
  std::vector<uint64_t> positions;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return positions;
    positions.push_back(static_cast<uint64_t>(rows.Int(0)));
  }
}

absl::StatusOr<uint64_t> SegmentTable::Count() {
  DUDAO_ASSIGN(Statement count, db_.Prepare("SELECT count(*) FROM segment WHERE space = ?1"));
  count.BindInt(1, space_);
  DUDAO_TRY(count.Step().status());
  return static_cast<uint64_t>(count.Int(0));
}

// A replica whose list was cut short may have something at any position after its last one, so all
// lists end there.
absl::StatusOr<SegmentTable::Lacking> SegmentTable::FindLacking(const VersionVector& delivered,
                                                                const VersionVector& known) {
  Lacking out;
  uint64_t horizon = std::numeric_limits<uint64_t>::max();
  for (const auto& [replica, seq] : delivered.entries()) {
    const uint64_t have = known.Get(replica);
    if (have >= seq) continue;
    DUDAO_ASSIGN(const bool cut, AddLacking(replica, have, out, horizon));
    out.more = out.more || cut;
  }
  if (out.more) out.positions.erase(out.positions.upper_bound(horizon), out.positions.end());
  return out;
}

absl::StatusOr<bool> SegmentTable::AddLacking(const ReplicaId& replica, uint64_t known,
                                              Lacking& out, uint64_t& horizon) {
  DUDAO_ASSIGN(const std::optional<int64_t> ix, replicas_.Find(replica));
  if (!ix) return false;
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT pos, last_seq FROM span WHERE space = ?1 AND replica = ?2 "
                           "AND last_seq > ?3 ORDER BY last_seq LIMIT ?4"));
  rows.BindInt(1, space_).BindInt(2, *ix).BindInt(3, static_cast<int64_t>(known));
  rows.BindInt(4, kSpanBatch);
  int count = 0;
  uint64_t last = 0;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) break;
    last = static_cast<uint64_t>(rows.Int(0));
    out.positions[last].push_back({replica, static_cast<uint64_t>(rows.Int(1))});
    ++count;
  }
  const bool cut = count == kSpanBatch;
  if (cut) horizon = std::min(horizon, last);
  return cut;
}

absl::Status SegmentTable::VisitAfter(uint64_t pos,
                                      const std::function<bool(const Place&)>& visit) {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT pos, source, length(body) FROM segment "
                                           "WHERE space = ?1 AND pos > ?2 AND changes > 0 "
                                           "ORDER BY pos"));
  rows.BindInt(1, space_).BindInt(2, static_cast<int64_t>(pos));
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const Place place{static_cast<uint64_t>(rows.Int(0)), rows.Int(1),
                      static_cast<size_t>(rows.Int(2))};
    if (!visit(place)) return absl::OkStatus();
  }
}

}  // namespace dudao::sync
