// The seams of a native process: the system's clock, the kernel's randomness, and two files beside
// the database.
//
// Thread-safe but for SmallFile, which is used by one client. Errors: UNAVAILABLE for files that
// cannot be read or written.
#pragma once

#include <string>

#include "dudao/client/seams.h"

namespace dudao::client {

class SystemClock final : public Clock {
 public:
  int64_t WallMs() override;
};

// Ends the process where the kernel has no randomness: going on would make replicas that share an
// identity.
class SystemRandom final : public Random {
 public:
  std::string Bytes(size_t count) override;
};

// A few bytes in one file (at most 64 KiB), replaced atomically and fsynced, readable by its owner
// only. What stood there before is not wiped from the medium; a platform's key store can do that.
class SmallFile final : public SideFile {
 public:
  explicit SmallFile(std::string path) : path_(std::move(path)) {}
  absl::StatusOr<std::optional<std::string>> Read() override;
  absl::Status Write(std::string_view bytes) override;

 private:
  std::string path_;
};
using TokenFile = SmallFile;

// All of them, for one client whose database is at `database_path`: `<database>.token`, which is
// left out of backups of the database, and `<database>.keys`, which goes with it. Outlives the
// client.
class SystemSeams {
 public:
  explicit SystemSeams(const std::string& database_path)
      : token_(database_path + ".token"), keys_(database_path + ".keys") {}
  Seams Get() { return {&clock_, &random_, &token_, &keys_}; }
  // The database stays in the clear.
  Seams WithoutVault() { return {&clock_, &random_, &token_, nullptr}; }

 private:
  SystemClock clock_;
  SystemRandom random_;
  SmallFile token_;
  SmallFile keys_;
};

}  // namespace dudao::client
