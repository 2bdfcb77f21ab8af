// The key of a database file, given to SQLite before it reads anything.
//
// Any thread that owns the connection. Reads the first bytes of the file through SQLite's own file
// interface, so that it also works where files are no files (browser). Errors: see database.h.
#pragma once

#include <string>

#include "absl/status/status.h"

struct sqlite3;

namespace dudao::sync {

// What the first bytes of a file tell without a key.
enum class FileForm { kEmpty, kPlain, kEncrypted, kUnknown };

FileForm FormOf(sqlite3* db);

// Before anything else: files without shared memory (a browser's) can keep a write-ahead log only
// for a connection that has them alone.
absl::Status TakeAlone(sqlite3* db);

// Checks length, form of the file and, by reading the first page, the key itself. For an empty key:
// that the file needs none.
absl::Status ApplyKey(sqlite3* db, const std::string& path, const std::string& key);

// The same key in the form that SQLite3 Multiple Ciphers takes without deriving another from it.
std::string RawKey(const std::string& key);

}  // namespace dudao::sync
