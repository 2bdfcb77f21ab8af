// What a channel trusts. gRPC's own check knows no way to leave the dates out, so a pinned
// certificate is checked here.
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <functional>
#include <string>

#include "dudao/client/grpc_channel.h"
#include "openssl_ptr.h"

namespace dudao::client {
namespace {

OpensslPtr<STACK_OF(X509)> ReadPem(const std::string& pem) {
  OpensslPtr<STACK_OF(X509)> list(sk_X509_new_null());
  const OpensslPtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (X509* certificate = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr))
    sk_X509_push(list.get(), certificate);
  ERR_clear_error();
  return list;
}

// "host:port", "[::1]:port", "host".
std::string HostOf(std::string target) {
  if (const size_t slash = target.rfind('/'); slash != std::string::npos)
    target = target.substr(slash + 1);
  if (!target.empty() && target[0] == '[') return target.substr(1, target.find(']') - 1);
  const size_t colon = target.rfind(':');
  return colon == std::string::npos || target.find(':') != colon ? target : target.substr(0, colon);
}

class PinnedVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit PinnedVerifier(const std::string& pem) : trusted_(ReadPem(pem)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* status) override {
    const grpc::string_ref chain = request->peer_cert_full_chain();
    const grpc::string_ref leaf = request->peer_cert();
    const grpc::string_ref& shown = chain.empty() ? leaf : chain;
    const grpc::string_ref target = request->target_name();
    const bool holds = Holds(std::string(shown.data(), shown.size()),
                             HostOf(std::string(target.data(), target.size())));
    if (!holds) {
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                             "SERVER_CERTIFICATE_WRONG: not the pinned server");
    }
    return true;
  }

  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  bool Holds(const std::string& chain, const std::string& host) const {
    const OpensslPtr<STACK_OF(X509)> shown = ReadPem(chain);
    const OpensslPtr<X509_STORE> store(X509_STORE_new());
    const OpensslPtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
    if (sk_X509_num(shown.get()) == 0 || store == nullptr || context == nullptr) return false;
    for (int i = 0; i < sk_X509_num(trusted_.get()); ++i)
      X509_STORE_add_cert(store.get(), sk_X509_value(trusted_.get(), i));
    X509* leaf = sk_X509_value(shown.get(), 0);
    if (X509_STORE_CTX_init(context.get(), store.get(), leaf, shown.get()) != 1) return false;
    X509_VERIFY_PARAM* how = X509_STORE_CTX_get0_param(context.get());
    // A certificate that is pinned itself needs no authority above it.
    X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_purpose(how, X509_PURPOSE_SSL_SERVER);
    if (X509_VERIFY_PARAM_set1_ip_asc(how, host.c_str()) != 1)
      X509_VERIFY_PARAM_set1_host(how, host.data(), host.size());
    const bool holds = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    return holds;
  }

  OpensslPtr<STACK_OF(X509)> trusted_;
};

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const ChannelOptions& options) {
  if (!options.tls) return grpc::InsecureChannelCredentials();
  if (options.root_certificates.empty()) return grpc::SslCredentials({});
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_verify_server_certs(false);
  tls.set_check_call_host(false);
  tls.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<PinnedVerifier>(
          options.root_certificates));
  return grpc::experimental::TlsCredentials(tls);
}

}  // namespace dudao::client
