// What the server knows about itself, in server.db: its own replica ids and its secret key for
// tokens. Which spaces there are is the control log's.
//
// Thread-safe. Errors are those of the storage below (dudao/sync/store/database.h).
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/ids.h"
#include "dudao/trust/v1/trust.pb.h"
#include "server_db.h"

namespace dudao::server {

class Registry {
 public:
  explicit Registry(ServerDb& db) : db_(db) {}

  // 32 random bytes, made once.
  absl::StatusOr<std::string> TokenKey();
  // The spaces of a folder from before there was a control log.
  absl::StatusOr<std::vector<trust::v1::SpaceRule>> OldSpaces();

  // Every replica id that this server ever had in the space: changes of all of them are its own.
  absl::StatusOr<std::set<sync::ReplicaId>> OwnReplicas(std::string_view space);
  absl::Status AddOwnReplica(std::string_view space, const sync::ReplicaId& replica);

  absl::Status Checkpoint() { return db_.Checkpoint(); }
  int64_t StoredBytes() { return db_.StoredBytes(); }

 private:
  ServerDb& db_;
};

}  // namespace dudao::server
