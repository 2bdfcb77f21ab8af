// What a tablet is enrolled with: a one-time code as typed, or the URI that the picture beside it
// holds, which also says where the server is and which certificate it shows.
//
// "dudao://enrol?s=HOST:PORT&c=CODE&k=HEX&t=HEX", parts in any order: server, code, fingerprint of
// the server's signing key, fingerprint of its certificate where it has one. Pure. Errors:
// INVALID_ARGUMENT (INVITATION_INVALID).
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace dudao::command {

struct Invitation {
  std::string code;
  std::string server;              // host:port
  std::string server_fingerprint;  // of the server's signing key, hex
  std::string certificate;         // SHA-256 of a certificate of the server's chain, hex
};

absl::StatusOr<Invitation> ParseInvitation(const std::string& text);

}  // namespace dudao::command
