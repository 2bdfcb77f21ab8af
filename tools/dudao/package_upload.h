// Hands a sealed package to the server, in parts where it is large.
//
// Repeating it is harmless: what is there already is counted as duplicate. Errors: the server's.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "office.h"

namespace dudao::command {

absl::StatusOr<admin::v1::ImportPackageResponse> UploadPackage(Office& office,
                                                               const std::string& package);

}  // namespace dudao::command
