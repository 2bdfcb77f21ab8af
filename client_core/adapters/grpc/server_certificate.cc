#include "dudao/client/server_certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "openssl_ptr.h"

namespace dudao::client {
namespace {

constexpr size_t kFingerprintDigits = 64;

std::string Plain(const std::string& fingerprint) {
  std::string out;
  for (const char c : fingerprint) {
    if (absl::ascii_isxdigit(static_cast<unsigned char>(c)))
      out += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return out;
}

std::string FingerprintOf(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return absl::BytesToHexString(std::string(digest.begin(), digest.begin() + size));
}

absl::StatusOr<std::string> PemOf(X509& certificate) {
  const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
  if (out == nullptr || PEM_write_bio_X509(out.get(), &certificate) != 1)
    return absl::InternalError("the certificate cannot be written");
  std::string pem(static_cast<size_t>(BIO_ctrl_pending(out.get())), '\0');
  const int read = BIO_read(out.get(), pem.data(), static_cast<int>(pem.size()));
  pem.resize(read < 0 ? 0 : static_cast<size_t>(read));
  return pem;
}

absl::StatusOr<std::string> FindInChain(SSL& ssl, const std::string& target,
                                        const std::string& wanted) {
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(&ssl);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    X509& certificate = *sk_X509_value(chain, i);
    if (FingerprintOf(certificate) == wanted) return PemOf(certificate);
  }
  return absl::PermissionDeniedError(
      absl::StrCat(kServerCertificateWrong, ": ", target,
                   " shows no certificate with this fingerprint; it may be another server"));
}

}  // namespace

absl::StatusOr<std::string> FetchCertificate(const std::string& target, const std::string& sha256) {
  const std::string wanted = Plain(sha256);
  if (wanted.size() != kFingerprintDigits)
    return absl::InvalidArgumentError("a fingerprint has 64 hex digits");
  const OpensslPtr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return absl::InternalError("no TLS");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  const OpensslPtr<BIO> link(BIO_new_ssl_connect(context.get()));
  SSL* ssl = nullptr;
  if (link == nullptr || BIO_ctrl(link.get(), BIO_C_GET_SSL, 0, &ssl) != 1)
    return absl::InternalError("no TLS");
  // As BIO_set_conn_hostname and SSL_set_tlsext_host_name do, without their casts.
  std::string name = target;
  BIO_ctrl(link.get(), BIO_C_SET_CONNECT, 0, name.data());
  std::string host = target.substr(0, target.rfind(':'));
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
  static constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl, kHttp2.data(), kHttp2.size());
  if (BIO_do_handshake(link.get()) != 1) {
    ERR_clear_error();
    return absl::UnavailableError(absl::StrCat("no TLS server answers at ", target));
  }
  return FindInChain(*ssl, target, wanted);
}

}  // namespace dudao::client
