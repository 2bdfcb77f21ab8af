// What the server keeps of devices beside the control log (name, enrolled when, last seen), and the
// one-time codes with which they enrol.
//
// Of a code only the SHA-256 is kept. A code serves one key: the same key may ask again while the
// code is valid, for an answer that was lost; any other key is refused. Thread-safe. Errors:
// PERMISSION_DENIED (ENROLMENT_CODE_WRONG: unknown, used or expired alike), and the storage's.
// Durability: codes and names survive power loss; last_seen may be a minute behind.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server_db.h"

namespace dudao::server {

struct DeviceFacts {
  std::string name;
  int64_t enrolled_ms = 0;
  int64_t last_seen_ms = 0;
};

class Devices {
 public:
  static absl::StatusOr<std::unique_ptr<Devices>> Open(ServerDb& db);

  // Nothing known: all empty.
  DeviceFacts FactsOf(std::string_view device_id) const;
  absl::Status Put(std::string_view device_id, std::string_view name, int64_t enrolled_ms);
  void Seen(std::string_view device_id, int64_t now_ms);

  // 12 characters of Crockford's alphabet.
  absl::StatusOr<std::string> MakeCode(std::string_view person_id, int64_t expires_ms,
                                       int64_t now_ms);
  struct Enrolment {
    std::string person_id;
    std::string device_id;  // empty until the code was used
  };
  // Whom this code is for, and the device if the same key used it before.
  absl::StatusOr<Enrolment> FindCode(std::string_view canonical_code, std::string_view public_key,
                                     int64_t now_ms);
  // Uses it up. False where somebody else was faster.
  absl::StatusOr<bool> UseCode(std::string_view canonical_code, std::string_view public_key,
                               std::string_view device_id);
  // Unused codes of somebody who leaves.
  absl::Status DropCodesOf(std::string_view person_id);

 private:
  struct Known {
    DeviceFacts facts;
    int64_t stored_ms = 0;  // last_seen_ms as it is on disk
  };
  explicit Devices(ServerDb& db) : db_(db) {}

  ServerDb& db_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Known, std::less<>> devices_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
