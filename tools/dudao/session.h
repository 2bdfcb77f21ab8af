// A person's session with a server, kept in a file that only its owner may read.
//
// `dudao sign-in` writes it, every office command reads it, `dudao sign-out` removes it. Holds no
// password. Errors: NOT_FOUND where nobody has signed in, UNAVAILABLE where the file cannot be
// written, PERMISSION_DENIED where others may read it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server_link.h"

namespace dudao::command {

struct Session {
  ServerAddress server;
  std::string person_id;
  std::string token;
  int64_t expires_ms = 0;  // unix
};

// $XDG_STATE_HOME/dudao/session, or ~/.local/state/dudao/session.
std::string DefaultSessionFile();
absl::StatusOr<Session> LoadSession(const std::string& path);
// Replaced as a whole, durable on return.
absl::Status SaveSession(const std::string& path, const Session& session);
// Fine where there is none.
absl::Status ForgetSession(const std::string& path);

}  // namespace dudao::command
