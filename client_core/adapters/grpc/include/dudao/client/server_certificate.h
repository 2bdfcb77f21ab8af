// The certificate of a server that is known by a fingerprint only: from an enrolment code's picture
// or read out on the telephone.
//
// Connects once, believes nothing but the fingerprint, sends nothing. The PEM is then pinned
// (ChannelOptions::root_certificates). Blocks while it connects. Errors: INVALID_ARGUMENT for what
// is no fingerprint, UNAVAILABLE where no TLS server answers, PERMISSION_DENIED
// (SERVER_CERTIFICATE_WRONG) where no certificate that is shown has it.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace dudao::client {

inline constexpr char kServerCertificateWrong[] = "SERVER_CERTIFICATE_WRONG";

// `target`: "host:port". `sha256`: of the certificate in DER, 64 hex digits; case, colons and
// spaces do not matter.
absl::StatusOr<std::string> FetchCertificate(const std::string& target, const std::string& sha256);

}  // namespace dudao::client
