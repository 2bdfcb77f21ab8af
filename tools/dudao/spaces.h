// Names that the command takes for granted.
#pragma once

#include <string>

#include "dudao/server/names.h"

namespace dudao::command {

// Places, people, forms: everybody reads it, the office writes it.
using server::kOfficeSpace;
inline constexpr char kServerDefault[] = "127.0.0.1:7447";
// Who sets a server up in the sample data.
inline constexpr char kOfficeAdmin[] = "admin";
inline constexpr char kOfficeAdminName[] = "系统管理员";
// Who reviews in the sample data.
inline constexpr char kOfficeReviewer[] = "p21";
inline constexpr int kProgrammeYear = 2026;

// The space of a team in the programme year.
inline std::string TeamSpaceOf(const std::string& team_id) {
  return server::TeamSpace(team_id, kProgrammeYear);
}

}  // namespace dudao::command
