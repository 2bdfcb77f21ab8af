// What the client core asks of its host: the time, randomness, and two small files beside the
// database.
//
// The core has no clock, no randomness and no file access of its own (the database apart), so that
// the same sources run on a tablet, in a browser and in a simulation. Implementations outlive the
// Client that borrows them and are called only from within its calls. adapters/system has the ones
// of a native process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dudao::client {

class Clock {
 public:
  virtual ~Clock() = default;
  // The device's wall clock, milliseconds since 1970 UTC. May be wrong and may jump; nothing but
  // lists depends on it.
  virtual int64_t WallMs() = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  // `count` bytes that nobody can guess: they become the ids of replicas and records.
  virtual std::string Bytes(size_t count) = 0;
};

// A few bytes beside the database: 16 as the incarnation token, under 4 KiB as the key vault.
class SideFile {
 public:
  virtual ~SideFile() = default;
  // Nothing where it was never written.
  virtual absl::StatusOr<std::optional<std::string>> Read() = 0;
  // Replaces it; durable on return.
  virtual absl::Status Write(std::string_view bytes) = 0;
};

struct Seams {
  Clock* clock = nullptr;
  Random* random = nullptr;
  // Which database this is; no backup or copy of the database carries it along. May be null.
  SideFile* incarnation = nullptr;
  // The key that the database is encrypted with; without it the database is in the clear. It goes
  // with the database into a backup, or the backup is of no use.
  SideFile* vault = nullptr;
};

}  // namespace dudao::client
