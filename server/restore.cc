#include <cerrno>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "anchor.h"
#include "archive_files.h"
#include "audit_folder.h"
#include "backup.h"
#include "dudao/server/archive.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "manifest.h"
#include "reason.h"
#include "server_key.h"

namespace dudao::server {
namespace fs = std::filesystem;
namespace {

bool IsEmpty(const std::string& folder) {
  std::error_code error;
  return !fs::exists(folder, error) ||
         (fs::is_directory(folder, error) && fs::is_empty(folder, error));
}

absl::Status Damaged(std::string_view reason, const Difference& difference) {
  return Error(absl::StatusCode::kDataLoss, reason,
               absl::StrCat(difference.reason, ": ", difference.zh, " / ", difference.en, " (",
                            difference.detail, ")"));
}

// The backup itself, or the newest of those below.
absl::StatusOr<std::string> ChooseBackup(const std::string& given) {
  if (given.ends_with(kPartialSuffix)) {
    return Error(absl::StatusCode::kDataLoss, "BACKUP_INCOMPLETE", given);
  }
  if (HasManifest(given)) return given;
  if (!fs::is_directory(given)) {
    return Error(absl::StatusCode::kNotFound, "ARCHIVE_FILE_MISSING", given);
  }
  DUDAO_ASSIGN(const std::vector<std::string> all, WholeBackups(given));
  if (all.empty()) return Error(absl::StatusCode::kDataLoss, "BACKUP_INCOMPLETE", given);
  return all.back();
}

// Files that were damaged when the backup was made are wanted again.
absl::Status ForgetDamaged(const Manifest& manifest, const std::string& partial) {
  if (manifest.damaged_blobs.empty()) return absl::OkStatus();
  DUDAO_ASSIGN(const auto db, sync::Database::Open(partial + "/blobs/blobs.db"));
  for (const std::string& hash : manifest.damaged_blobs) {
    DUDAO_ASSIGN(auto forget, db->Prepare("UPDATE blob SET complete = 0 WHERE sha256 = ?1"));
    forget.BindBlob(1, absl::HexStringToBytes(hash));
    DUDAO_TRY(forget.Run());
  }
  return db->Checkpoint();
}

absl::Status Fill(const std::string& backup, const Manifest& manifest, const std::string& partial,
                  const ArchiveProgress& progress) {
  for (const Manifest::File& file : manifest.files) {
    if (progress) progress(file.path, 0, 0);
    DUDAO_ASSIGN(const Copied copied, CopyFile(absl::StrCat(backup, "/", file.path),
                                               absl::StrCat(partial, "/", file.path)));
    if (copied.bytes == file.bytes && copied.sha256 == file.sha256) continue;
    return Damaged("BACKUP_DAMAGED", Explain({"BACKUP_FILE_WRONG", "", "", 0, file.path}));
  }
  DUDAO_TRY(ForgetDamaged(manifest, partial));
  DUDAO_ASSIGN(const std::vector<std::string> hashes, BlobsNamedIn(partial + "/blobs/blobs.db"));
  uint64_t done = 0;
  for (const std::string& hash : hashes) {
    if (progress) progress("blobs", done++, hashes.size());
    DUDAO_ASSIGN(const Copied copied,
                 CopyFile(absl::StrCat(SharedBlobs(backup), "/", BlobPlace(hash)),
                          absl::StrCat(partial, "/blobs/", BlobPlace(hash))));
    if (copied.sha256 == hash) continue;
    return Damaged("BACKUP_DAMAGED", Explain({"BLOB_WRONG", "", "", 0, hash}));
  }
  return absl::OkStatus();
}

// The key file that was kept since the backup takes the place of the one in it.
absl::StatusOr<uint32_t> PutServerKey(const std::string& newer, const std::string& partial) {
  const std::string path = partial + "/server.key";
  DUDAO_ASSIGN(const auto kept, ServerKey::Open(path, false));
  if (newer.empty()) return kept->number();
  DUDAO_ASSIGN(const auto given, ServerKey::Open(newer, false));
  if (!kept->IsContinuedBy(*given))
    return Error(absl::StatusCode::kFailedPrecondition, "SERVER_KEY_UNFIT", newer);
  DUDAO_ASSIGN(const std::string text, ReadFile(newer));
  DUDAO_TRY(WriteFile(path, text));
  return given->number();
}

// All of it under the name of the folder, or nothing.
absl::Status Publish(const std::string& partial, const RestoreOptions& options,
                     const std::string& data) {
  DUDAO_TRY(NoteRestored(partial, options.now_ms));
  DUDAO_TRY(WriteFile(partial + "/" + kRestoredMark, "1\n"));
  DUDAO_TRY(SyncTree(partial));
  // Neither belongs to what comes now. The anchor is kept: it tells what the backup lacks.
  std::error_code error;
  fs::remove(data + ".incarnation", error);
  if (fs::exists(AnchorPath(data))) {
    DUDAO_TRY(RenameDurably(AnchorPath(data), AnchorPath(data) + ".before-restore"));
  }
  if (fs::exists(data) && !fs::remove(data, error)) return FileError(EBUSY, "data folder");
  return RenameDurably(partial, data);
}

}  // namespace

absl::StatusOr<RestoreReport> Restore(const RestoreOptions& options) {
  const std::string data = NormalFolder(options.data_dir);
  const std::string partial = data + kPartialSuffix;
  if (!IsEmpty(data)) {
    return Error(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_EMPTY", data);
  }
  RestoreReport report;
  DUDAO_ASSIGN(report.backup, ChooseBackup(NormalFolder(options.backup)));
  DUDAO_ASSIGN(const Manifest manifest, ReadManifest(report.backup));
  report.blobs_wanted = manifest.damaged_blobs.size();
  DUDAO_TRY(RemoveTree(partial));
  DUDAO_TRY(MakeFolder(partial));
  absl::Status done = Fill(report.backup, manifest, partial, options.progress);
  if (done.ok()) {
    FolderAudit audit(partial, partial + "/blobs", options.progress);
    audit.set_moving(true);
    done = audit.Run();
    report.verified.counts = audit.Counts();
    if (audit.first()) done = Damaged("BACKUP_DAMAGED", Explain(*audit.first()));
  }
  if (done.ok()) {
    const auto key = PutServerKey(options.server_key, partial);
    done = key.status();
    if (key.ok()) report.server_key = *key;
  }
  if (done.ok()) done = Publish(partial, options, data);
  if (!done.ok()) {
    static_cast<void>(RemoveTree(partial));
    return done;
  }
  return report;
}

}  // namespace dudao::server
