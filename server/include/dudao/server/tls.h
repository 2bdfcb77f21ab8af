// The server's own certificate authority and certificate, for places that have none to give.
//
// Makes `<folder>/{ca,server}.{pem,key}` (P-256, all 0600): the authority is valid for ten years,
// the certificate for 397 days (what browsers accept) and is made anew by itself 60 days before its
// end, when a name is added, and when its authority is another one. The key stays over renewals, so
// a renewal replaces one file in one step. server.pem carries the authority too: a tablet that was
// told only the fingerprint can compare it with what it is shown. Does not: ask any other
// authority, revoke. Files that it did not make it leaves alone: an administrator's own go
// elsewhere (Options::tls_certificate_file). Threading: one thread at a time for a folder. Errors:
// INVALID_ARGUMENT (OPTIONS_INVALID) a name that is neither host name nor address, DATA_LOSS
// (TLS_FILES_DAMAGED) files that do not belong together, and those of the file system. Durability:
// every file is replaced in one durable step. Profile: RFC 5280, names by RFC 6125 (SAN only).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace dudao::server {

struct TlsFiles {
  std::string certificate_file;  // the certificate, then its authority
  std::string key_file;
  std::string ca_file;  // what a tablet or a browser has to trust
  // SHA-256 of the authority's certificate, lower-case hex: goes into enrolment codes and stays
  // when the certificate is renewed.
  std::string fingerprint;
  int64_t not_after_ms = 0;     // end of the certificate
  int64_t ca_not_after_ms = 0;  // end of the authority
  std::vector<std::string> names;
  bool renewed = false;  // true where this call wrote a certificate
};

// Makes what is missing or near its end. `names`: host names and addresses that clients may use, in
// addition to those of the certificate that is there; empty keeps that one's.
absl::StatusOr<TlsFiles> PrepareTls(const std::string& folder,
                                    const std::vector<std::string>& names, int64_t now_ms);

// True where PrepareTls has been here before.
bool HasTls(const std::string& folder);

// Host name and addresses of this machine, loopback ones included; never fails.
std::vector<std::string> NamesOfThisMachine();

// SHA-256 of the last certificate in the PEM text, which is the one to trust; empty where there is
// none.
std::string CertificateFingerprint(std::string_view pem);

}  // namespace dudao::server
