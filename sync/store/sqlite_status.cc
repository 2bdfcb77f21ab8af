#include <sqlite3.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "dudao/sync/store/database.h"

namespace dudao::sync {
namespace {

// Some file systems report a full disk as a general I/O error; the system's own number tells.
bool IsDiskFull(sqlite3* db) {
  if (db == nullptr) return false;
  const int number = sqlite3_system_errno(db);
  return number == ENOSPC || number == EDQUOT;
}

absl::StatusCode CodeOfIoError(sqlite3* db, int extended_code) {
  switch (extended_code) {
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA:
      return absl::StatusCode::kDataLoss;
    case SQLITE_IOERR_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    default:
      return IsDiskFull(db) ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable;
  }
}

absl::StatusCode CodeOf(sqlite3* db, int extended_code) {
  switch (extended_code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_IOERR:
      return CodeOfIoError(db, extended_code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return absl::StatusCode::kUnavailable;
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kAlreadyExists;
    case SQLITE_TOOBIG:
      return absl::StatusCode::kInvalidArgument;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_INTERRUPT:
      return absl::StatusCode::kCancelled;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status SqliteStatus(sqlite3* db, int extended_code, std::string_view what) {
  const int primary = extended_code & 0xff;
  if (primary == SQLITE_OK || primary == SQLITE_ROW || primary == SQLITE_DONE)
    return absl::OkStatus();
  std::string message =
      absl::StrCat(absl::string_view(what.data(), what.size()), ": ", sqlite3_errstr(extended_code),
                   " (SQLite ", extended_code, ")");
  // The connection's message speaks of its newest error, which is not always this one.
  if (db != nullptr && sqlite3_extended_errcode(db) == extended_code) {
    absl::StrAppend(&message, ": ", sqlite3_errmsg(db));
  }
  return {CodeOf(db, extended_code), message};
}

}  // namespace dudao::sync
