#include "invitation.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace dudao::command {
namespace {

constexpr char kStart[] = "dudao://enrol?";

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
  if (text.find(':') == std::string::npos) return Invitation{text, "", "", ""};
  const absl::Status invalid = absl::InvalidArgumentError("INVITATION_INVALID: " + text);
  if (text.rfind(kStart, 0) != 0) return invalid;
  auto parameters = Parameters(text.substr(sizeof kStart - 1));
  Invitation invitation{parameters["c"], parameters["s"], parameters["k"], parameters["t"]};
  if (invitation.code.empty() || invitation.server.empty()) return invalid;
  return invitation;
}

}  // namespace dudao::command
