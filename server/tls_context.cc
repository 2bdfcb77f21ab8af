#include "tls_context.h"

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>

#include "absl/status/statusor.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

namespace ssl = boost::asio::ssl;
using ErrorCode = boost::system::error_code;

// RFC 7301: the one protocol that is spoken here. A client that offers none is served as well.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* size,
                   const unsigned char* offered, unsigned offered_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* out = nullptr;
  const int found =
      SSL_select_next_proto(&out, size, kHttp11, sizeof kHttp11 - 1, offered, offered_size);
  *chosen = out;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

absl::Status Damaged(std::string_view detail) {
  return Error(absl::StatusCode::kDataLoss, "TLS_FILES_DAMAGED", detail);
}

absl::StatusOr<std::shared_ptr<ssl::context>> Make(const std::string& certificate,
                                                   const std::string& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(raw, &ChooseProtocol, nullptr);
  ErrorCode error;
  context->use_certificate_chain(boost::asio::buffer(certificate), error);
  if (error) return Damaged("the certificate cannot be read");
  context->use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(raw) != 1) return Damaged("not each other's");
  return context;
}

}  // namespace

absl::Status TlsContext::Look() {
  DUDAO_ASSIGN(const std::string certificate, ReadFile(certificate_file_));
  DUDAO_ASSIGN(const std::string key, ReadFile(key_file_));
  absl::MutexLock lock(&mutex_);
  const std::string both = certificate + key;
  if (current_ != nullptr && both == seen_) return absl::OkStatus();
  DUDAO_ASSIGN(current_, Make(certificate, key));
  seen_ = both;
  return absl::OkStatus();
}

std::shared_ptr<ssl::context> TlsContext::Current() const {
  absl::MutexLock lock(&mutex_);
  return current_;
}

}  // namespace dudao::server
