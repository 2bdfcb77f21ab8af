#include "files.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "reason.h"

namespace dudao::server {
namespace fs = std::filesystem;

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  // It cannot fail on a running system; zero bytes would only weaken what is bound to them.
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),  // NOLINT: C interface
             static_cast<int>(count));
  return bytes;
}

absl::Status FileError(int error_number, const std::string& what) {
  const std::string detail = absl::StrCat(what, ": ", std::strerror(error_number));
  if (error_number == ENOSPC || error_number == EDQUOT) {
    return Error(absl::StatusCode::kResourceExhausted, "STORAGE_FULL", detail);
  }
  return Error(absl::StatusCode::kUnavailable, "STORAGE_BUSY", detail);
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? FileError(error.value(), "folder") : absl::OkStatus();
}

absl::Status SyncFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError(errno, "folder");
  const bool ok = fsync(fd) == 0;
  const int error = errno;
  close(fd);
  return ok ? absl::OkStatus() : FileError(error, "folder");
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (!fs::exists(path)) return std::string();
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) return FileError(EIO, fs::path(path).filename());
  return content.str();
}

absl::Status WriteFile(const std::string& path, const std::string& content) {
  const std::string fresh = path + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return FileError(errno, fs::path(path).filename());
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = write(fd, content.data() + done, content.size() - done);
    if (n < 0) break;
    done += static_cast<size_t>(n);
  }
  const bool ok = done == content.size() && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!ok || rename(fresh.c_str(), path.c_str()) != 0) {
    return FileError(ok ? errno : error, fs::path(path).filename());
  }
  return SyncFolder(fs::absolute(path).parent_path());
}

int64_t FileBytes(const std::string& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(bytes);
}

}  // namespace dudao::server
