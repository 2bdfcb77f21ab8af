#include "people.h"

#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int kWrongMost = 5;
constexpr int64_t kLockMs = 15 * 60'000;
constexpr int kLockDoublingsMost = 7;
constexpr int64_t kLockMostMs = 24 * 60 * 60'000;
// Ids of nobody whose wrong tries are remembered.
constexpr size_t kStrangersMost = 500;
// Passwords hashed at once; each takes tens of MiB and a processor.
constexpr int kHashingMost = 2;
constexpr size_t kSaltBytes = 16;
constexpr size_t kIdBytesMost = 64;

class Counted {
 public:
  explicit Counted(std::atomic<int>& count) : count_(count), before_(count.fetch_add(1)) {}
  ~Counted() { count_.fetch_sub(1); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  int before() const { return before_; }

 private:
  std::atomic<int>& count_;
  const int before_;
};

absl::Status Wrong() { return Error(absl::StatusCode::kUnauthenticated, "CREDENTIALS_WRONG"); }

}  // namespace

absl::StatusOr<std::unique_ptr<People>> People::Open(ServerDb& db, sync::ScryptCost cost) {
  std::unique_ptr<People> people(new People(db, cost));
  DUDAO_ASSIGN(people->decoy_, sync::HashPassword(RandomPassword(), RandomBytes(kSaltBytes), cost));
  DUDAO_TRY(people->Load());
  return people;
}

absl::Status People::Load() {
  absl::MutexLock lock(&mutex_);
  absl::MutexLock db_lock(&db_.mutex());
  DUDAO_ASSIGN(auto secrets, db_.db().Prepare("SELECT person_id, hash, must_change, "
                                              "last_sign_in_ms FROM person_secret"));
  while (true) {
    DUDAO_ASSIGN(const bool more, secrets.Step());
    if (!more) break;
    secrets_[std::string(secrets.Text(0))] = {std::string(secrets.Text(1)), secrets.Int(2) != 0,
                                              secrets.Int(3)};
  }
  DUDAO_ASSIGN(auto attempts, db_.db().Prepare("SELECT person_id, wrong, locks, locked_until_ms, "
                                               "last_ms FROM sign_in_attempt"));
  while (true) {
    DUDAO_ASSIGN(const bool more, attempts.Step());
    if (!more) return absl::OkStatus();
    attempts_[std::string(attempts.Text(0))] = {static_cast<int>(attempts.Int(1)),
                                                static_cast<int>(attempts.Int(2)), attempts.Int(3),
                                                attempts.Int(4)};
  }
}

absl::Status People::StoreSecret(const std::string& person_id, const Secret& secret) {
  {
    absl::MutexLock lock(&db_.mutex());
    DUDAO_ASSIGN(auto put,
                 db_.db().Prepare("INSERT OR REPLACE INTO person_secret VALUES(?, ?, ?, ?)"));
    put.BindText(1, person_id)
        .BindText(2, secret.hash)
        .BindInt(3, secret.must_change ? 1 : 0)
        .BindInt(4, secret.last_sign_in_ms);
    DUDAO_TRY(put.Run());
  }
  secrets_[person_id] = secret;
  return absl::OkStatus();
}

absl::Status People::StoreAttempts(const std::string& person_id, const Attempts& attempts) {
  {
    absl::MutexLock lock(&db_.mutex());
    DUDAO_ASSIGN(auto put,
                 db_.db().Prepare("INSERT OR REPLACE INTO sign_in_attempt VALUES(?, ?, ?, ?, ?)"));
    put.BindText(1, person_id)
        .BindInt(2, attempts.wrong)
        .BindInt(3, attempts.locks)
        .BindInt(4, attempts.locked_until_ms)
        .BindInt(5, attempts.last_ms);
    DUDAO_TRY(put.Run());
  }
  attempts_[person_id] = attempts;
  return absl::OkStatus();
}

// Whoever tries ids at random must not fill the disk; people's own rows stay.
absl::Status People::ForgetStrangers(const std::string& keep) {
  if (attempts_.size() <= secrets_.size() + kStrangersMost) return absl::OkStatus();
  std::string oldest;
  int64_t oldest_ms = 0;
  for (const auto& [id, attempts] : attempts_) {
    if (secrets_.contains(id) || id == keep) continue;
    if (oldest.empty() || attempts.last_ms < oldest_ms) {
      oldest = id;
      oldest_ms = attempts.last_ms;
    }
  }
  if (oldest.empty()) return absl::OkStatus();
  attempts_.erase(oldest);
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto remove, db_.db().Prepare("DELETE FROM sign_in_attempt WHERE person_id = ?"));
  remove.BindText(1, oldest);
  return remove.Run();
}

absl::StatusOr<std::string> People::BeginTry(const std::string& person_id, bool known,
                                             int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  const auto found = attempts_.find(person_id);
  Attempts attempts = found == attempts_.end() ? Attempts() : found->second;
  if (attempts.locked_until_ms > now_ms)
    return Error(absl::StatusCode::kUnauthenticated, "ACCOUNT_LOCKED");
  attempts.last_ms = now_ms;
  if (++attempts.wrong >= kWrongMost) {
    const int64_t lock_ms = kLockMs << std::min(attempts.locks, kLockDoublingsMost);
    attempts.locked_until_ms = now_ms + std::min(lock_ms, kLockMostMs);
    attempts.wrong = 0;
    attempts.locks = std::min(attempts.locks + 1, kLockDoublingsMost);
  }
  DUDAO_TRY(StoreAttempts(person_id, attempts));
  DUDAO_TRY(ForgetStrangers(person_id));
  const auto secret = secrets_.find(person_id);
  return known && secret != secrets_.end() ? secret->second.hash : decoy_;
}

absl::Status People::ForgetTries(const std::string& person_id) {
  absl::MutexLock lock(&mutex_);
  attempts_.erase(person_id);
  absl::MutexLock db_lock(&db_.mutex());
  DUDAO_ASSIGN(auto remove, db_.db().Prepare("DELETE FROM sign_in_attempt WHERE person_id = ?"));
  remove.BindText(1, person_id);
  return remove.Run();
}

absl::Status People::CheckPassword(std::string_view person_id, std::string_view password,
                                   bool known, int64_t now_ms) {
  if (person_id.empty() || person_id.size() > kIdBytesMost) return Wrong();
  const Counted hashing(hashing_);
  if (hashing.before() >= kHashingMost)
    return Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY");
  const std::string id(person_id);
  DUDAO_ASSIGN(const std::string hash, BeginTry(id, known, now_ms));
  const bool right = sync::CheckPassword(password, hash);
  if (!right || hash == decoy_) return Wrong();
  return ForgetTries(id);
}

absl::Status People::SetPassword(std::string_view person_id, std::string_view password,
                                 bool must_change) {
  DUDAO_TRY(CheckPasswordRules(person_id, password));
  DUDAO_ASSIGN(const std::string hash,
               sync::HashPassword(password, RandomBytes(kSaltBytes), cost_));
  const std::string id(person_id);
  {
    absl::MutexLock lock(&mutex_);
    Secret secret = secrets_[id];
    secret.hash = hash;
    secret.must_change = must_change;
    DUDAO_TRY(StoreSecret(id, secret));
  }
  return ForgetTries(id);
}

absl::Status People::RememberSignIn(std::string_view person_id, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  const auto found = secrets_.find(person_id);
  if (found == secrets_.end()) return absl::OkStatus();
  Secret secret = found->second;
  secret.last_sign_in_ms = now_ms;
  return StoreSecret(std::string(person_id), secret);
}

People::State People::StateOf(std::string_view person_id) const {
  absl::MutexLock lock(&mutex_);
  State state;
  if (const auto secret = secrets_.find(person_id); secret != secrets_.end()) {
    state.has_password = true;
    state.must_change = secret->second.must_change;
    state.last_sign_in_ms = secret->second.last_sign_in_ms;
  }
  if (const auto attempts = attempts_.find(person_id); attempts != attempts_.end())
    state.locked_until_ms = attempts->second.locked_until_ms;
  return state;
}

std::string People::RandomPassword() {
  // No 0 and O, no 1, l and I. Bytes beyond a multiple of their number are left out, so that each
  // is as likely as the other.
  static constexpr std::string_view kCharacters =
      "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  constexpr size_t kLength = 14;
  constexpr size_t kFair = 256 - 256 % kCharacters.size();
  std::string password;
  while (password.size() < kLength) {
    for (const char c : RandomBytes(kLength)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < kFair && password.size() < kLength)
        password.push_back(kCharacters[byte % kCharacters.size()]);
    }
  }
  return password;
}

}  // namespace dudao::server
