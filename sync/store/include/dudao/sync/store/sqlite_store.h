// The Store over SQLite. Schema and write-back are explained in docs/storage.md.
//
// One row per record (canonical merged state), segments as they travelled, fresh local saves as
// single rows until they are delivered. A local save appends one row and is durable; the records it
// touched are written back later, before anything reads them from the file, and are replayed from
// those rows after a crash.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"

namespace dudao::sync {

// The identity of a database incarnation. `token` is kept outside backups by the host (another
// file, the key store): if it does not match the one in the database, the database is a copy and
// gets a new replica id. Pass an empty token to skip the check.
struct IncarnationOptions {
  ReplicaId fresh_replica;       // random; used when the database is new or turns out to be a copy
  std::string fresh_history_id;  // random, 8 bytes; used likewise
  std::string token;
};

class SqliteStore {
 public:
  // Opens (creating if absent) the space in the database, which must outlive the store. Replays
  // saves that were not written back.
  static absl::StatusOr<std::unique_ptr<Store>> Open(Database& db, const std::string& space,
                                                     const IncarnationOptions& incarnation);
};

}  // namespace dudao::sync
