#include "dudao/client/rescue.h"

#include <memory>

#include "blobs.h"
#include "dudao/client/client.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "key_vault.h"
#include "package_writer.h"
#include "spaces.h"
#include "tables.h"
#include "trust.h"

namespace dudao::client {
namespace {

absl::StatusOr<std::string> OfficeKey(const RescueOptions& options) {
  if (options.vault.empty()) return std::string();
  DUDAO_ASSIGN(const v1::KeyVault vault, ParseVault(options.vault));
  auto key = sync::OpenSealed(options.office, kOfficeBoxBound, vault.office_box());
  if (key.ok()) return key;
  return Error(absl::StatusCode::kUnauthenticated, kKeyMissing, "key file or office key");
}

}  // namespace

absl::StatusOr<v1::ExportPackageResponse> Rescue(const RescueOptions& options,
                                                 const v1::ExportPackageRequest& request) {
  sync::DatabaseOptions how;
  DUDAO_ASSIGN(how.key, OfficeKey(options));
  {
    sync::DatabaseOptions reading = how;
    reading.create = false;
    reading.read_only = true;
    DUDAO_ASSIGN(const auto found, sync::Database::Open(options.database_path, reading));
    DUDAO_TRY(found->BackupTo(options.copy_path));
  }
  how.create = false;
  DUDAO_ASSIGN(const auto db, sync::Database::Open(options.copy_path, how));
  sync::Wipe(how.key);
  DUDAO_TRY(CreateTables(*db));
  Options tablet;
  tablet.seams.clock = options.seams.clock;
  tablet.seams.random = options.seams.random;
  Trust trust(*db, tablet);
  DUDAO_TRY(trust.Load());
  Blobs blobs(*db);
  Spaces spaces(*db, tablet.seams);
  DUDAO_TRY(spaces.OpenKnown());
  return WritePackage({spaces, blobs, trust, tablet.seams}, request);
}

}  // namespace dudao::client
