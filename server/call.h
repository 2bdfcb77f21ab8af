// One call, as a handler sees it: who, when, under which name in the log. Never metadata. A value.
#pragma once

#include <cstdint>
#include <string>

#include "principal.h"

namespace dudao::server {

struct Call {
  Principal principal;
  std::string request_id;
  int64_t wall_ms = 0;
};

}  // namespace dudao::server
