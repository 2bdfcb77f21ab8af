// Who calls: all that a handler knows of its caller.
//
// A value made by the directory from verified credentials; handlers never see metadata.
#pragma once

#include <string>

#include "dudao/records/v1/reference.pb.h"

namespace dudao::server {

struct Principal {
  std::string person_id;
  records::v1::PersonRole role = records::v1::PERSON_ROLE_UNSPECIFIED;
  std::string team_id;  // empty for the office
};

// The office: sees all spaces and writes decisions.
inline bool IsOffice(records::v1::PersonRole role) {
  return role == records::v1::PERSON_ROLE_REVIEWER || role == records::v1::PERSON_ROLE_ADMIN;
}
// Reads all spaces.
inline bool ReadsAll(records::v1::PersonRole role) {
  return IsOffice(role) || role == records::v1::PERSON_ROLE_LEADER;
}
// Works in the field.
inline bool IsInspector(records::v1::PersonRole role) {
  return role == records::v1::PERSON_ROLE_INSPECTOR || role == records::v1::PERSON_ROLE_LEAD;
}

}  // namespace dudao::server
