// Which server is trusted: one whose certificate follows from a PEM file, or bears a fingerprint
// that came another way (an enrolment code's picture), or none where clear text is used.
//
// A fingerprint is the SHA-256 of a certificate's DER form in hex. The certificate that bears it is
// fetched once and pinned from then on. Blocks while it connects. Errors: UNAVAILABLE where nobody
// answers, PERMISSION_DENIED (SERVER_CERTIFICATE_WRONG) where no certificate of the chain bears it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "command_table.h"
#include "server_link.h"

namespace dudao::command {

struct ServerTrust {
  std::string certificate_file;  // PEM
  std::string fingerprint;       // hex
};

void AddTrustOptions(CommandTable& table, CLI::App& sub, ServerTrust& trust);

// The address with what is trusted.
absl::StatusOr<ServerAddress> TrustedAddress(const std::string& server, const ServerTrust& trust);

}  // namespace dudao::command
