#include "control_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"
#include "reason.h"

namespace dudao::server {
namespace {

using trust::v1::ControlBody;
using trust::v1::ControlEntry;

constexpr size_t kHash8Bytes = 8;

ControlBody BodyOf(const ControlEntry& entry) {
  ControlBody body;
  body.ParseFromString(entry.body());
  return body;
}

// What a Recovered entry carries in the end; the entry itself where it is none.
ControlEntry Innermost(ControlEntry entry) {
  constexpr int kDepthMost = 8;
  for (int depth = 0; depth < kDepthMost; ++depth) {
    const ControlBody body = BodyOf(entry);
    if (!body.has_recovered()) break;
    entry = body.recovered().entry();
  }
  return entry;
}

// What an entry is about: later entries about the same overrule earlier ones.
std::string SubjectOf(const ControlBody& body) {
  switch (body.what_case()) {
    case ControlBody::kSpace:
      return absl::StrCat("space ", body.space().space());
    case ControlBody::kPerson:
      return absl::StrCat("person ", body.person().person_id());
    case ControlBody::kDevice:
      return absl::StrCat("device ", body.device().device_id());
    case ControlBody::kVerdict:
      return absl::StrCat("verdict ", body.verdict().space(), " ", body.verdict().seq(), " ",
                          body.verdict().replica(), body.verdict().change_hash());
    default:
      return {};
  }
}

}  // namespace

absl::StatusOr<bool> ControlLog::Exists(ServerDb& db) {
  absl::MutexLock lock(&db.mutex());
  DUDAO_ASSIGN(auto read, db.db().Prepare("SELECT 1 FROM control LIMIT 1"));
  return read.Step();
}

absl::StatusOr<uint64_t> ControlLog::Length(ServerDb& db) {
  absl::MutexLock lock(&db.mutex());
  DUDAO_ASSIGN(auto read, db.db().Prepare("SELECT count(*) FROM control"));
  DUDAO_TRY(read.Step().status());
  return static_cast<uint64_t>(read.Int(0));
}

absl::StatusOr<std::unique_ptr<ControlLog>> ControlLog::Open(ServerDb& db, const ServerKey& key,
                                                             int64_t wall_ms) {
  std::unique_ptr<ControlLog> log(new ControlLog(db, key));
  absl::MutexLock lock(&log->mutex_);
  DUDAO_TRY(log->Load());
  DUDAO_TRY(log->CheckKeys());
  DUDAO_TRY(log->Announce(wall_ms));
  return log;
}

absl::Status ControlLog::CheckKeys() const {
  for (const auto& [number, announced] : chain_.keys()) {
    if (number > key_.number())
      return Error(absl::StatusCode::kFailedPrecondition, "SERVER_KEY_OLD",
                   absl::StrCat("key ", number));
    if (announced.public_key() != key_.SigningOf(number).public_key)
      return Error(absl::StatusCode::kDataLoss, "CONTROL_LOG_DAMAGED", "another server's key");
  }
  return absl::OkStatus();
}

// One at a time: what a crash leaves undone the next start does.
absl::Status ControlLog::Announce(int64_t wall_ms) {
  while (chain_.keys().size() < key_.number()) {
    const auto number = static_cast<uint32_t>(chain_.keys().size() + 1);
    sync::ControlChain chain = chain_;
    Body body;
    *body.mutable_server_key() = key_.Public(number);
    if (number > 1)
      DUDAO_TRY(
          sync::SignServerKey(key_.SigningOf(number), chain.hash(), *body.mutable_server_key()));
    DUDAO_ASSIGN(Entry entry, Sign(chain, body, "system", wall_ms));
    DUDAO_TRY(Store({std::move(entry)}, std::move(chain)));
  }
  return absl::OkStatus();
}

absl::Status ControlLog::Load() {
  auto authority = std::make_shared<Authority>();
  {
    absl::MutexLock lock(&db_.mutex());
    DUDAO_ASSIGN(auto read, db_.db().Prepare("SELECT entry FROM control ORDER BY position"));
    while (true) {
      DUDAO_ASSIGN(const bool more, read.Step());
      if (!more) break;
      Entry entry;
      if (!entry.ParseFromString(std::string(read.Blob(0))) || !chain_.Append(entry).ok()) {
        return Error(absl::StatusCode::kDataLoss, "CONTROL_LOG_DAMAGED",
                     absl::StrCat("position ", chain_.position() + 1));
      }
      authority->Apply(entry);
      Remember(entry);
    }
  }
  authority_ = std::move(authority);
  return absl::OkStatus();
}

void ControlLog::Remember(const Entry& entry) {
  const Entry inner = Innermost(entry);
  const std::string subject = SubjectOf(BodyOf(inner));
  if (subject.empty()) return;
  int64_t& time_ms = subject_ms_[subject];
  time_ms = std::max(time_ms, inner.time_ms());
}

absl::StatusOr<ControlLog::Entry> ControlLog::Sign(sync::ControlChain& chain, const Body& body,
                                                   std::string_view actor, int64_t wall_ms) const {
  Entry entry;
  entry.set_position(chain.position() + 1);
  entry.set_time_ms(wall_ms);
  entry.set_actor(std::string(actor));
  entry.set_body(body.SerializeAsString());
  entry.set_previous(chain.hash());
  const uint32_t number = chain.newest_key() == nullptr ? 1 : chain.newest_key()->key();
  entry.set_key(number);
  DUDAO_TRY(sync::SignControl(key_.SigningOf(number), entry));
  DUDAO_TRY(chain.Append(entry));
  return entry;
}

absl::Status ControlLog::Store(const std::vector<Entry>& entries, sync::ControlChain chain) {
  if (entries.empty()) return absl::OkStatus();
  auto authority = std::make_shared<Authority>(*authority_);
  {
    absl::MutexLock lock(&db_.mutex());
    DUDAO_ASSIGN(auto transaction, sync::Transaction::Begin(db_.db()));
    for (const Entry& entry : entries) {
      const Body body = BodyOf(entry);
      DUDAO_ASSIGN(auto put,
                   db_.db().Prepare("INSERT INTO control(position, entry, hash, recovered) "
                                    "VALUES(?, ?, ?, ?)"));
      put.BindInt(1, static_cast<int64_t>(entry.position()))
          .BindBlob(2, entry.SerializeAsString())
          .BindBlob(3, sync::ControlHash(entry));
      if (body.has_recovered()) {
        put.BindBlob(4, sync::ControlHash(body.recovered().entry()));
      } else {
        put.BindNull(4);
      }
      DUDAO_TRY(put.Run());
      authority->Apply(entry);
    }
    DUDAO_TRY(transaction.Commit());
  }
  for (const Entry& entry : entries) Remember(entry);
  chain_ = std::move(chain);
  authority_ = std::move(authority);
  return absl::OkStatus();
}

absl::StatusOr<ControlLog::Entry> ControlLog::Append(const Body& body, std::string_view actor,
                                                     int64_t wall_ms) {
  DUDAO_ASSIGN(auto entries, Decide([&body](const Authority&) { return std::vector<Body>{body}; },
                                    actor, wall_ms));
  return std::move(entries.front());
}

absl::StatusOr<std::vector<ControlLog::Entry>> ControlLog::Decide(const Decision& decide,
                                                                  std::string_view actor,
                                                                  int64_t wall_ms) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(const std::vector<Body> bodies, decide(*authority_));
  sync::ControlChain chain = chain_;
  std::vector<Entry> entries;
  for (const Body& body : bodies) {
    DUDAO_ASSIGN(Entry entry, Sign(chain, body, actor, wall_ms));
    entries.push_back(std::move(entry));
  }
  DUDAO_TRY(Store(entries, std::move(chain)));
  return entries;
}

std::shared_ptr<const ControlLog::Authority> ControlLog::Snapshot() const {
  absl::MutexLock lock(&mutex_);
  return authority_;
}

ControlLog::Chain ControlLog::chain() const {
  absl::MutexLock lock(&mutex_);
  return {chain_.position(), chain_.hash8()};
}

absl::StatusOr<std::optional<std::string>> ControlLog::Hash8At(uint64_t position) const {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read, db_.db().Prepare("SELECT hash FROM control WHERE position = ?"));
  read.BindInt(1, static_cast<int64_t>(position));
  DUDAO_ASSIGN(const bool found, read.Step());
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(read.Blob(0).substr(0, kHash8Bytes));
}

absl::StatusOr<std::optional<ControlLog::Entry>> ControlLog::EntryAt(uint64_t position) const {
  if (position == 0) return std::optional<Entry>();
  DUDAO_ASSIGN(auto entries, EntriesAfter(position - 1, 1));
  if (entries.empty() || entries.front().position() != position) return std::optional<Entry>();
  return std::optional<Entry>(std::move(entries.front()));
}

absl::StatusOr<std::vector<ControlLog::Entry>> ControlLog::EntriesAfter(uint64_t position,
                                                                        size_t count) const {
  constexpr uint64_t kPositionMost = uint64_t{1} << 62;
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read, db_.db().Prepare("SELECT entry FROM control WHERE position > ? "
                                           "ORDER BY position LIMIT ?"));
  read.BindInt(1, static_cast<int64_t>(std::min(position, kPositionMost)))
      .BindInt(2, static_cast<int64_t>(std::min<uint64_t>(count, kPositionMost)));
  std::vector<Entry> entries;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return entries;
    if (!entries.emplace_back().ParseFromString(std::string(read.Blob(0))))
      return Error(absl::StatusCode::kDataLoss, "CONTROL_LOG_DAMAGED");
  }
}

absl::StatusOr<bool> ControlLog::Knows(const Entry& entry) {
  const std::string hash = sync::ControlHash(entry);
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read,
               db_.db().Prepare("SELECT 1 FROM control WHERE hash = ?1 OR recovered = ?1"));
  read.BindBlob(1, hash);
  return read.Step();
}

// A lost device stays lost, whatever else is remembered; apart from that the newer word holds.
bool ControlLog::Overruled(const Authority& authority, const Entry& inner) const {
  const Body body = BodyOf(inner);
  const std::string subject = SubjectOf(body);
  if (subject.empty()) return true;
  if (body.has_device()) {
    const auto* now = authority.Device(body.device().device_id());
    if (now != nullptr && now->state() == trust::v1::DEVICE_STATE_REVOKED) return true;
    if (body.device().state() == trust::v1::DEVICE_STATE_REVOKED) return false;
  }
  const auto newest = subject_ms_.find(subject);
  return newest != subject_ms_.end() && newest->second > inner.time_ms();
}

std::vector<bool> ControlLog::Believed(absl::Span<const Entry> entries) const {
  absl::MutexLock lock(&mutex_);
  return chain_.Believed(entries);
}

absl::StatusOr<std::vector<ControlLog::Entry>> ControlLog::KeyEntries() const {
  std::vector<uint64_t> positions;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [number, key] : chain_.keys()) {
      if (number > 1) positions.push_back(chain_.AnnouncedAt(number));
    }
  }
  std::vector<Entry> entries;
  for (const uint64_t position : positions) {
    DUDAO_ASSIGN(auto entry, EntryAt(position));
    if (entry) entries.push_back(*std::move(entry));
  }
  return entries;
}

uint64_t ControlLog::KeySince() const {
  absl::MutexLock lock(&mutex_);
  return chain_.AnnouncedAt(chain_.newest_key()->key());
}

bool ControlLog::ShowsNewerKey(const Entry& entry) const {
  const Body body = BodyOf(entry);
  return body.has_server_key() && body.server_key().key() > key_.number() &&
         body.server_key().server_id() == key_.server_id() && chain_.IsOurNewest(entry) &&
         sync::CheckServerKey(body.server_key(), entry.previous()).ok();
}

absl::StatusOr<std::vector<ControlLog::Entry>> ControlLog::Adopt(absl::Span<const Entry> entries,
                                                                 int64_t wall_ms) {
  absl::MutexLock lock(&mutex_);
  for (const Entry& entry : entries) {
    if (ShowsNewerKey(entry)) return Error(absl::StatusCode::kFailedPrecondition, "SERVER_KEY_OLD");
  }
  const std::vector<bool> believed = chain_.Believed(entries);
  std::vector<Entry> fresh;
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    sync::ControlChain chain = chain_;
    if (chain.Append(entry).ok()) {
      DUDAO_TRY(Store({entry}, std::move(chain)));
      fresh.push_back(entry);
      continue;
    }
    const Entry inner = Innermost(entry);
    if (!believed[i] || !chain_.IsOurs(inner)) continue;
    DUDAO_ASSIGN(const bool known, Knows(entry));
    DUDAO_ASSIGN(const bool inner_known, Knows(inner));
    if (known || inner_known || Overruled(*authority_, inner)) continue;
    Body body;
    body.mutable_recovered()->set_position(inner.position());
    *body.mutable_recovered()->mutable_entry() = inner;
    DUDAO_ASSIGN(Entry recovered, Sign(chain, body, "system", wall_ms));
    DUDAO_TRY(Store({recovered}, std::move(chain)));
    fresh.push_back(std::move(recovered));
  }
  return fresh;
}

}  // namespace dudao::server
