#include "certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cctype>
#include <memory>

#include "field_edit.h"
#include "import_files.h"

namespace dudao::command {
namespace {

struct Freer {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Freer>;
using BioPtr = std::unique_ptr<BIO, Freer>;

// Lower-case hex without colons and spaces.
std::string Plain(const std::string& fingerprint) {
  std::string out;
  for (const char c : fingerprint) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string FingerprintOf(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) return "";
  return Hex(std::string(digest.begin(), digest.begin() + size));
}

std::string PemOf(X509& certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (out == nullptr || PEM_write_bio_X509(out.get(), &certificate) != 1) return "";
  char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(out.get(), &text));
  return std::string(text, size);
}

absl::Status Unreachable(const std::string& server) {
  ERR_clear_error();
  return absl::UnavailableError("no TLS server answers at " + server);
}

}  // namespace

void AddTrustOptions(CommandTable& table, CLI::App& sub, ServerTrust& trust) {
  sub.add_option("--certificate", trust.certificate_file, table.Words(Text::kOptionCertificate));
  sub.add_option("--fingerprint", trust.fingerprint, table.Words(Text::kOptionFingerprint));
}

absl::StatusOr<std::string> FetchCertificate(const std::string& server,
                                             const std::string& fingerprint) {
  const std::string wanted = Plain(fingerprint);
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return absl::InternalError("no TLS");
  // Nothing is believed but the fingerprint, and nothing is sent.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  const BioPtr link(BIO_new_ssl_connect(context.get()));
  if (link == nullptr) return absl::InternalError("no TLS");
  BIO_set_conn_hostname(link.get(), server.c_str());
  SSL* ssl = nullptr;
  BIO_get_ssl(link.get(), &ssl);
  const std::string host = server.substr(0, server.rfind(':'));
  SSL_set_tlsext_host_name(ssl, host.c_str());
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl, kHttp2, sizeof kHttp2);
  if (BIO_do_connect(link.get()) != 1 || BIO_do_handshake(link.get()) != 1)
    return Unreachable(server);
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    X509& certificate = *sk_X509_value(chain, i);
    if (FingerprintOf(certificate) == wanted) return PemOf(certificate);
  }
  return absl::PermissionDeniedError(
      "SERVER_CERTIFICATE_WRONG: " + server +
      " shows no certificate with this fingerprint; it may be another server");
}

absl::StatusOr<ServerAddress> TrustedAddress(const std::string& server, const ServerTrust& trust) {
  ServerAddress address{server, ""};
  if (!trust.certificate_file.empty()) {
    const auto pem = ReadWholeFile(trust.certificate_file);
    if (!pem.ok()) return pem.status();
    address.certificate = *pem;
  } else if (!trust.fingerprint.empty()) {
    const auto pem = FetchCertificate(server, trust.fingerprint);
    if (!pem.ok()) return pem.status();
    address.certificate = *pem;
  }
  return address;
}

}  // namespace dudao::command
