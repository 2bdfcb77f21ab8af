#include "sessions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/suite.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr size_t kTokenTextBytes = 43;  // in base64url without padding
constexpr int64_t kStoreEveryMs = 60'000;
constexpr size_t kSessionsOfOneMost = 20;

std::string HashOf(std::string_view token) { return sync::Digest(sync::kDefaultSuite, token); }

}  // namespace

absl::StatusOr<std::unique_ptr<Sessions>> Sessions::Open(ServerDb& db, SessionLimits limits) {
  std::unique_ptr<Sessions> sessions(new Sessions(db, limits));
  absl::MutexLock lock(&sessions->mutex_);
  absl::MutexLock db_lock(&db.mutex());
  DUDAO_ASSIGN(auto read,
               db.db().Prepare("SELECT hash, person_id, started_ms, used_ms FROM session"));
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return sessions;
    sessions->sessions_[std::string(read.Blob(0))] = {std::string(read.Text(1)), read.Int(2),
                                                      read.Int(3), read.Int(3)};
  }
}

bool Sessions::Ended(const Session& session, int64_t now_ms) const {
  return now_ms - session.used_ms >= absl::ToInt64Milliseconds(limits_.idle) ||
         now_ms - session.started_ms >= absl::ToInt64Milliseconds(limits_.absolute);
}

absl::Status Sessions::Remove(const std::string& hash) {
  sessions_.erase(hash);
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto remove, db_.db().Prepare("DELETE FROM session WHERE hash = ?"));
  remove.BindBlob(1, hash);
  return remove.Run();
}

// Ended ones go; of one person only so many stay, the longest unused goes first.
absl::Status Sessions::MakeRoom(std::string_view person_id, int64_t now_ms) {
  std::vector<std::string> ended;
  std::vector<std::pair<int64_t, std::string>> own;
  for (const auto& [hash, session] : sessions_) {
    if (Ended(session, now_ms)) {
      ended.push_back(hash);
    } else if (session.person_id == person_id) {
      own.emplace_back(session.used_ms, hash);
    }
  }
  std::sort(own.begin(), own.end());
  for (size_t i = 0; i + kSessionsOfOneMost <= own.size(); ++i) ended.push_back(own[i].second);
  for (const std::string& hash : ended) DUDAO_TRY(Remove(hash));
  return absl::OkStatus();
}

absl::StatusOr<Sessions::Started> Sessions::Start(std::string_view person_id, int64_t now_ms) {
  Started started;
  absl::WebSafeBase64Escape(RandomBytes(kTokenBytes), &started.token);
  while (!started.token.empty() && started.token.back() == '=') started.token.pop_back();
  started.expires_ms = now_ms + absl::ToInt64Milliseconds(limits_.absolute);
  const std::string hash = HashOf(started.token);
  absl::MutexLock lock(&mutex_);
  DUDAO_TRY(MakeRoom(person_id, now_ms));
  {
    absl::MutexLock db_lock(&db_.mutex());
    DUDAO_ASSIGN(auto put, db_.db().Prepare("INSERT INTO session VALUES(?, ?, ?, ?)"));
    put.BindBlob(1, hash).BindText(2, person_id).BindInt(3, now_ms).BindInt(4, now_ms);
    DUDAO_TRY(put.Run());
  }
  sessions_[hash] = {std::string(person_id), now_ms, now_ms, now_ms};
  return started;
}

std::optional<std::string> Sessions::Use(std::string_view token, int64_t now_ms) {
  if (token.size() != kTokenTextBytes) return std::nullopt;
  const std::string hash = HashOf(token);
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(hash);
  if (found == sessions_.end()) return std::nullopt;
  Session& session = found->second;
  if (Ended(session, now_ms)) {
    static_cast<void>(Remove(hash));  // it has ended, whether or not the row could be removed
    return std::nullopt;
  }
  session.used_ms = std::max(session.used_ms, now_ms);
  if (session.used_ms - session.stored_ms >= kStoreEveryMs) {
    absl::MutexLock db_lock(&db_.mutex());
    auto put = db_.db().Prepare("UPDATE session SET used_ms = ? WHERE hash = ?");
    if (put.ok() && put->BindInt(1, session.used_ms).BindBlob(2, hash).Run().ok())
      session.stored_ms = session.used_ms;
  }
  return session.person_id;
}

std::optional<std::string> Sessions::PersonOf(std::string_view token, int64_t now_ms) const {
  if (token.size() != kTokenTextBytes) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(HashOf(token));
  if (found == sessions_.end() || Ended(found->second, now_ms)) return std::nullopt;
  return found->second.person_id;
}

absl::Status Sessions::End(std::string_view token) {
  absl::MutexLock lock(&mutex_);
  return Remove(HashOf(token));
}

absl::Status Sessions::EndAllOf(std::string_view person_id, std::string_view but) {
  const std::string kept = but.empty() ? std::string() : HashOf(but);
  absl::MutexLock lock(&mutex_);
  {
    absl::MutexLock db_lock(&db_.mutex());
    DUDAO_ASSIGN(auto remove,
                 db_.db().Prepare("DELETE FROM session WHERE person_id = ? AND hash <> ?"));
    remove.BindText(1, person_id).BindBlob(2, kept);
    DUDAO_TRY(remove.Run());
  }
  std::erase_if(sessions_, [&](const auto& session) {
    return session.second.person_id == person_id && session.first != kept;
  });
  return absl::OkStatus();
}

}  // namespace dudao::server
