// The seams of a native process: the system's clock, the kernel's randomness, and a file beside the
// database.
//
// Thread-safe but for TokenFile, which is used by one client. Errors: UNAVAILABLE for files that
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

// Keeps the incarnation token in one file, replaced atomically and fsynced. Leave the file out of
// backups of the database.
class TokenFile final : public SideFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}
  absl::StatusOr<std::optional<std::string>> Read() override;
  absl::Status Write(std::string_view bytes) override;

 private:
  std::string path_;
};

// All three, for one client whose database is at `database_path`. Outlives the client.
class SystemSeams {
 public:
  explicit SystemSeams(const std::string& database_path) : token_(database_path + ".token") {}
  Seams Get() { return {&clock_, &random_, &token_}; }

 private:
  SystemClock clock_;
  SystemRandom random_;
  TokenFile token_;
};

}  // namespace dudao::client
