// A new key for the server, offline: `dudao server-key rotate`.
//
// The new key is added to server.key, then announced in the control log by an entry that the old
// key and the new one sign. Each step is durable; whatever a crash leaves between them the next
// start, or the next rotation, finishes, and a server starts at any moment. Errors: UNAVAILABLE
// (DATA_DIR_IN_USE) while a server uses the folder; FAILED_PRECONDITION (SERVER_KEY_MISSING,
// SERVER_KEY_OLD); those of the storage.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dudao::server {

struct RotatedKey {
  uint32_t number = 0;
  uint64_t position = 0;    // of the entry that announced it
  std::string fingerprint;  // of the new key
  bool finished = false;    // an earlier rotation was finished, and no further key made
};

absl::StatusOr<RotatedKey> RotateServerKey(const std::string& data_dir, int64_t wall_ms);

}  // namespace dudao::server
