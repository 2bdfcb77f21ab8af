// What keeps a running server visible and fresh: pages for health and figures, and a certificate
// that is renewed in time.
//
// One object a server; stop it before what it reads. Owns one thread for the pages and one that
// looks once an hour. Does not serve calls. Thread-safe. Errors of Start are those of PageServer.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "call_guard.h"
#include "log.h"
#include "metrics.h"
#include "page_server.h"

namespace dudao::server {

class Operations {
 public:
  struct Parts {
    CallGuard& guard;
    Log& log;
    std::function<int64_t()> wall_ms;
    // Adds figures that are quick to have.
    std::function<void(MetricsText&)> figures;
    std::string tls_certificate_file;  // empty: clear text
    std::string tls_own_folder;        // empty: the certificate is renewed by somebody else
    // When the last backup was begun; 0 where none is known.
    std::function<int64_t()> last_backup_ms;
  };
  // Empty address in `pages`: no pages.
  static absl::StatusOr<std::unique_ptr<Operations>> Start(const PageOptions& pages, Parts parts);
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  // What /readyz says; false until it is called.
  void SetServing(bool serving) { serving_.store(serving); }
  // 0 where there are no pages.
  int pages_port() const { return pages_ == nullptr ? 0 : pages_->port(); }

 private:
  explicit Operations(Parts parts) : parts_(std::move(parts)) {}
  Page Metrics();
  Page Ready();
  void RenewCertificate();
  void ReadCertificate();
  void Run();

  const Parts parts_;
  std::atomic<bool> serving_{false};
  std::atomic<int64_t> tls_not_after_ms_{0};
  std::unique_ptr<PageServer> pages_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace dudao::server
