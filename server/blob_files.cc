#include "blob_files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr size_t kPiece = 256 << 10;

class File {
 public:
  File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

absl::Status AppendDurably(const std::string& path, int64_t offset, std::string_view data) {
  const File file(path, O_WRONLY | O_CREAT);
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
  const File file(path, O_RDONLY);
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
  const File file(path, O_RDONLY);
  if (file.fd() < 0) return FileError(errno, "blob");
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::string piece(kPiece, '\0');
  while (true) {
    const ssize_t n = read(file.fd(), piece.data(), piece.size());
    if (n < 0) return FileError(errno, "blob");
    if (n == 0) break;
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<size_t>(n));
  }
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(context.get(), hash, &length);
  return std::string(reinterpret_cast<const char*>(hash), length);  // NOLINT: bytes as characters
}

}  // namespace dudao::server
