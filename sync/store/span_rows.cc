// The part of SegmentTable that keeps where each replica's changes are.
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "segment_table.h"

namespace dudao::sync {

// Columns: replica, first_seq, last_seq, pos, hash.
absl::StatusOr<std::vector<SegmentTable::Span>> SegmentTable::ReadSpans(Statement& rows) {
  std::vector<Span> spans;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return spans;
    Span& span = spans.emplace_back();
    DUDAO_ASSIGN(span.replica, replicas_.IdOf(rows.Int(0)));
    span.first = static_cast<uint64_t>(rows.Int(1));
    span.last = static_cast<uint64_t>(rows.Int(2));
    span.pos = static_cast<uint64_t>(rows.Int(3));
    if (!rows.IsNull(4)) span.hash = HashFromBytes(rows.Blob(4));
  }
}

absl::StatusOr<std::optional<SegmentTable::Span>> SegmentTable::SpanOf(const Dot& dot) {
  DUDAO_ASSIGN(const std::optional<int64_t> ix, replicas_.Find(dot.replica));
  if (!ix) return std::nullopt;
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT replica, first_seq, last_seq, pos, hash FROM span "
                           "WHERE space = ?1 AND replica = ?2 AND last_seq >= ?3 "
                           "ORDER BY last_seq LIMIT 1"));
  rows.BindInt(1, space_).BindInt(2, *ix).BindInt(3, static_cast<int64_t>(dot.seq));
  DUDAO_ASSIGN(std::vector<Span> spans, ReadSpans(rows));
  if (spans.empty() || spans.front().first > dot.seq) return std::nullopt;
  return std::move(spans.front());
}

absl::StatusOr<std::vector<SegmentTable::Span>> SegmentTable::SpansAt(uint64_t pos) {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT replica, first_seq, last_seq, pos, hash "
                                           "FROM span WHERE pos = ?2 AND space = ?1"));
  rows.BindInt(1, space_).BindInt(2, static_cast<int64_t>(pos));
  return ReadSpans(rows);
}

absl::StatusOr<std::vector<SegmentTable::Span>> SegmentTable::SpansAfter(const ReplicaId& replica,
                                                                         uint64_t seq) {
  DUDAO_ASSIGN(const std::optional<int64_t> ix, replicas_.Find(replica));
  if (!ix) return std::vector<Span>();
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT replica, first_seq, last_seq, pos, hash FROM span "
                           "WHERE space = ?1 AND replica = ?2 AND last_seq > ?3 "
                           "ORDER BY last_seq"));
  rows.BindInt(1, space_).BindInt(2, *ix).BindInt(3, static_cast<int64_t>(seq));
  return ReadSpans(rows);
}

absl::Status SegmentTable::PutSpan(const Span& span) {
  DUDAO_ASSIGN(const int64_t ix, replicas_.Intern(span.replica));
  DUDAO_ASSIGN(Statement put,
               db_.Prepare("INSERT OR REPLACE INTO span(space, replica, last_seq, first_seq, pos, "
                           "hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
  put.BindInt(1, space_).BindInt(2, ix).BindInt(3, static_cast<int64_t>(span.last));
  put.BindInt(4, static_cast<int64_t>(span.first)).BindInt(5, static_cast<int64_t>(span.pos));
  if (span.hash) {
    put.BindBlob(6, HashBytes(*span.hash));
  } else {
    put.BindNull(6);
  }
  return put.Run();
}

absl::Status SegmentTable::RemoveSpan(const Span& span) {
  DUDAO_ASSIGN(const int64_t ix, replicas_.Intern(span.replica));
  DUDAO_ASSIGN(Statement remove, db_.Prepare("DELETE FROM span WHERE space = ?1 AND replica = ?2 "
                                             "AND last_seq = ?3"));
  remove.BindInt(1, space_).BindInt(2, ix).BindInt(3, static_cast<int64_t>(span.last));
  return remove.Run();
}

absl::StatusOr<bool> SegmentTable::LacksHashes() {
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT 1 FROM span WHERE space = ?1 AND hash IS NULL "
                                           "LIMIT 1"));
  find.BindInt(1, space_);
  return find.Step();
}

absl::Status SegmentTable::Replace(uint64_t pos, size_t changes, std::string_view body) {
  DUDAO_ASSIGN(Statement update,
               db_.Prepare("UPDATE segment SET changes = ?2, body = ?3 WHERE pos = ?1"));
  update.BindInt(1, static_cast<int64_t>(pos)).BindInt(2, static_cast<int64_t>(changes));
  update.BindBlob(3, body);
  return update.Run();
}

}  // namespace dudao::sync
