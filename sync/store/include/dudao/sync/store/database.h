// SQLite as this project uses it: move-only handles, bound parameters, checked pragmas.
//
// Open sets and verifies WAL, synchronous=FULL, foreign keys and a busy time-out, and refuses an
// SQLite older than 3.51.3 (WAL-reset bug). One connection per file and process does all writing
// and checkpointing. A Database is used by one thread at a time; Statements and Transactions borrow
// it and must not outlive it. Errors (mapped once, from extended codes): full ->
// RESOURCE_EXHAUSTED, corrupt or no database -> DATA_LOSS, busy or locked -> UNAVAILABLE,
// constraint -> ALREADY_EXISTS, other I/O -> UNAVAILABLE, newer user_version ->
// FAILED_PRECONDITION. Encryption is ChaCha20-Poly1305 page by page, over file and write-ahead log
// (SQLite3 Multiple Ciphers): a key that is wrong, or lacking -> UNAUTHENTICATED with
// kStorageKeyWrong in the message; a key for a plain file -> FAILED_PRECONDITION with
// kStorageNotEncrypted. With another key, a damaged first page looks the same; restore then.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dudao::sync {

inline constexpr std::string_view kStorageKeyWrong = "STORAGE_KEY_WRONG";
inline constexpr std::string_view kStorageNotEncrypted = "STORAGE_NOT_ENCRYPTED";
inline constexpr size_t kDatabaseKeyBytes = 32;

struct DatabaseOptions {
  bool create = true;
  bool read_only = false;
  int page_cache_kib = 8 << 10;
  // Pages after which a commit checkpoints by itself; the owner of a long-lived server file may
  // raise it.
  int wal_autocheckpoint_pages = 1000;
  // kDatabaseKeyBytes random bytes, used as they are; empty: the file is not encrypted.
  std::string key;
};

// A prepared statement. Bind, Step through rows, Reset; obtained from Database::Prepare, cached
// there by text.
class Statement {
 public:
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement(Statement&&) noexcept;
  // Resets and clears bindings, so the cached statement is ready for the next user.
  ~Statement();

  Statement& BindInt(int index, int64_t value);
  Statement& BindText(int index, std::string_view value);  // copied
  Statement& BindBlob(int index, std::string_view value);  // copied
  Statement& BindNull(int index);

  // True while there is a row.
  absl::StatusOr<bool> Step();
  // For statements without rows.
  absl::Status Run();
  void Reset();

  int64_t Int(int column) const;
  std::string_view Text(int column) const;  // valid until the next Step, Reset or destruction
  std::string_view Blob(int column) const;  // the same
  bool IsNull(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* db, sqlite3_stmt* handle, bool* leased)
      : db_(db), handle_(handle), leased_(leased) {}
  sqlite3* db_;
  sqlite3_stmt* handle_;
  bool* leased_;  // in the cache; false gives the statement back
  int bind_error_ = 0;
};

class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        const DatabaseOptions& options = {});
  // Encrypts a plain file, which nobody has open: writes an encrypted copy, checks it, puts it in
  // the place of the plain one in one step. After an error or a crash the plain file is as it was.
  // OK for a file that is encrypted with this key already.
  static absl::Status Encrypt(const std::string& path, const std::string& key);
  // Where Migrate keeps the copy of a file of layout `version`.
  static std::string CopyBeforeMigration(const std::string& path, size_t version);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Cached by `sql`, which is a constant; a second use of the same text before the first Statement
  // is destroyed prepares another.
  absl::StatusOr<Statement> Prepare(std::string_view sql);
  // Several statements without parameters: schemas and pragmas.
  absl::Status Execute(const std::string& sql);
  // Brings user_version from what it is to steps.size() in one transaction; FAILED_PRECONDITION if
  // the file is newer. A file of an older version is copied first (CopyBeforeMigration), durably
  // and with the same key; where that fails, nothing is changed.
  absl::Status Migrate(absl::Span<const char* const> steps);

  int64_t changes() const;
  // Row number of the newest insert.
  int64_t last_row() const;
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return db_; }
  absl::Status Checkpoint();
  // A consistent, durable copy at `to`, with the same key, while others read and write the file.
  // One read transaction; replaces what stands at `to` in one step, or leaves it as it was.
  absl::Status BackupTo(const std::string& to);
  // "ok", or DATA_LOSS with the first problem.
  absl::Status CheckIntegrity();

 private:
  Database(std::string path, std::string key);
  struct Cache;
  std::string path_;
  std::string key_;
  sqlite3* db_ = nullptr;
  std::unique_ptr<Cache> cache_;
};

// BEGIN IMMEDIATE; rolled back on destruction unless Commit returned OK.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database& db);
  Transaction(Transaction&&) noexcept;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  absl::Status Commit();

 private:
  explicit Transaction(Database& db) : db_(&db) {}
  Database* db_;
};

absl::Status SqliteStatus(sqlite3* db, int extended_code, std::string_view what);

}  // namespace dudao::sync
