#include "database_key.h"

#include <sqlite3.h>

#include <array>
#include <cstring>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/store/database.h"

namespace dudao::sync {
namespace {

constexpr std::string_view kPlainHeader("SQLite format 3\0", 16);
// The cipher leaves bytes 16 to 23 readable: page size, versions, and these: bytes reserved at the
// end of each page for its nonce and tag, and three constants of the format.
constexpr size_t kReservedAt = 20;
constexpr std::string_view kEncryptedMark("\x20\x40\x20\x20", 4);
constexpr size_t kReadBytes = 24;

std::string Text(std::string_view text) { return std::string(text); }

absl::Status KeyWrong(const std::string& path, std::string_view why) {
  return absl::UnauthenticatedError(absl::StrCat(Text(kStorageKeyWrong), ": ", path, Text(why)));
}

}  // namespace

FileForm FormOf(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr) {
    return FileForm::kEmpty;  // in memory
  }
  sqlite3_int64 bytes = 0;
  if (file->pMethods->xFileSize(file, &bytes) != SQLITE_OK) return FileForm::kUnknown;
  if (bytes == 0) return FileForm::kEmpty;
  std::array<char, kReadBytes> start{};
  if (file->pMethods->xRead(file, start.data(), kReadBytes, 0) != SQLITE_OK) {
    return FileForm::kUnknown;
  }
  const std::string_view read(start.data(), start.size());
  if (read.substr(0, kPlainHeader.size()) == kPlainHeader) return FileForm::kPlain;
  const bool marked = read.substr(kReservedAt, kEncryptedMark.size()) == kEncryptedMark;
  return marked ? FileForm::kEncrypted : FileForm::kUnknown;
}

absl::Status TakeAlone(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion >= 2) {
    return absl::OkStatus();
  }
  const int rc = sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", nullptr, nullptr, nullptr);
  return SqliteStatus(db, rc, "locking_mode");
}

std::string RawKey(const std::string& key) { return absl::StrCat("raw:", key); }

absl::Status ApplyKey(sqlite3* db, const std::string& path, const std::string& key) {
  const FileForm form = FormOf(db);
  if (key.empty()) {
    return form == FileForm::kEncrypted ? KeyWrong(path, " is encrypted and no key was given")
                                        : absl::OkStatus();
  }
  if (key.size() != kDatabaseKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a key of ", key.size(), " bytes; ", kDatabaseKeyBytes, " are needed"));
  }
  if (form == FileForm::kPlain) {
    return absl::FailedPreconditionError(
        absl::StrCat(Text(kStorageNotEncrypted), ": ", path, " is not encrypted"));
  }
  std::string raw = RawKey(key);
  const int rc = sqlite3_key_v2(db, "main", raw.data(), static_cast<int>(raw.size()));
  std::memset(raw.data(), 0, raw.size());
  if (rc != SQLITE_OK) return SqliteStatus(db, rc, absl::StrCat("key of ", path));
  // The tag of the first page tells whether the key fits.
  const int read =
      sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  if ((read & 0xff) == SQLITE_NOTADB) return KeyWrong(path, " does not open with this key");
  return SqliteStatus(db, read, absl::StrCat("first page of ", path));
}

}  // namespace dudao::sync
