#include "backup.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "archive_files.h"
#include "audit_folder.h"
#include "backup_mark.h"
#include "blob_files.h"
#include "dudao/server/archive.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/store/database.h"
#include "files.h"
#include "folder_lock.h"
#include "manifest.h"
#include "reason.h"

namespace dudao::server {
namespace fs = std::filesystem;
namespace {

constexpr int kSameSecondMost = 100;

// Rebuilt, or only of this machine, or copied in another way.
bool IsCopiedAsFile(const std::string& path) {
  for (const char* start : {"spaces/", "blobs/", "server.db", "projection.db", "lock"}) {
    if (path.starts_with(start)) return false;
  }
  for (const char* end : {"-wal", "-shm", "-journal", ".new", ".log"}) {
    if (path.ends_with(end)) return false;
  }
  return path.find(".before-v") == std::string::npos && path != kRestoredMark;
}

class BackupRun {
 public:
  BackupRun(const BackupOptions& options, std::string data, std::string target)
      : options_(options), data_(std::move(data)), target_(std::move(target)) {}

  absl::StatusOr<BackupReport> Run();

 private:
  absl::Status Clean();
  absl::Status Fill();
  absl::Status CopySpaces();
  absl::Status CopyDatabase(const std::string& path);
  absl::Status CopyBlobs();
  absl::Status ReadHeads();
  absl::Status Publish();
  absl::Status RemoveOld();
  absl::Status DropBlobs();
  void Tell(std::string_view what, uint64_t done, uint64_t all) const {
    if (options_.progress) options_.progress(what, done, all);
  }

  const BackupOptions& options_;
  const std::string data_;
  const std::string target_;
  std::string partial_;
  Manifest manifest_;
  BackupReport report_;
};

absl::StatusOr<BackupReport> BackupRun::Run() {
  DUDAO_TRY(Clean());
  const std::string stamp = absl::FormatTime(
      "%Y%m%dT%H%M%SZ", absl::FromUnixMillis(options_.now_ms), absl::UTCTimeZone());
  report_.folder = absl::StrCat(target_, "/", stamp);
  for (int i = 2; fs::exists(report_.folder) && i < kSameSecondMost; ++i) {
    report_.folder = absl::StrCat(target_, "/", stamp, "-", i);
  }
  partial_ = report_.folder + kPartialSuffix;
  absl::Status filled = Fill();
  if (filled.ok()) filled = Publish();
  if (!filled.ok()) {
    static_cast<void>(RemoveTree(partial_));
    return filled;
  }
  DUDAO_TRY(RemoveOld());
  return report_;
}

// What an earlier backup that did not end left behind.
absl::Status BackupRun::Clean() {
  std::vector<std::string> left;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(target_, error)) {
    const std::string name = entry.path().filename();
    if (entry.is_directory() && name.ends_with(kPartialSuffix)) left.push_back(entry.path());
  }
  if (error) return FileError(error.value(), "backup folder");
  for (const std::string& folder : left) {
    DUDAO_TRY(RemoveTree(folder));
    ++report_.cleaned;
  }
  return absl::OkStatus();
}

// The spaces that a server.db knows as its own; each is whole before it is one of them.
absl::StatusOr<std::set<std::string>> OwnSpaces(const std::string& file) {
  DUDAO_ASSIGN(const auto db, OpenToRead(file));
  std::set<std::string> own;
  auto rows = db->Prepare("SELECT DISTINCT space FROM own_replica");
  if (!rows.ok()) return own;  // of a time when they were not noted
  while (true) {
    DUDAO_ASSIGN(const bool row, rows->Step());
    if (!row) return own;
    own.insert(std::string(rows->Text(0)));
  }
}

// False for a file that is just being made.
absl::StatusOr<bool> HasChanges(const std::string& file) {
  DUDAO_ASSIGN(const auto db, OpenToRead(file));
  auto rows = db->Prepare("SELECT 1 FROM head LIMIT 1");
  if (!rows.ok()) return false;
  return rows->Step();
}

// Spaces first: what they name in the control log and among the files is then in what follows. A
// space that is made meanwhile is named there and was not copied, so both are copied again until no
// further one has come.
absl::Status BackupRun::CopySpaces() {
  std::set<std::string> copied;
  std::string server = data_;
  for (bool first = true;; first = false) {
    DUDAO_ASSIGN(const std::set<std::string> own, OwnSpaces(server + "/server.db"));
    DUDAO_ASSIGN(const std::vector<std::string> files, SpaceFiles(data_));
    std::vector<std::string> spaces;
    for (const std::string& name : files) {
      if (copied.contains(name)) continue;
      bool whole = own.contains(name);
      if (!whole) {
        DUDAO_ASSIGN(whole, HasChanges(absl::StrCat(data_, "/spaces/", name, ".db")));
      }
      if (whole) spaces.push_back(name);
    }
    if (!first && spaces.empty()) return absl::OkStatus();
    uint64_t done = 0;
    for (const std::string& name : spaces) {
      Tell(name, done++, spaces.size());
      DUDAO_TRY(CopyDatabase(absl::StrCat("spaces/", name, ".db")));
      copied.insert(name);
    }
    std::erase_if(manifest_.files, [](const auto& file) { return file.path == "server.db"; });
    std::remove((partial_ + "/server.db").c_str());
    DUDAO_TRY(CopyDatabase("server.db"));
    server = partial_;
  }
}

absl::Status BackupRun::Fill() {
  DUDAO_TRY(MakeFolder(partial_ + "/spaces"));
  DUDAO_TRY(MakeFolder(partial_ + "/blobs"));
  DUDAO_TRY(CopySpaces());
  DUDAO_ASSIGN(const std::vector<std::string> files, FilesBelow(data_));
  for (const std::string& path : files) {
    if (!IsCopiedAsFile(path)) continue;
    DUDAO_ASSIGN(const Copied copied,
                 CopyFile(absl::StrCat(data_, "/", path), absl::StrCat(partial_, "/", path)));
    manifest_.files.push_back({path, copied.bytes, copied.sha256});
  }
  DUDAO_TRY(CopyDatabase("blobs/blobs.db"));
  DUDAO_TRY(CopyBlobs());
  for (const Manifest::File& file : manifest_.files) {
    ++report_.files;
    report_.bytes += static_cast<uint64_t>(file.bytes);
  }
  return absl::OkStatus();
}

absl::Status BackupRun::CopyDatabase(const std::string& path) {
  const std::string from = absl::StrCat(data_, "/", path);
  const std::string to = absl::StrCat(partial_, "/", path);
  if (!fs::exists(from)) return Error(absl::StatusCode::kNotFound, "ARCHIVE_FILE_MISSING", path);
  {
    DUDAO_ASSIGN(const auto db, OpenToRead(from));
    DUDAO_TRY(db->BackupTo(to));
  }
  DUDAO_ASSIGN(const std::string hash, HashOfFile(to));
  manifest_.files.push_back({path, FileBytes(to), absl::BytesToHexString(hash)});
  return absl::OkStatus();
}

absl::Status BackupRun::CopyBlobs() {
  DUDAO_ASSIGN(const std::vector<std::string> hashes, BlobsNamedIn(partial_ + "/blobs/blobs.db"));
  for (const std::string& hash : hashes) {
    Tell("blobs", report_.blobs++, hashes.size());
    const std::string to = absl::StrCat(target_, "/blobs/", BlobPlace(hash));
    if (fs::exists(to)) continue;
    const absl::StatusOr<Copied> copied =
        CopyFileInOneStep(absl::StrCat(data_, "/blobs/", BlobPlace(hash)), to);
    const bool missing = copied.status().code() == absl::StatusCode::kNotFound;
    if (!copied.ok() && !missing) return copied.status();
    if (missing || copied->sha256 != hash) {
      // One bad file must not keep all others from being saved.
      std::remove(to.c_str());
      manifest_.damaged_blobs.push_back(hash);
      ++report_.blobs_damaged;
      continue;
    }
    DUDAO_TRY(SyncFolder(fs::path(to).parent_path()));
    ++report_.blobs_added;
  }
  return fs::exists(target_ + "/blobs") ? SyncTree(target_ + "/blobs") : absl::OkStatus();
}

absl::Status BackupRun::ReadHeads() {
  DUDAO_ASSIGN(manifest_.reached, MakeAnchor(partial_, options_.now_ms));
  for (const auto& [name, reached] : manifest_.reached.spaces) {
    DUDAO_ASSIGN(const auto db, OpenToRead(absl::StrCat(partial_, "/spaces/", name, ".db")));
    DUDAO_ASSIGN(auto rows, db->Prepare("SELECT r.id, h.seq, h.hash FROM head h "
                                        "JOIN replica r ON r.ix = h.replica"));
    auto& heads = manifest_.heads[name];
    while (true) {
      DUDAO_ASSIGN(const bool row, rows.Step());
      if (!row) break;
      heads[absl::BytesToHexString(std::string(rows.Blob(0)))] = {
          static_cast<uint64_t>(rows.Int(1)), sync::HashFromBytes(rows.Blob(2))};
    }
  }
  return absl::OkStatus();
}

absl::Status BackupRun::Publish() {
  DUDAO_TRY(ReadHeads());
  manifest_.time_ms = options_.now_ms;
  DUDAO_TRY(SyncTree(partial_));
  DUDAO_TRY(WriteManifest(partial_, manifest_));
  return RenameDurably(partial_, report_.folder);
}

absl::Status BackupRun::RemoveOld() {
  if (options_.keep == 0) return absl::OkStatus();
  DUDAO_ASSIGN(const std::vector<std::string> all, WholeBackups(target_));
  for (size_t i = 0; i + options_.keep < all.size(); ++i) {
    // Under a name that says so, for removing is not one step.
    const std::string going = all[i] + kPartialSuffix;
    DUDAO_TRY(RenameDurably(all[i], going));
    DUDAO_TRY(RemoveTree(going));
    ++report_.removed;
  }
  return report_.removed > 0 ? DropBlobs() : absl::OkStatus();
}

// Files that no backup names any more.
absl::Status BackupRun::DropBlobs() {
  std::set<std::string> named;
  DUDAO_ASSIGN(const std::vector<std::string> all, WholeBackups(target_));
  for (const std::string& backup : all) {
    DUDAO_ASSIGN(const std::vector<std::string> hashes, BlobsNamedIn(backup + "/blobs/blobs.db"));
    named.insert(hashes.begin(), hashes.end());
  }
  DUDAO_ASSIGN(const std::vector<std::string> files, FilesBelow(target_ + "/blobs"));
  for (const std::string& path : files) {
    if (named.contains(fs::path(path).filename())) continue;
    std::remove(absl::StrCat(target_, "/blobs/", path).c_str());
  }
  return absl::OkStatus();
}

}  // namespace

std::string SharedBlobs(const std::string& backup) {
  return (fs::path(NormalFolder(backup)).parent_path() / "blobs").string();
}

absl::StatusOr<std::vector<std::string>> WholeBackups(const std::string& target) {
  std::vector<std::string> whole;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(target, error)) {
    const std::string path = entry.path();
    if (entry.is_directory() && !path.ends_with(kPartialSuffix) && HasManifest(path)) {
      whole.push_back(path);
    }
  }
  if (error) return FileError(error.value(), "backup folder");
  std::sort(whole.begin(), whole.end());
  return whole;
}

absl::StatusOr<BackupReport> Backup(const BackupOptions& options) {
  const std::string data = NormalFolder(options.data_dir);
  const std::string target = NormalFolder(options.target);
  if (!fs::exists(data + "/server.db")) {
    return Error(absl::StatusCode::kNotFound, "ARCHIVE_NO_SERVER", data);
  }
  if (absl::StartsWith(target + "/", data + "/")) {
    return Error(absl::StatusCode::kInvalidArgument, "BACKUP_INSIDE_DATA", target);
  }
  DUDAO_TRY(MakeFolder(target));
  FolderLock lock;
  DUDAO_TRY(lock.Take(target, "BACKUP_RUNNING"));
  DUDAO_ASSIGN(BackupReport report, BackupRun(options, data, target).Run());
  // What was saved is saved, whether or not the server can be told of it.
  report.marked = report.blobs_damaged == 0 && WriteBackupMark(data, options.now_ms).ok();
  return report;
}

}  // namespace dudao::server
