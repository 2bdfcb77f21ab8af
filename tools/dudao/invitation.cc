#include "invitation.h"

#include <cstdlib>
#include <map>

namespace dudao::command {
namespace {

constexpr char kScheme[] = "dudao://";

std::string Unescape(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 2 >= text.size()) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
    i += 2;
  }
  return out;
}

std::map<std::string, std::string> Parameters(const std::string& query) {
  std::map<std::string, std::string> out;
  for (size_t at = 0; at < query.size();) {
    const size_t end = std::min(query.find('&', at), query.size());
    const std::string part = query.substr(at, end - at);
    const size_t equals = std::min(part.find('='), part.size());
    out[part.substr(0, equals)] = Unescape(part.substr(std::min(equals + 1, part.size())));
    at = end + 1;
  }
  return out;
}

}  // namespace

absl::StatusOr<Invitation> ParseInvitation(const std::string& text) {
  if (text.rfind(kScheme, 0) != 0) return Invitation{text, "", "", ""};
  const std::string rest = text.substr(sizeof kScheme - 1);
  const size_t path = rest.find_first_of("/?");
  const size_t query = rest.find('?');
  if (query == std::string::npos) return absl::InvalidArgumentError("INVITATION_INVALID: " + text);
  const auto parameters = Parameters(rest.substr(query + 1));
  const auto value = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
  };
  Invitation invitation{value("code"), rest.substr(0, path), value("certificate"), value("server")};
  if (invitation.code.empty() || invitation.server.empty())
    return absl::InvalidArgumentError("INVITATION_INVALID: " + text);
  return invitation;
}

}  // namespace dudao::command
