#include "blob_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "open_file.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr size_t kPiece = 256 << 10;

}  // namespace

absl::Status AppendDurably(const std::string& path, int64_t offset, std::string_view data) {
  const OpenFile file(path, O_WRONLY | O_CREAT);
  if (file.fd() < 0) return FileError(errno, "blob");
  size_t done = 0;
  while (done < data.size()) {
    const ssize_t n = pwrite(file.fd(), data.data() + done, data.size() - done,
                             static_cast<off_t>(offset) + static_cast<off_t>(done));
    if (n < 0) return FileError(errno, "blob");
    done += static_cast<size_t>(n);
  }
  return fsync(file.fd()) == 0 ? absl::OkStatus() : FileError(errno, "blob");
}

absl::StatusOr<std::string> ReadPiece(const std::string& path, int64_t offset, size_t bytes) {
  const OpenFile file(path, O_RDONLY);
  if (file.fd() < 0)
    return Error(absl::StatusCode::kDataLoss, "STORAGE_DAMAGED", "a blob's file is missing");
  std::string data(bytes, '\0');
  size_t done = 0;
  while (done < bytes) {
    const ssize_t n = pread(file.fd(), data.data() + done, bytes - done,
                            static_cast<off_t>(offset) + static_cast<off_t>(done));
    if (n < 0) return FileError(errno, "blob");
    if (n == 0)
      return Error(absl::StatusCode::kDataLoss, "STORAGE_DAMAGED", "a blob's file is too short");
    done += static_cast<size_t>(n);
  }
  return data;
}

absl::StatusOr<std::string> HashOfFile(const std::string& path) {
  const OpenFile file(path, O_RDONLY);
  if (file.fd() < 0) return FileError(errno, "blob");
  RunningDigest digest;
  std::string piece(kPiece, '\0');
  while (true) {
    const ssize_t n = read(file.fd(), piece.data(), piece.size());
    if (n < 0) return FileError(errno, "blob");
    if (n == 0) break;
    digest.Add(std::string_view(piece.data(), static_cast<size_t>(n)));
  }
  return digest.Done();
}

}  // namespace dudao::server
