#include "operations.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "certificate.h"
#include "dudao/server/tls.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "process_memory.h"

namespace dudao::server {
namespace {

constexpr absl::Duration kLookEvery = absl::Hours(1);
constexpr int64_t kWarnBeforeMs = int64_t{30} * 24 * 3600 * 1000;
// The timer makes one a night; two days are one that failed and one that is late.
constexpr int64_t kBackupOldMs = int64_t{2} * 24 * 3600 * 1000;
constexpr double kMsPerSecond = 1000.0;

}  // namespace

absl::StatusOr<std::unique_ptr<Operations>> Operations::Start(const PageOptions& pages,
                                                              Parts parts) {
  std::unique_ptr<Operations> self(new Operations(std::move(parts)));
  self->ReadCertificate();
  if (!pages.listen.empty()) {
    Operations* raw = self.get();
    DUDAO_ASSIGN(self->pages_,
                 PageServer::Start(pages, {{"/metrics", [raw] { return raw->Metrics(); }},
                                           {"/healthz",
                                            [] {
                                              return Page{200, "ok\n"};
                                            }},
                                           {"/readyz", [raw] { return raw->Ready(); }}}));
  }
  self->thread_ = std::thread([raw = self.get()] { raw->Run(); });
  return self;
}

Operations::~Operations() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Operations::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopped_), kLookEvery)) return;
    }
    RenewCertificate();
    // Tells of a new level even while nobody calls.
    parts_.guard.LookAtDisk();
  }
}

void Operations::RenewCertificate() {
  const int64_t now_ms = parts_.wall_ms();
  if (!parts_.tls_own_folder.empty()) {
    const auto files = PrepareTls(parts_.tls_own_folder, {}, now_ms);
    if (!files.ok()) {
      parts_.log.Event("error", "tls_not_renewed", std::string(files.status().message()));
    } else if (files->renewed) {
      parts_.log.Event("info", "tls_renewed", "");
    }
  }
  ReadCertificate();
  const int64_t end_ms = tls_not_after_ms_.load();
  if (end_ms != 0 && end_ms - now_ms < kWarnBeforeMs)
    parts_.log.Event("warning", "tls_ends_soon", absl::StrCat("unix_ms ", end_ms));
}

void Operations::ReadCertificate() {
  if (parts_.tls_certificate_file.empty()) return;
  const auto pem = ReadFile(parts_.tls_certificate_file);
  if (!pem.ok()) return;
  const auto certificate = Certificate::FromPem(*pem);
  if (certificate.ok()) tls_not_after_ms_.store(certificate->not_after_ms());
}

Page Operations::Ready() {
  if (!serving_.load()) return {503, "not serving\n"};
  std::string body = "ready\n";
  // Still ready: reading works, and whoever is sent elsewhere would not find more room there.
  switch (parts_.guard.LookAtDisk()) {
    case DiskLevel::kEnough:
      break;
    case DiskLevel::kWarn:
      body += "warning: the disk is getting full\n";
      break;
    case DiskLevel::kLow:
      body += "warning: the disk is nearly full, uploads are refused\n";
      break;
  }
  const int64_t end_ms = tls_not_after_ms_.load();
  if (end_ms != 0 && end_ms - parts_.wall_ms() < kWarnBeforeMs)
    body += "warning: the certificate ends within 30 days\n";
  const int64_t backup_ms = parts_.last_backup_ms();
  if (backup_ms == 0) {
    body += "warning: no backup is known\n";
  } else if (parts_.wall_ms() - backup_ms > kBackupOldMs) {
    body += "warning: the last backup is older than two days\n";
  }
  return {200, body};
}

Page Operations::Metrics() {
  MetricsText text;
  text.Gauge("dudao_serving", "1 while calls are taken.", serving_.load() ? 1 : 0);
  text.Gauge("dudao_memory_bytes", "Resident memory.", static_cast<double>(ResidentBytes()));
  if (const int64_t end_ms = tls_not_after_ms_.load(); end_ms != 0)
    text.Gauge("dudao_tls_not_after_seconds", "End of the certificate, seconds since 1970.",
               static_cast<double>(end_ms) / kMsPerSecond);
  text.Gauge("dudao_backup_timestamp_seconds",
             "Begin of the last whole backup, seconds since 1970; 0 where none is known.",
             static_cast<double>(parts_.last_backup_ms()) / kMsPerSecond);
  parts_.guard.Write(text);
  if (parts_.figures) parts_.figures(text);
  return {200, text.Take()};
}

}  // namespace dudao::server
