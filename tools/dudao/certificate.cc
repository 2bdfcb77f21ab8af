#include "certificate.h"

#include "dudao/client/server_certificate.h"
#include "import_files.h"

namespace dudao::command {

void AddTrustOptions(CommandTable& table, CLI::App& sub, ServerTrust& trust) {
  sub.add_option("--certificate", trust.certificate_file, table.Words(Text::kOptionCertificate));
  sub.add_option("--fingerprint", trust.fingerprint, table.Words(Text::kOptionFingerprint));
}

absl::StatusOr<ServerAddress> TrustedAddress(const std::string& server, const ServerTrust& trust) {
  ServerAddress address{server, ""};
  if (!trust.certificate_file.empty()) {
    const auto pem = ReadWholeFile(trust.certificate_file);
    if (!pem.ok()) return pem.status();
    address.certificate = *pem;
  } else if (!trust.fingerprint.empty()) {
    const auto pem = client::FetchCertificate(server, trust.fingerprint);
    if (!pem.ok()) return pem.status();
    address.certificate = *pem;
  }
  return address;
}

}  // namespace dudao::command
