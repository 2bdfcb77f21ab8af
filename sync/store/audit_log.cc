#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "audit_space.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"

namespace dudao::sync {
namespace {

constexpr uint64_t kChangesBetweenProgress = 4096;

}  // namespace

absl::Status SpaceAudit::ReadHeads() {
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT replica, seq, time, hash FROM head WHERE space = ?1"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto seq = static_cast<uint64_t>(rows.Int(1));
    DUDAO_ASSIGN(const ReplicaId replica, ReplicaAt(rows.Int(0), "HEAD_WRONG", seq));
    if (rows.Blob(3).size() != sizeof(Hash)) {
      return Broken("HEAD_WRONG", &replica, seq, "its hash has not 32 bytes");
    }
    head_rows_[replica] = {seq, static_cast<uint64_t>(rows.Int(2))};
    claims_[replica].emplace(seq, Claim{HashFromBytes(rows.Blob(3)), "HEAD_WRONG", seq});
  }
}

absl::Status SpaceAudit::ReadSpans() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT replica, first_seq, last_seq, pos, hash "
                                           "FROM span WHERE space = ?1"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto pos = static_cast<uint64_t>(rows.Int(3));
    DUDAO_ASSIGN(const ReplicaId replica, ReplicaAt(rows.Int(0), "SPAN_WRONG", pos));
    const Span span{static_cast<uint64_t>(rows.Int(1)), static_cast<uint64_t>(rows.Int(2)),
                    HashFromBytes(rows.Blob(4))};
    if (rows.Blob(4).size() != sizeof(Hash)) {
      return Broken("SPAN_WRONG", &replica, span.last, "its hash has not 32 bytes");
    }
    if (!spans_[pos].emplace(replica, span).second) {
      return Broken("SPAN_WRONG", &replica, span.last, "two spans for one segment");
    }
  }
}

absl::Status SpaceAudit::EachSegment(const Visit& visit) {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT pos, source, changes, body FROM segment "
                                           "WHERE space = ?1 ORDER BY pos"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto pos = static_cast<uint64_t>(rows.Int(0));
    DUDAO_TRY(ReplicaAt(rows.Int(1), "SEGMENT_SOURCE_UNKNOWN", pos).status());
    const auto changes = DecodeSegment(row_.name, rows.Blob(3));
    if (!changes.ok()) {
      return Broken("SEGMENT_DAMAGED", nullptr, pos, std::string(changes.status().message()));
    }
    if (static_cast<size_t>(rows.Int(2)) != changes->size()) {
      return Broken("SEGMENT_COUNT_WRONG", nullptr, pos,
                    absl::StrCat(changes->size(), " changes, the row says ", rows.Int(2)));
    }
    DUDAO_TRY(visit(pos, *changes));
  }
}

absl::Status SpaceAudit::EachFresh(
    const std::function<absl::Status(const Change&, const Hash&, uint64_t ix)>& visit) {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT ix, seq, hash, body FROM fresh "
                                           "WHERE space = ?1 ORDER BY ix"));
  rows.BindInt(1, row_.ix);
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto ix = static_cast<uint64_t>(rows.Int(0));
    const auto change = DecodeChange(rows.Blob(3));
    if (!change.ok())
      return Broken("SAVE_DAMAGED", &row_.self, ix, std::string(change.status().message()));
    const bool fits = change->replica == row_.self &&
                      change->seq == static_cast<uint64_t>(rows.Int(1)) &&
                      rows.Blob(2).size() == sizeof(Hash) && EncodeChange(*change) == rows.Blob(3);
    if (!fits) {
      return Broken("SAVE_DAMAGED", &row_.self, change->seq, "the row does not fit its change");
    }
    DUDAO_TRY(visit(*change, HashFromBytes(rows.Blob(2)), ix));
  }
}

absl::Status SpaceAudit::WalkLog() {
  DUDAO_ASSIGN(Statement count, db_.Prepare("SELECT (SELECT coalesce(sum(changes), 0) FROM segment "
                                            "WHERE space = ?1) + (SELECT count(*) FROM fresh "
                                            "WHERE space = ?1)"));
  count.BindInt(1, row_.ix);
  DUDAO_TRY(count.Step().status());
  changes_all_ = static_cast<uint64_t>(count.Int(0));
  count.Reset();
  const Visit check = [this](uint64_t pos, const std::vector<Change>& changes) {
    ++outcome_.counts.segments;
    const absl::Status held = CheckSegment(pos, changes);
    return held.ok() ? CheckLinks(pos, changes) : held;
  };
  DUDAO_TRY(EachSegment(check));
  if (!spans_.empty()) {
    return Broken("SEGMENT_MISSING", &spans_.begin()->second.begin()->first,
                  spans_.begin()->second.begin()->second.first,
                  absl::StrCat("no segment at position ", spans_.begin()->first));
  }
  DUDAO_TRY(CheckFresh());
  return CheckHeads();
}

absl::Status SpaceAudit::CheckSegment(uint64_t pos, const std::vector<Change>& changes) {
  Spans found;
  for (const Change& change : changes) {
    DUDAO_TRY(CheckNext(change));
    Span& span = found.try_emplace(change.replica, Span{change.seq, change.seq, {}}).first->second;
    span.last = change.seq;
    span.hash = state_.heads[change.replica].hash;
  }
  const auto stored = spans_.find(pos);
  const Spans& expected = stored == spans_.end() ? Spans() : stored->second;
  for (const auto& [replica, span] : found) {
    const auto it = expected.find(replica);
    if (it == expected.end() || it->second != span) {
      return Broken("SPAN_WRONG", &replica, span.last,
                    absl::StrCat("what is noted of the segment at ", pos, " is not what it holds"));
    }
  }
  if (expected.size() != found.size()) {
    return Broken("SPAN_WRONG", nullptr, pos, "a span of a replica that is not in the segment");
  }
  spans_.erase(pos);
  return absl::OkStatus();
}

absl::Status SpaceAudit::CheckNext(const Change& change) {
  SpaceState::Head& head = state_.heads[change.replica];
  if (change.seq != head.seq + 1) {
    return Broken("CHANGE_MISSING", &change.replica, head.seq + 1,
                  absl::StrCat("found is number ", change.seq));
  }
  const std::string canonical = CanonicalChange(row_.name, change);
  const auto aside = in_log_.find(change.dot());
  const auto apart = apart_.find(change.dot());
  if (aside != in_log_.end() && Sha256(canonical) != aside->second.hash) {
    return Broken("KEPT_ASIDE_WRONG", &change.replica, change.seq,
                  "what was kept aside is not the change in the log");
  }
  if (apart != apart_.end() && apart->second.contains(Sha256(canonical))) {
    return Broken("KEPT_ASIDE_WRONG", &change.replica, change.seq,
                  "kept apart from the log is what the log holds");
  }
  head = {change.seq, ChainHash(head.hash, row_.name, change)};
  times_[change.replica] = change.time.Pack();
  auto& claims = claims_[change.replica];
  for (auto it = claims.begin(); it != claims.end() && it->first <= change.seq;) {
    if (it->first == change.seq && it->second.hash != head.hash) {
      return Broken(it->second.reason, &change.replica, it->second.number,
                    absl::StrCat("another chain hash at number ", change.seq));
    }
    it = claims.erase(it);
  }
  ++outcome_.counts.changes;
  if (options_.is_own && options_.is_own(row_.name, change.replica)) {
    ++outcome_.counts.own_changes;
  }
  if (++changes_ % kChangesBetweenProgress == 0 && options_.progress) {
    options_.progress(row_.name, changes_, changes_all_);
  }
  return options_.visitor.change ? options_.visitor.change(row_.name, change, head.hash)
                                 : absl::OkStatus();
}

absl::Status SpaceAudit::CheckFresh() {
  return EachFresh([this](const Change& change, const Hash& hash, uint64_t) {
    const auto head = state_.heads[row_.self];
    if (change.seq == head.seq + 1 && ChainHash(head.hash, row_.name, change) != hash) {
      return Broken("SAVE_DAMAGED", &row_.self, change.seq, "another chain hash");
    }
    return CheckNext(change);
  });
}

absl::Status SpaceAudit::CheckHeads() {
  for (const auto& [replica, claims] : claims_) {
    if (claims.empty()) continue;
    const auto& [seq, claim] = *claims.begin();
    return Broken(claim.reason, &replica, claim.number,
                  absl::StrCat("number ", seq, " is named and not in the log"));
  }
  for (const auto& [replica, head] : state_.heads) {
    const auto row = head_rows_.find(replica);
    const uint64_t noted = row == head_rows_.end() ? 0 : row->second.seq;
    // Own saves are written back later.
    if (noted != head.seq && replica != row_.self) {
      return Broken("HEAD_WRONG", &replica, noted, absl::StrCat("the log reaches ", head.seq));
    }
    if (noted == head.seq && noted > 0 && row->second.time != times_[replica]) {
      return Broken("HEAD_WRONG", &replica, noted, "another time");
    }
  }
  for (const auto& [dot, hashes] : apart_) {
    const auto head = state_.heads.find(dot.replica);
    if (dot.seq == 0 || dot.replica.IsZero()) continue;
    if (head != state_.heads.end() && dot.seq <= head->second.seq) continue;
    return Broken("KEPT_ASIDE_WRONG", &dot.replica, dot.seq, "its number is not taken in the log");
  }
  outcome_.counts.replicas += state_.heads.size();
  return absl::OkStatus();
}

// Which records a segment wrote: an index of the log, from which histories are read.
absl::Status SpaceAudit::CheckLinks(uint64_t pos, const std::vector<Change>& changes) {
  std::set<RecordId> written;
  for (const Change& change : changes) {
    if (!Merged(change)) continue;
    for (const Operation& op : change.ops) written.insert(op.record);
  }
  DUDAO_ASSIGN(Statement find,
               db_.Prepare("SELECT 1 FROM record JOIN segment_record ON record = ix AND pos = ?4 "
                           "WHERE space = ?1 AND type = ?2 AND key = ?3"));
  for (const RecordId& id : written) {
    find.BindInt(1, row_.ix).BindInt(2, id.type).BindBlob(3, id.key);
    find.BindInt(4, static_cast<int64_t>(pos));
    DUDAO_ASSIGN(const bool found, find.Step());
    find.Reset();
    if (!found) {
      return Broken("INDEX_WRONG", nullptr, pos,
                    absl::StrCat("the segment is not noted for a record of type ", id.type));
    }
  }
  return absl::OkStatus();
}

}  // namespace dudao::sync
