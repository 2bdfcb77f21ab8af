// The one table that says who may call what, and the rules for spaces.
//
// Every rpc of a served service has exactly one row: permission.cc does not compile while one is
// missing or there is one too many, and a test compares with the descriptors. A method without a
// row is refused. Pure functions over constant data.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "dudao/domain/authority.h"
#include "dudao/records/v1/reference.pb.h"
#include "principal.h"

namespace dudao::server {

// Who a method listens to.
enum class Caller : uint8_t {
  kAnybody,          // needs neither session nor key
  kSession,          // a person who signed in
  kDevice,           // an enrolled device
  kSessionOrDevice,  // either
};

// What a method needs of the space that its request names in the field `space`.
enum class SpaceNeed : uint8_t {
  kNone,       // names no space, or one that need not exist
  kRead,       // the caller may read it
  kReadOrAll,  // the same; empty means all that the caller may read
  kWrite,      // the caller may write in it
  kDeliver,    // the caller may read it, or could write there once and still holds something
  kUpload,     // the caller may write in it, or could once
  kUnit,       // the caller may read it, or answers for units: the handler asks which
};

struct MethodRule {
  std::string_view method;  // "/package.Service/Method"
  uint32_t roles = 0;       // bit n: PersonRole n
  Caller caller = Caller::kSession;
  SpaceNeed space = SpaceNeed::kNone;
  // Also from a device that was handed over.
  bool retired_too = false;
};

// What the access log notes of a call that was answered.
enum class View : uint8_t { kNone, kRecord, kList };
View ViewOf(std::string_view method);

absl::Span<const MethodRule> MethodRules();
// Null for a method that is not served.
const MethodRule* FindRule(std::string_view method);
// What following the changes needs (POST /events of the web door), which is no method.
const MethodRule& EventsRule();
bool RoleMay(const MethodRule& rule, records::v1::PersonRole role);

bool MayRead(const domain::Authority& authority, const Principal& principal,
             std::string_view space);
bool MayWrite(const domain::Authority& authority, const Principal& principal,
              std::string_view space);
// The person could write there at some time.
bool CouldWrite(const domain::Authority& authority, const Principal& principal,
                std::string_view space);

}  // namespace dudao::server
