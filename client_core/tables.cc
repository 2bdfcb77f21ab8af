#include "tables.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::client {
namespace {

constexpr int kLayout = 3;
constexpr char kLayoutName[] = "layout";

constexpr char kCreate[] = R"sql(
CREATE TABLE IF NOT EXISTS client_setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS client_space (
  space TEXT PRIMARY KEY, last_sync_ms INTEGER NOT NULL DEFAULT 0, last_sync_reason TEXT NOT NULL DEFAULT '',
  refused BLOB NOT NULL DEFAULT x'') WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS client_form (
  form_id TEXT PRIMARY KEY, space TEXT NOT NULL, type INTEGER NOT NULL, key BLOB NOT NULL, context BLOB NOT NULL,
  base BLOB NOT NULL, revision INTEGER NOT NULL, opened_ms INTEGER NOT NULL, edited_ms INTEGER NOT NULL,
  saving_replica BLOB, saving_seq INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS client_form_op (
  form_id TEXT NOT NULL, path BLOB NOT NULL, op BLOB NOT NULL, PRIMARY KEY (form_id, path)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS client_blob (
  sha256 TEXT PRIMARY KEY, byte_size INTEGER NOT NULL, media_type TEXT NOT NULL, on_server INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS client_blob_chunk (
  blob TEXT NOT NULL, position INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (blob, position)) STRICT;
CREATE TABLE IF NOT EXISTS client_transfer (
  number INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, space TEXT NOT NULL, upload INTEGER NOT NULL,
  thumbnail INTEGER NOT NULL, bytes_done INTEGER NOT NULL DEFAULT 0, byte_size INTEGER NOT NULL,
  reason TEXT NOT NULL DEFAULT '', UNIQUE (sha256, space, upload)) STRICT;
CREATE TABLE IF NOT EXISTS client_control (
  generation INTEGER NOT NULL, position INTEGER NOT NULL, entry BLOB NOT NULL,
  PRIMARY KEY (generation, position)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS client_event (
  number INTEGER PRIMARY KEY, reason TEXT NOT NULL, time_ms INTEGER NOT NULL, space TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS client_own_record (
  space TEXT NOT NULL, type INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY (space, type, key)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS client_own_blob (
  space TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (space, sha256)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS client_space_blob (
  space TEXT NOT NULL, sha256 TEXT NOT NULL, thumbnail INTEGER NOT NULL, doubted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (space, sha256)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS client_space_blob_doubted ON client_space_blob (space) WHERE doubted;
CREATE TABLE IF NOT EXISTS client_delivery (
  space TEXT PRIMARY KEY, replica BLOB NOT NULL DEFAULT x'', counted_seq INTEGER NOT NULL DEFAULT 0,
  own_seq INTEGER NOT NULL DEFAULT 0, records INTEGER NOT NULL DEFAULT 0, files INTEGER NOT NULL DEFAULT 0,
  records_held INTEGER NOT NULL DEFAULT 0, files_held INTEGER NOT NULL DEFAULT 0,
  server_time_ms INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS client_index (
  space TEXT NOT NULL, type INTEGER NOT NULL, key BLOB NOT NULL, entry BLOB NOT NULL,
  PRIMARY KEY (space, type, key)) WITHOUT ROWID, STRICT;
)sql";

// From what earlier layouts kept of it: files that were added here, and those on their way.
constexpr char kFillSpaceBlobs[] = R"sql(
INSERT OR IGNORE INTO client_space_blob (space, sha256, thumbnail) SELECT space, sha256, thumbnail FROM client_transfer;
INSERT OR IGNORE INTO client_space_blob (space, sha256, thumbnail) SELECT space, sha256, 0 FROM client_own_blob;
)sql";

}  // namespace

absl::StatusOr<std::optional<std::string>> LoadSetting(sync::Database& db, std::string_view name) {
  DUDAO_ASSIGN(sync::Statement row, db.Prepare("SELECT value FROM client_setting WHERE name = ?1"));
  DUDAO_ASSIGN(const bool any, row.BindText(1, name).Step());
  if (!any) return std::nullopt;
  return std::optional<std::string>(std::string(row.Blob(0)));
}

absl::Status SaveSetting(sync::Database& db, std::string_view name, std::string_view value) {
  DUDAO_ASSIGN(sync::Statement row,
               db.Prepare("INSERT INTO client_setting (name, value) VALUES (?1, ?2)"
                          " ON CONFLICT (name) DO UPDATE SET value = ?2"));
  return row.BindText(1, name).BindBlob(2, value).Run();
}

absl::StatusOr<int64_t> QueryInt(sync::Database& db, std::string_view sql) {
  DUDAO_ASSIGN(sync::Statement row, db.Prepare(sql));
  DUDAO_ASSIGN(const bool any, row.Step());
  return any ? row.Int(0) : 0;
}

absl::Status CreateTables(sync::Database& db) {
  DUDAO_TRY(db.Execute(kCreate));
  DUDAO_ASSIGN(const std::optional<std::string> text, LoadSetting(db, kLayoutName));
  if (!text) return SaveSetting(db, kLayoutName, absl::StrCat(kLayout));
  int layout = 0;
  if (!absl::SimpleAtoi(*text, &layout) || layout > kLayout)
    return Error(absl::StatusCode::kFailedPrecondition, kStorageNewer, db.path());
  if (layout == kLayout) return absl::OkStatus();
  // Layout 2 only adds tables, 3 one that names the spaces of each file.
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db));
  DUDAO_TRY(db.Execute(kFillSpaceBlobs));
  DUDAO_TRY(SaveSetting(db, kLayoutName, absl::StrCat(kLayout)));
  return transaction.Commit();
}

}  // namespace dudao::client
