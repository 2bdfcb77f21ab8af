// Errors as they travel: google.rpc.Status with one ErrorInfo (domain "dudao", stable reason) and
// the text in zh-CN and en.
//
// Pure functions; they know the messages, not gRPC.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dudao::server {

// Serialised google.rpc.Status for the details of a failed call. REQUIRES: !status.ok().
std::string StatusDetails(const absl::Status& status, std::string_view request_id);

}  // namespace dudao::server
