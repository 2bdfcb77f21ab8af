#include "dudao/server/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace dudao::server {

std::string TeamSpace(std::string_view team_id, int year) {
  std::string name = absl::StrCat("team-", std::string(team_id), "-", year);
  absl::AsciiStrToLower(&name);
  return name;
}

bool IsSpaceName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace dudao::server
