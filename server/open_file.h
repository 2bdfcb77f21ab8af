// A file that is open as long as the object, and a SHA-256 over what is read from it. Private to
// the server.
//
// Not thread-safe. Opening does not fail by itself: look at `fd`, and at errno.
#pragma once

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>

namespace dudao::server {

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  // Below 0 where it could not be opened.
  int fd() const { return fd_; }

 private:
  int fd_;
};

class RunningDigest {
 public:
  RunningDigest() : context_(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void Add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  // 32 bytes. Once.
  std::string Done() {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), hash, &length);
    return std::string(reinterpret_cast<const char*>(hash), length);  // NOLINT: bytes
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace dudao::server
