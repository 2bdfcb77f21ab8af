#include "archive_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "open_file.h"
#include "reason.h"

namespace dudao::server {
namespace fs = std::filesystem;
namespace {

constexpr size_t kPiece = 1 << 20;

absl::Status WriteAll(int fd, std::string_view data, const std::string& name) {
  while (!data.empty()) {
    const ssize_t n = write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError(errno, name);
    data.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::StatusOr<Copied> CopyBytes(int from, int to, const std::string& name) {
  RunningDigest digest;
  std::string piece(kPiece, '\0');
  Copied copied;
  while (true) {
    const ssize_t n = read(from, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError(errno, name);
    if (n == 0) break;
    const std::string_view data(piece.data(), static_cast<size_t>(n));
    digest.Add(data);
    DUDAO_TRY(WriteAll(to, data, name));
    copied.bytes += n;
  }
  if (fsync(to) != 0) return FileError(errno, name);
  copied.sha256 = absl::BytesToHexString(digest.Done());
  return copied;
}

}  // namespace

absl::StatusOr<Copied> CopyFile(const std::string& from, const std::string& to) {
  const std::string name = fs::path(from).filename();
  const OpenFile source(from, O_RDONLY);
  if (source.fd() < 0) {
    if (errno == ENOENT) return Error(absl::StatusCode::kNotFound, "ARCHIVE_FILE_MISSING", name);
    return FileError(errno, name);
  }
  DUDAO_TRY(MakeFolder(fs::path(to).parent_path()));
  const OpenFile target(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (target.fd() < 0) return FileError(errno, name);
  return CopyBytes(source.fd(), target.fd(), name);
}

absl::StatusOr<Copied> CopyFileInOneStep(const std::string& from, const std::string& to) {
  const std::string part = to + ".copying";
  absl::StatusOr<Copied> copied = CopyFile(from, part);
  if (!copied.ok()) {
    std::remove(part.c_str());
    return copied;
  }
  if (std::rename(part.c_str(), to.c_str()) != 0) return FileError(errno, fs::path(to).filename());
  return copied;
}

std::string BlobPlace(const std::string& hex) {
  return absl::StrCat(hex.substr(0, 2), "/", hex.substr(2, 2), "/", hex);
}

absl::StatusOr<std::unique_ptr<sync::Database>> OpenToRead(const std::string& path) {
  if (!fs::exists(path)) {
    return Error(absl::StatusCode::kNotFound, "ARCHIVE_FILE_MISSING",
                 fs::path(path).filename().string());
  }
  sync::DatabaseOptions options;
  options.read_only = true;
  return sync::Database::Open(path, options);
}

absl::StatusOr<std::vector<std::string>> BlobsNamedIn(const std::string& blobs_db) {
  DUDAO_ASSIGN(const auto db, OpenToRead(blobs_db));
  DUDAO_ASSIGN(auto rows, db->Prepare("SELECT DISTINCT sha256 FROM blob WHERE complete = 1 "
                                      "ORDER BY sha256"));
  std::vector<std::string> hashes;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return hashes;
    hashes.push_back(absl::BytesToHexString(std::string(rows.Blob(0))));
  }
}

absl::StatusOr<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(folder, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->is_regular_file(error)) files.push_back(fs::relative(it->path(), folder).string());
  }
  if (error) return FileError(error.value(), fs::path(folder).filename());
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status SyncTree(const std::string& folder) {
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(folder, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->is_directory()) DUDAO_TRY(SyncFolder(it->path()));
  }
  return error ? FileError(error.value(), "folder") : SyncFolder(folder);
}

absl::Status RemoveTree(const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  return error ? FileError(error.value(), fs::path(folder).filename()) : absl::OkStatus();
}

absl::Status RenameDurably(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return FileError(errno, fs::path(to).filename());
  return SyncFolder(fs::absolute(to).parent_path());
}

std::string NormalFolder(const std::string& folder) {
  const auto path = fs::absolute(folder).lexically_normal();
  return path.has_filename() ? path.string() : path.parent_path().string();
}

}  // namespace dudao::server
