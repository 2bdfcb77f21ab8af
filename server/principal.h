// Who calls: all that a handler knows of its caller.
//
// A value made by CallAuth from a verified session or signature; handlers never see metadata.
#pragma once

#include <string>

#include "dudao/domain/authority.h"
#include "dudao/records/v1/reference.pb.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::server {

using domain::IsInspector;
using domain::IsOffice;
using domain::ReadsAll;

struct Principal {
  std::string person_id;
  records::v1::PersonRole role = records::v1::PERSON_ROLE_UNSPECIFIED;
  std::string team_id;    // empty for the office
  std::string device_id;  // empty for a session, and for the methods that are open to everybody
  trust::v1::DeviceState device_state = trust::v1::DEVICE_STATE_UNSPECIFIED;

  bool is_device() const { return !device_id.empty(); }
};

}  // namespace dudao::server
