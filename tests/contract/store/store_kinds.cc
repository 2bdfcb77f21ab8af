#include "dudao/sync/store/database.h"
#include "store_contract.h"

namespace dudao::testing {
namespace {

absl::StatusOr<OpenedStore> OpenSqlite(const std::string& file, const std::string& space,
                                       const sync::IncarnationOptions& incarnation) {
  auto db = sync::Database::Open(file);
  if (!db.ok()) return db.status();
  OpenedStore opened;
  std::shared_ptr<sync::Database> shared = *std::move(db);
  auto store = sync::SqliteStore::Open(*shared, space, incarnation);
  if (!store.ok()) return store.status();
  opened.below = shared;
  opened.store = *std::move(store);
  return opened;
}

}  // namespace

std::vector<StoreKind> StoreKinds() { return {{"Sqlite", OpenSqlite}}; }

}  // namespace dudao::testing
