// X.509 certificates and their keys: OpenSSL's interface, made safe to use.
//
// Only what the server's own authority needs: P-256 keys, one authority, certificates for servers.
// Does not touch files. Values; const methods from any thread. Errors: DATA_LOSS
// (TLS_FILES_DAMAGED) text that is no key or certificate, INTERNAL where OpenSSL fails. Profile:
// RFC 5280.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace dudao::server {

// A host name of letters, digits, dashes and dots (a leading "*." too), or an IPv4 or IPv6 address,
// in its one normal form; empty for anything else.
std::string CertificateName(std::string_view text);

class PrivateKey {
 public:
  static absl::StatusOr<PrivateKey> Make();
  static absl::StatusOr<PrivateKey> FromPem(const std::string& pem);
  std::string Pem() const;
  EVP_PKEY* get() const { return key_.get(); }

 private:
  explicit PrivateKey(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}
  std::shared_ptr<EVP_PKEY> key_;
};

struct Validity {
  int64_t from_ms = 0;
  int64_t to_ms = 0;
};

class Certificate {
 public:
  static absl::StatusOr<Certificate> MakeAuthority(const PrivateKey& key, Validity validity);
  static absl::StatusOr<Certificate> Make(const std::vector<std::string>& names,
                                          const PrivateKey& key, const Certificate& authority,
                                          const PrivateKey& authority_key, Validity validity);
  // The first one in the text.
  static absl::StatusOr<Certificate> FromPem(const std::string& pem);

  std::string Pem() const;
  // SHA-256 over its DER form, lower-case hex.
  std::string Fingerprint() const;
  // Subject alternative names, as text.
  std::vector<std::string> Names() const;
  int64_t not_after_ms() const;
  bool Holds(const PrivateKey& key) const;
  bool SignedBy(const Certificate& authority) const;

 private:
  explicit Certificate(X509* certificate) : certificate_(certificate, &X509_free) {}
  std::shared_ptr<X509> certificate_;
};

}  // namespace dudao::server
