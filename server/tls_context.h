// The certificate of an asio listener, taken up anew when its files change.
//
// TLS 1.2 and 1.3, HTTP/1.1 only. New connections get the newest pair of files that fits together;
// a half-replaced pair is left for the next look. Thread-safe. Errors: DATA_LOSS
// (TLS_FILES_DAMAGED).
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <utility>  // NOLINT: before asio, whose awaitable.hpp forgets it

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

class TlsContext {
 public:
  TlsContext(std::string certificate_file, std::string key_file)
      : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

  // Reads the files; what was in use stays where they do not fit.
  absl::Status Look();
  // REQUIRES: a Look that returned OK.
  std::shared_ptr<boost::asio::ssl::context> Current() const;

 private:
  const std::string certificate_file_;
  const std::string key_file_;
  mutable absl::Mutex mutex_;
  std::string seen_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<boost::asio::ssl::context> current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
