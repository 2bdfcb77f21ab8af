// Copies of a database file: online backup, the copy before a migration, encryption of a plain
// file.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "database_key.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/store/database.h"

namespace dudao::sync {
namespace {

// Nonce and tag at the end of each page.
constexpr int kCipherReservedBytes = 32;

struct CloseConnection {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

void DeleteFile(const std::string& path) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  for (const char* suffix : {"-journal", "-wal", "-shm", ""}) {
    vfs->xDelete(vfs, absl::StrCat(path, suffix).c_str(), 1);
  }
}

absl::StatusOr<Connection> OpenRaw(const std::string& path, int flags, const std::string& key) {
  sqlite3* handle = nullptr;
  const int rc = sqlite3_open_v2(
      path.c_str(), &handle,
      flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Connection db(handle);
  if (rc != SQLITE_OK) return SqliteStatus(handle, rc, absl::StrCat("open ", path));
  DUDAO_TRY(TakeAlone(handle));
  DUDAO_TRY(ApplyKey(handle, path, key));
  return db;
}

// What stands at the place of a copy and cannot be one (another key, no database) makes room.
absl::StatusOr<Connection> OpenTarget(const std::string& path, const std::string& key) {
  absl::StatusOr<Connection> target = OpenRaw(path, SQLITE_OPEN_CREATE, key);
  if (target.ok() || target.status().code() == absl::StatusCode::kResourceExhausted) return target;
  DeleteFile(path);
  return OpenRaw(path, SQLITE_OPEN_CREATE, key);
}

absl::Status Run(sqlite3* db, const std::string& sql, std::string_view what) {
  return SqliteStatus(db, sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), what);
}

absl::Status CopyPages(sqlite3* from, sqlite3* to) {
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) return SqliteStatus(to, sqlite3_extended_errcode(to), "backup");
  const int step = sqlite3_backup_step(backup, -1);
  const int finish = sqlite3_backup_finish(backup);
  if (step == SQLITE_DONE) return SqliteStatus(to, finish, "backup");
  return SqliteStatus(to, step, "backup");
}

// A name that may stand in a URI.
std::string Escaped(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    const bool safe = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '.' ||
                      c == '-' || c == '_';
    absl::StrAppend(&escaped, safe ? std::string(1, c)
                                   : absl::StrCat("%", absl::BytesToHexString(std::string(1, c))));
  }
  return escaped;
}

// Reads `plain` in one transaction. No message of SQLite goes into the status: it could quote the
// key.
absl::Status WriteEncrypted(sqlite3* plain, const std::string& copy, const std::string& key) {
  const std::string uri =
      absl::StrCat("file:", Escaped(copy), "?cipher=chacha20&reserve=", kCipherReservedBytes,
                   "&hexkey=", absl::BytesToHexString(RawKey(key)));
  sqlite3_stmt* vacuum = nullptr;
  int rc = sqlite3_prepare_v2(plain, "VACUUM INTO ?1", -1, &vacuum, nullptr);
  if (rc == SQLITE_OK) {
    sqlite3_bind_text64(vacuum, 1, uri.data(), uri.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    rc = sqlite3_step(vacuum);
    sqlite3_finalize(vacuum);
  }
  return SqliteStatus(nullptr, rc, absl::StrCat("writing ", copy));
}

absl::StatusOr<int> UserVersion(sqlite3* db) {
  sqlite3_stmt* read = nullptr;
  int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &read, nullptr);
  if (rc == SQLITE_OK) rc = sqlite3_step(read);
  const int version = rc == SQLITE_ROW ? sqlite3_column_int(read, 0) : -1;
  sqlite3_finalize(read);
  DUDAO_TRY(SqliteStatus(db, rc, "user_version"));
  return version;
}

absl::Status CheckCopy(const std::string& copy, const std::string& key, int version) {
  DatabaseOptions options;
  options.create = false;
  options.key = key;
  DUDAO_ASSIGN(const auto db, Database::Open(copy, options));
  DUDAO_TRY(db->CheckIntegrity());
  DUDAO_ASSIGN(const int copied, UserVersion(db->handle()));
  if (copied == version) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(copy, " is not what was copied"));
}

// A file without a log beside it, locked against everybody else until it is closed.
absl::StatusOr<Connection> OpenAlone(const std::string& path) {
  DUDAO_ASSIGN(Connection plain, OpenRaw(path, SQLITE_OPEN_URI, ""));
  DUDAO_TRY(Run(plain.get(), "PRAGMA locking_mode=EXCLUSIVE", "lock"));
  DUDAO_TRY(Run(plain.get(), "PRAGMA journal_mode=DELETE", "end of the log"));
  DUDAO_TRY(Run(plain.get(), "BEGIN EXCLUSIVE; COMMIT", "lock"));
  return plain;
}

absl::Status PutInPlace(const std::string& copy, const std::string& path) {
  if (std::rename(copy.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat("rename ", copy, ": ", std::strerror(errno)));
  }
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fsync(fd) != 0) {
    if (fd >= 0) close(fd);
    return absl::UnavailableError(absl::StrCat("sync ", folder, ": ", std::strerror(errno)));
  }
  close(fd);
  return absl::OkStatus();
}

// The plain pages lie on the disk until something else is written there. As far as a disk obeys,
// they go now. Only bytes that no other name leads to: somebody's copy may share them.
void Wipe(sqlite3* db) {
  sqlite3_file* file = nullptr;
  sqlite3_int64 bytes = 0;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return;
  if (file->pMethods->xFileSize(file, &bytes) != SQLITE_OK) return;
  const std::string zeros(64 << 10, '\0');
  for (sqlite3_int64 at = 0; at < bytes; at += static_cast<sqlite3_int64>(zeros.size())) {
    const auto count =
        std::min<sqlite3_int64>(bytes - at, static_cast<sqlite3_int64>(zeros.size()));
    if (file->pMethods->xWrite(file, zeros.data(), static_cast<int>(count), at) != SQLITE_OK)
      return;
  }
  file->pMethods->xSync(file, SQLITE_SYNC_FULL);
}

}  // namespace

std::string Database::CopyBeforeMigration(const std::string& path, size_t version) {
  return absl::StrCat(path, ".before-v", version);
}

absl::Status Database::BackupTo(const std::string& to) {
  DUDAO_ASSIGN(Connection target, OpenTarget(to, key_));
  absl::Status copied = CopyPages(db_, target.get());
  // One file that stands by itself, and is read without writing beside it.
  if (copied.ok()) copied = Run(target.get(), "PRAGMA journal_mode=DELETE", "end of the log");
  if (!copied.ok() && FormOf(target.get()) == FileForm::kEmpty) {
    target.reset();
    DeleteFile(to);
  }
  return copied;
}

absl::Status Database::Encrypt(const std::string& path, const std::string& key) {
  if (key.size() != kDatabaseKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a key has ", kDatabaseKeyBytes, " bytes"));
  }
  absl::Status keyed = OpenRaw(path, 0, key).status();
  const bool plain_file = absl::IsFailedPrecondition(keyed);
  if (!plain_file) return keyed;
  DUDAO_ASSIGN(Connection plain, OpenAlone(path));
  DUDAO_ASSIGN(const int version, UserVersion(plain.get()));
  const std::string copy = path + ".encrypting";
  DeleteFile(copy);
  absl::Status written = WriteEncrypted(plain.get(), copy, key);
  if (written.ok()) written = CheckCopy(copy, key, version);
  if (!written.ok()) {
    DeleteFile(copy);
    return written;
  }
  std::error_code unknown;
  const bool alone = std::filesystem::hard_link_count(path, unknown) == 1 && !unknown;
  DUDAO_TRY(PutInPlace(copy, path));
  if (alone) Wipe(plain.get());
  return absl::OkStatus();
}

}  // namespace dudao::sync
