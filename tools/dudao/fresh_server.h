// A server for a demonstration, a measurement or a test: set up as people set one up, started, and
// its first administrator signed in.
//
// Password and session of the administrator are kept beside the data folder (DIR.admin-password,
// DIR.admin-session, mode 0600). Errors: as ServerProcess and Office give them.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "office.h"
#include "server_process.h"

namespace dudao::command {

struct FreshServer {
  std::unique_ptr<ServerProcess> process;
  std::unique_ptr<Office> admin;
};

std::string AdminSessionFile(const ServerProcessOptions& options);

absl::StatusOr<FreshServer> StartFreshServer(const ServerProcessOptions& options);

// Signs in and, where the password must be changed first, changes it. Returns the password in use.
absl::StatusOr<std::string> SignInForGood(const std::string& session_file,
                                          const ServerAddress& server, const std::string& person_id,
                                          const std::string& password);

// A one-time code for a tablet of this person.
absl::StatusOr<std::string> EnrolmentCode(Office& admin, const std::string& person_id);

}  // namespace dudao::command
