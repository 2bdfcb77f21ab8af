#include "session.h"

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "private_file.h"

namespace dudao::command {
namespace {

std::string EnvironmentOf(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string DefaultSessionFile() {
  std::string state = EnvironmentOf("XDG_STATE_HOME");
  if (state.empty()) state = EnvironmentOf("HOME") + "/.local/state";
  return state + "/dudao/session";
}

absl::StatusOr<Session> LoadSession(const std::string& path) {
  const auto text = ReadPrivate(path);
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError("NOT_SIGNED_IN: no session in " + path);
  }
  if (!text.ok()) return text.status();
  const auto read = nlohmann::json::parse(*text, nullptr, false);
  if (!read.is_object()) return absl::NotFoundError("NOT_SIGNED_IN: " + path + " is no session");
  Session session;
  session.server = {read.value("server", ""), read.value("certificate", "")};
  session.person_id = read.value("person", "");
  session.token = read.value("session", "");
  session.expires_ms = read.value("expires_ms", int64_t{0});
  return session;
}

absl::Status SaveSession(const std::string& path, const Session& session) {
  const nlohmann::json out = {{"server", session.server.target},
                              {"certificate", session.server.certificate},
                              {"person", session.person_id},
                              {"session", session.token},
                              {"expires_ms", session.expires_ms}};
  return WritePrivate(path, out.dump(2) + "\n");
}

absl::Status ForgetSession(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  return error ? absl::UnavailableError("cannot remove " + path + ": " + error.message())
               : absl::OkStatus();
}

}  // namespace dudao::command
