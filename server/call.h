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
  // The caller may hand over what it holds, and gets nothing back but receipts and control entries:
  // its device is retired, or its person may not read the space any more but could write there
  // once.
  bool deliver_only = false;
  // Address of the caller without port, for limits; never kept.
  std::string peer;
  // The session's token where a session calls; for ending it.
  std::string session;
};

}  // namespace dudao::server
