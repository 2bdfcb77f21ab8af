#include "access_log.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/trust/suite.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

constexpr size_t kHashBytes = 32;
constexpr size_t kTextBytesMax = 200;
constexpr int64_t kSameRefusalMs = 60'000;
// Different refusals that are remembered, and so written, within a minute.
constexpr size_t kRefusalsMost = 300;
constexpr int64_t kSameViewMs = 600'000;
// Different views that are remembered; more are written each time.
constexpr size_t kViewsMost = 5000;

std::string Short(std::string_view text) { return Utf8(text.substr(0, kTextBytesMax)); }

}  // namespace

std::string AccessLog::RowHash(std::string_view previous, const admin::v1::AccessRow& row) {
  std::string covered("dudao-access 1\n");
  sync::PutBytes(covered, previous);
  sync::PutVarint(covered, row.position());
  sync::PutVarint(covered, static_cast<uint64_t>(row.time_ms()));
  sync::PutBytes(covered, row.actor());
  sync::PutBytes(covered, row.event());
  sync::PutBytes(covered, row.subject());
  return sync::Digest(sync::kDefaultSuite, covered);
}

AccessLog::AccessLog(ServerDb& db, std::function<int64_t()> wall_ms)
    : db_(db),
      wall_ms_(std::move(wall_ms)),
      refusals_(kSameRefusalMs, kRefusalsMost, false),
      views_(kSameViewMs, kViewsMost, true) {}

absl::StatusOr<std::unique_ptr<AccessLog>> AccessLog::Open(ServerDb& db,
                                                           std::function<int64_t()> wall_ms) {
  return std::unique_ptr<AccessLog>(new AccessLog(db, std::move(wall_ms)));
}

absl::Status AccessLog::Append(std::string_view actor, std::string_view event,
                               std::string_view subject) {
  admin::v1::AccessRow row;
  row.set_time_ms(wall_ms_());
  row.set_actor(Short(actor));
  row.set_event(Short(event));
  row.set_subject(Short(subject));
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto newest, db_.db().Prepare("SELECT position, hash FROM access "
                                             "ORDER BY position DESC LIMIT 1"));
  DUDAO_ASSIGN(const bool found, newest.Step());
  const std::string previous = found ? std::string(newest.Blob(1)) : std::string(kHashBytes, '\0');
  row.set_position(found ? static_cast<uint64_t>(newest.Int(0)) + 1 : 1);
  newest.Reset();
  DUDAO_ASSIGN(auto put, db_.db().Prepare("INSERT INTO access VALUES(?, ?, ?, ?, ?, ?)"));
  put.BindInt(1, static_cast<int64_t>(row.position()))
      .BindInt(2, row.time_ms())
      .BindText(3, row.actor())
      .BindText(4, row.event())
      .BindText(5, row.subject())
      .BindBlob(6, RowHash(previous, row));
  return put.Run();
}

bool AccessLog::Recent::IsNew(const std::string& key, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(written_ms_, [this, now_ms](const auto& written) {
    return now_ms - written.second >= window_ms_ || written.second > now_ms;
  });
  if (written_ms_.contains(key)) return false;
  if (written_ms_.size() >= most_) return beyond_;
  written_ms_[key] = now_ms;
  return true;
}

std::string AccessLog::KeyOf(std::string_view actor, std::string_view event,
                             std::string_view subject) {
  std::string key;
  sync::PutBytes(key, Short(actor));
  sync::PutBytes(key, event);
  sync::PutBytes(key, Short(subject));
  return key;
}

void AccessLog::AppendRefusal(std::string_view actor, std::string_view event,
                              std::string_view subject) {
  if (refusals_.IsNew(KeyOf(actor, event, subject), wall_ms_()))
    static_cast<void>(Append(actor, event, subject));
}

void AccessLog::AppendView(std::string_view actor, std::string_view event,
                           std::string_view subject) {
  if (views_.IsNew(KeyOf(actor, event, subject), wall_ms_()))
    static_cast<void>(Append(actor, event, subject));
}

absl::StatusOr<std::vector<admin::v1::AccessRow>> AccessLog::RowsAfter(uint64_t position,
                                                                       size_t count) {
  AccessQuery query;
  query.after = position;
  query.count = count;
  return Rows(query);
}

absl::StatusOr<std::vector<admin::v1::AccessRow>> AccessLog::Rows(const AccessQuery& query) {
  const bool first = query.after == 0;
  const std::string sql = absl::StrCat(
      "SELECT position, time_ms, actor, event, subject FROM access WHERE ",
      query.newest_first && !first ? "position < ?1" : "position > ?1",
      " AND (?2 = '' OR actor = ?2) AND (?3 = '' OR event = ?3) AND time_ms >= ?4 AND (?5 = 0 OR "
      "time_ms < ?5) ORDER BY position ",
      query.newest_first ? "DESC" : "ASC", " LIMIT ?6");
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read, db_.db().Prepare(sql));
  read.BindInt(1, static_cast<int64_t>(query.after)).BindText(2, query.actor);
  read.BindText(3, query.event).BindInt(4, query.from_ms).BindInt(5, query.before_ms);
  read.BindInt(6, static_cast<int64_t>(query.count));
  std::vector<admin::v1::AccessRow> rows;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return rows;
    admin::v1::AccessRow& row = rows.emplace_back();
    row.set_position(static_cast<uint64_t>(read.Int(0)));
    row.set_time_ms(read.Int(1));
    row.set_actor(std::string(read.Text(2)));
    row.set_event(std::string(read.Text(3)));
    row.set_subject(std::string(read.Text(4)));
  }
}

absl::StatusOr<uint64_t> AccessLog::Check() {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read, db_.db().Prepare("SELECT position, time_ms, actor, event, subject, hash "
                                           "FROM access ORDER BY position"));
  std::string previous(kHashBytes, '\0');
  uint64_t rows = 0;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return rows;
    admin::v1::AccessRow row;
    row.set_position(static_cast<uint64_t>(read.Int(0)));
    row.set_time_ms(read.Int(1));
    row.set_actor(std::string(read.Text(2)));
    row.set_event(std::string(read.Text(3)));
    row.set_subject(std::string(read.Text(4)));
    const std::string hash(read.Blob(5));
    if (row.position() != rows + 1 || hash != RowHash(previous, row)) {
      return Error(absl::StatusCode::kDataLoss, "ACCESS_LOG_DAMAGED",
                   absl::StrCat("position ", rows + 1));
    }
    previous = hash;
    ++rows;
  }
}

}  // namespace dudao::server
