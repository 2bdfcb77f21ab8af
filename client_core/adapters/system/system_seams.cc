#include "dudao/client/system_seams.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace dudao::client {
namespace {

constexpr size_t kFileBytesMax = 64 << 10;

absl::Status FileError(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

// Closes on destruction.
class File {
 public:
  File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

int64_t SystemClock::WallMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string SystemRandom::Bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t done = 0; done < count;) {
    const ssize_t got = getrandom(bytes.data() + done, count - done, 0);
    if (got < 0 && errno != EINTR) std::abort();
    if (got > 0) done += static_cast<size_t>(got);
  }
  return bytes;
}

absl::StatusOr<std::optional<std::string>> SmallFile::Read() {
  const File file(path_, O_RDONLY);
  if (file.fd() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return FileError(path_);
  }
  std::string bytes;
  std::array<char, 4096> buffer{};
  while (bytes.size() <= kFileBytesMax) {
    const ssize_t size = read(file.fd(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return FileError(path_);
    if (size == 0) return std::optional<std::string>(std::move(bytes));
    bytes.append(buffer.data(), static_cast<size_t>(size));
  }
  return absl::UnavailableError(absl::StrCat(path_, ": too large"));
}

absl::Status SmallFile::Write(std::string_view bytes) {
  const std::string fresh = path_ + ".new";
  {
    const File file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.fd() < 0) return FileError(fresh);
    if (write(file.fd(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      return FileError(fresh);
    if (fsync(file.fd()) != 0) return FileError(fresh);
  }
  if (std::rename(fresh.c_str(), path_.c_str()) != 0) return FileError(path_);
  const File folder(FolderOf(path_), O_RDONLY | O_DIRECTORY);
  if (folder.fd() < 0 || fsync(folder.fd()) != 0) return FileError(path_);
  return absl::OkStatus();
}

}  // namespace dudao::client
