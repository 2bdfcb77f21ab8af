#include "dudao/server/rotation.h"

#include "archive_files.h"
#include "control_log.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "folder_lock.h"
#include "reason.h"
#include "server_db.h"
#include "server_key.h"

namespace dudao::server {

absl::StatusOr<RotatedKey> RotateServerKey(const std::string& data_dir, int64_t wall_ms) {
  const std::string folder = NormalFolder(data_dir);
  const std::string key_file = folder + "/server.key";
  // A missing file is told before anything is made.
  DUDAO_TRY(ServerKey::Open(key_file, false).status());
  FolderLock lock;
  DUDAO_TRY(lock.Take(folder, "DATA_DIR_IN_USE"));
  DUDAO_ASSIGN(const auto db, ServerDb::Open(folder + "/server.db"));
  RotatedKey rotated;
  const auto announce = [&]() -> absl::Status {
    DUDAO_ASSIGN(const auto key, ServerKey::Open(key_file, false));
    DUDAO_ASSIGN(const auto control, ControlLog::Open(*db, *key, wall_ms));
    rotated.number = key->number();
    rotated.position = control->KeySince();
    rotated.fingerprint = key->Fingerprint();
    return absl::OkStatus();
  };
  DUDAO_ASSIGN(const uint64_t before, ControlLog::Length(*db));
  DUDAO_TRY(announce());
  rotated.finished = rotated.position > before;
  if (rotated.finished) return rotated;
  DUDAO_TRY(ServerKey::AddPair(key_file));
  DUDAO_TRY(announce());
  return rotated;
}

}  // namespace dudao::server
