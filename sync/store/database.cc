#include "dudao/sync/store/database.h"

#include <sqlite3.h>

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "database_key.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::sync {
namespace {

// The first release with the fix of the WAL-reset bug, which could lose commits.
constexpr int kSqliteVersionMin = 3051003;
constexpr int kBusyTimeoutMs = 5000;
// A log that once grew large is cut back to this after a checkpoint.
constexpr int kJournalBytesMax = 8 << 20;

absl::StatusOr<std::string> FirstValue(Database& db, std::string_view sql) {
  DUDAO_ASSIGN(Statement row, db.Prepare(sql));
  DUDAO_ASSIGN(const bool any, row.Step());
  return any ? std::string(row.Text(0)) : std::string();
}

// A pragma is obeyed or ignored silently; only reading it back tells.
absl::Status ExpectPragma(Database& db, std::string_view sql, std::string_view expected) {
  DUDAO_ASSIGN(const std::string value, FirstValue(db, sql));
  if (value == expected) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(db.path(), ": ", std::string(sql), " is ",
                                                    value, " and must be ", std::string(expected)));
}

absl::Status Configure(Database& db, const DatabaseOptions& options) {
  // First the settings that do not touch the file.
  DUDAO_TRY(db.Execute(
      absl::StrCat("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON;",
                   "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-", options.page_cache_kib)));
  if (!options.read_only) DUDAO_TRY(db.Execute("PRAGMA journal_mode=WAL"));
  DUDAO_TRY(db.Execute(
      absl::StrCat("PRAGMA synchronous=FULL; PRAGMA journal_size_limit=", kJournalBytesMax,
                   "; PRAGMA wal_autocheckpoint=", options.wal_autocheckpoint_pages)));
  // A copy is read as it is.
  if (!options.read_only) DUDAO_TRY(ExpectPragma(db, "PRAGMA journal_mode", "wal"));
  DUDAO_TRY(ExpectPragma(db, "PRAGMA synchronous", "2"));
  DUDAO_TRY(ExpectPragma(db, "PRAGMA foreign_keys", "1"));
  DUDAO_TRY(ExpectPragma(db, "PRAGMA trusted_schema", "0"));
  return ExpectPragma(db, "PRAGMA cell_size_check", "1");
}

absl::Status RunMigration(Database& db, absl::Span<const char* const> steps) {
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(db));
  DUDAO_ASSIGN(const std::string text, FirstValue(db, "PRAGMA user_version"));
  const size_t version = static_cast<size_t>(std::stoul(text));
  for (size_t i = version; i < steps.size(); ++i) DUDAO_TRY(db.Execute(steps[i]));
  DUDAO_TRY(db.Execute(absl::StrCat("PRAGMA user_version=", steps.size())));
  return transaction.Commit();
}

}  // namespace

struct Database::Cache {
  struct Slot {
    sqlite3_stmt* handle = nullptr;
    bool leased = false;
  };
  // Slots are lent by address.
  absl::flat_hash_map<std::string, std::vector<std::unique_ptr<Slot>>> slots;

  ~Cache() {
    for (auto& [sql, list] : slots) {
      for (auto& slot : list) sqlite3_finalize(slot->handle);
    }
  }
};

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path,
                                                         const DatabaseOptions& options) {
  if (sqlite3_libversion_number() < kSqliteVersionMin) {
    return absl::FailedPreconditionError(
        absl::StrCat("SQLite ", sqlite3_libversion(),
                     " may lose commits (WAL-reset bug); 3.51.3 or newer is needed"));
  }
  std::unique_ptr<Database> db(new Database(path, options.key));
  const int access = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int create = options.create && !options.read_only ? SQLITE_OPEN_CREATE : 0;
  const int flags = access | create | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int rc = sqlite3_open_v2(path.c_str(), &db->db_, flags, nullptr);
  if (rc != SQLITE_OK) return SqliteStatus(db->db_, rc, absl::StrCat("open ", path));
  sqlite3_busy_timeout(db->db_, kBusyTimeoutMs);
  DUDAO_TRY(TakeAlone(db->db_));
  DUDAO_TRY(ApplyKey(db->db_, path, options.key));
  if (absl::Status status = Configure(*db, options); !status.ok()) {
    if (status.code() != absl::StatusCode::kDataLoss) return status;
    return absl::DataLossError(
        absl::StrCat(path, " is not a database or is damaged: ", status.message()));
  }
  return db;
}

Database::Database(std::string path, std::string key)
    : path_(std::move(path)), key_(std::move(key)), cache_(std::make_unique<Cache>()) {}

Database::~Database() {
  cache_.reset();
  sqlite3_close_v2(db_);
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  auto it = cache_->slots.find(absl::string_view(sql.data(), sql.size()));
  if (it == cache_->slots.end()) it = cache_->slots.try_emplace(std::string(sql)).first;
  for (auto& slot : it->second) {
    if (slot->leased) continue;
    slot->leased = true;
    return Statement(db_, slot->handle, &slot->leased);
  }
  auto slot = std::make_unique<Cache::Slot>();
  const int rc = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &slot->handle, nullptr);
  if (rc != SQLITE_OK) return SqliteStatus(db_, rc, absl::StrCat("prepare ", std::string(sql)));
  slot->leased = true;
  it->second.push_back(std::move(slot));
  Cache::Slot& lent = *it->second.back();
  return Statement(db_, lent.handle, &lent.leased);
}

absl::Status Database::Execute(const std::string& sql) {
  const int rc = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return SqliteStatus(db_, rc, sql.substr(0, 60));
}

absl::Status Database::Migrate(absl::Span<const char* const> steps) {
  DUDAO_ASSIGN(const std::string text, FirstValue(*this, "PRAGMA user_version"));
  const size_t version = static_cast<size_t>(std::stoul(text));
  if (version > steps.size()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " was written by a newer version of this program: layout ", version,
                     ", known up to ", steps.size()));
  }
  if (version == steps.size()) return absl::OkStatus();
  if (version > 0) {
    const absl::Status copied = BackupTo(CopyBeforeMigration(path_, version));
    if (!copied.ok()) {
      return {copied.code(), absl::StrCat("no copy of ", path_, " could be kept, so it was not ",
                                          "brought to the new layout: ", copied.message())};
    }
  }
  return RunMigration(*this, steps);
}

int64_t Database::changes() const { return sqlite3_changes64(db_); }

int64_t Database::last_row() const { return sqlite3_last_insert_rowid(db_); }

absl::Status Database::Checkpoint() {
  const int rc =
      sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  return SqliteStatus(db_, rc, "checkpoint");
}

absl::Status Database::CheckIntegrity() {
  DUDAO_ASSIGN(const std::string first, FirstValue(*this, "PRAGMA integrity_check(1)"));
  if (first == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path_, ": ", first));
}

absl::StatusOr<Transaction> Transaction::Begin(Database& db) {
  DUDAO_ASSIGN(Statement begin, db.Prepare("BEGIN IMMEDIATE"));
  DUDAO_TRY(begin.Run());
  return Transaction(db);
}

Transaction::Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}

Transaction::~Transaction() {
  // Some errors have rolled back already.
  if (db_ == nullptr || sqlite3_get_autocommit(db_->handle()) != 0) return;
  sqlite3_exec(db_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

absl::Status Transaction::Commit() {
  DUDAO_ASSIGN(Statement commit, db_->Prepare("COMMIT"));
  DUDAO_TRY(commit.Run());
  db_ = nullptr;
  return absl::OkStatus();
}

}  // namespace dudao::sync
