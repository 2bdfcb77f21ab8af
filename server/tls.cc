#include "dudao/server/tls.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "certificate.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;
constexpr int64_t kCaDays = 3650;
constexpr int64_t kCertificateDays = 397;
constexpr int64_t kRenewDays = 60;
// Tablets have clocks of their own; one that is a little behind must still believe it.
constexpr int64_t kBeforeNowMs = 2 * kDayMs;

struct Paths {
  explicit Paths(const std::string& folder)
      : ca(folder + "/ca.pem"),
        ca_key(folder + "/ca.key"),
        certificate(folder + "/server.pem"),
        key(folder + "/server.key") {}
  std::string ca;
  std::string ca_key;
  std::string certificate;
  std::string key;
};

absl::Status Damaged(std::string_view detail) {
  return Error(absl::StatusCode::kDataLoss, "TLS_FILES_DAMAGED", detail);
}

absl::StatusOr<PrivateKey> KeyIn(const std::string& path) {
  DUDAO_ASSIGN(const std::string pem, ReadFile(path));
  if (!pem.empty()) return PrivateKey::FromPem(pem);
  DUDAO_ASSIGN(PrivateKey key, PrivateKey::Make());
  DUDAO_TRY(WriteFile(path, key.Pem()));
  return key;
}

absl::StatusOr<Certificate> AuthorityIn(const Paths& paths, const PrivateKey& key, int64_t now_ms) {
  DUDAO_ASSIGN(const std::string pem, ReadFile(paths.ca));
  if (!pem.empty()) {
    DUDAO_ASSIGN(Certificate ca, Certificate::FromPem(pem));
    if (!ca.Holds(key)) return Damaged("ca.pem does not belong to ca.key");
    if (ca.not_after_ms() > now_ms) return ca;
  }
  DUDAO_ASSIGN(Certificate ca,
               Certificate::MakeAuthority(key, {now_ms - kBeforeNowMs, now_ms + kCaDays * kDayMs}));
  DUDAO_TRY(WriteFile(paths.ca, ca.Pem()));
  return ca;
}

bool Covers(const std::vector<std::string>& held, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
    return std::find(held.begin(), held.end(), name) != held.end();
  });
}

// Those that are there stay: a renewal takes no name away.
std::vector<std::string> Join(const std::vector<std::string>& held,
                              const std::vector<std::string>& added) {
  std::vector<std::string> names = held;
  for (const std::string& name : added) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> Normal(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    const std::string normal = CertificateName(name);
    if (normal.empty()) {
      return Error(absl::StatusCode::kInvalidArgument, "OPTIONS_INVALID",
                   absl::StrCat("not a host name or address: ", name.substr(0, 80)));
    }
    out.push_back(normal);
  }
  return out;
}

}  // namespace

bool HasTls(const std::string& folder) {
  return std::filesystem::exists(Paths(folder).certificate);
}

absl::StatusOr<TlsFiles> PrepareTls(const std::string& folder,
                                    const std::vector<std::string>& names, int64_t now_ms) {
  DUDAO_ASSIGN(const std::vector<std::string> wanted, Normal(names));
  const Paths paths(folder);
  DUDAO_TRY(MakeFolder(folder));
  std::error_code ignored;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
  DUDAO_ASSIGN(const PrivateKey ca_key, KeyIn(paths.ca_key));
  DUDAO_ASSIGN(const Certificate ca, AuthorityIn(paths, ca_key, now_ms));
  DUDAO_ASSIGN(const PrivateKey key, KeyIn(paths.key));
  DUDAO_ASSIGN(const std::string held_pem, ReadFile(paths.certificate));
  TlsFiles files{paths.certificate, paths.key, paths.ca, ca.Fingerprint(), 0,
                 ca.not_after_ms(), {}};
  if (!held_pem.empty()) {
    DUDAO_ASSIGN(const Certificate held, Certificate::FromPem(held_pem));
    if (!held.Holds(key)) return Damaged("server.pem does not belong to server.key");
    files.names = held.Names();
    files.not_after_ms = held.not_after_ms();
    const bool last_days = held.not_after_ms() - now_ms < kRenewDays * kDayMs;
    // Near the authority's own end a new certificate would not live longer.
    const bool longer = held.not_after_ms() < ca.not_after_ms();
    if (held.SignedBy(ca) && Covers(files.names, wanted) && !(last_days && longer)) return files;
  }
  files.names = Join(files.names, wanted);
  if (files.names.empty())
    return Error(absl::StatusCode::kInvalidArgument, "OPTIONS_INVALID", "no name for TLS");
  files.not_after_ms = std::min(now_ms + kCertificateDays * kDayMs, ca.not_after_ms());
  DUDAO_ASSIGN(
      const Certificate fresh,
      Certificate::Make(files.names, key, ca, ca_key, {now_ms - kBeforeNowMs, files.not_after_ms}));
  DUDAO_TRY(WriteFile(paths.certificate, fresh.Pem() + ca.Pem()));
  files.renewed = true;
  return files;
}

std::vector<std::string> NamesOfThisMachine() {
  std::set<std::string> names = {"localhost", "127.0.0.1", "::1"};
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) == 0) {
    const std::string name = CertificateName(host.data());
    if (!name.empty()) names.insert(name);
  }
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return {names.begin(), names.end()};
  for (const ifaddrs* at = all; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_UP) == 0) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* address = nullptr;
    if (at->ifa_addr->sa_family == AF_INET) {
      address = &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr;  // NOLINT: sockets
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      const auto* six = reinterpret_cast<const sockaddr_in6*>(at->ifa_addr);  // NOLINT: sockets
      // Link-local addresses need a zone, which no certificate can name.
      if (IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr) == 0) address = &six->sin6_addr;
    }
    if (address != nullptr &&
        inet_ntop(at->ifa_addr->sa_family, address, text.data(), text.size()) != nullptr) {
      names.insert(text.data());
    }
  }
  freeifaddrs(all);
  return {names.begin(), names.end()};
}

std::string CertificateFingerprint(std::string_view pem) {
  const size_t last = pem.rfind("-----BEGIN CERTIFICATE-----");
  if (last == std::string_view::npos) return {};
  const auto certificate = Certificate::FromPem(std::string(pem.substr(last)));
  return certificate.ok() ? certificate->Fingerprint() : std::string();
}

}  // namespace dudao::server
