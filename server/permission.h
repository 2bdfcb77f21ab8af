// The one table that says who may call what, and the rules for spaces.
//
// Every rpc of a served service has exactly one row; a test compares the table with the proto
// descriptors. A method without a row is refused. Pure functions over constant data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "principal.h"

namespace dudao::server {

// What a method needs of the space that its request names in the field `space`.
enum class SpaceNeed : uint8_t {
  kNone,       // names no space, or one that need not exist
  kRead,       // the caller may read it
  kReadOrAll,  // the same; empty means all that the caller may read
  kWrite,      // the caller may write in it
};

struct MethodRule {
  std::string_view method;  // "/package.Service/Method"
  uint32_t roles = 0;       // bit n: PersonRole n
  SpaceNeed space = SpaceNeed::kNone;
};

const std::vector<MethodRule>& MethodRules();
// Null for a method that is not served.
const MethodRule* FindRule(std::string_view method);
bool RoleMay(const MethodRule& rule, records::v1::PersonRole role);

// What is known of a space beside its content.
struct SpaceTraits {
  std::string name;
  std::string team_id;  // its people write
  bool shared = false;  // everybody reads, the office writes
};

// A space that is neither shared nor a team's is common: everybody in the field writes.
bool MayRead(const SpaceTraits& space, const Principal& principal);
bool MayWrite(const SpaceTraits& space, const Principal& principal);

}  // namespace dudao::server
