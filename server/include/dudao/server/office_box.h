// Opens what a tablet sealed to the office, with the private key in the server's data folder.
//
// For `dudao package rescue`, on the machine of the server, whether it runs or not; reads one file
// and writes nothing. Errors: NOT_FOUND or DATA_LOSS where the folder has no usable server.key,
// INVALID_ARGUMENT (OFFICE_KEY_WRONG) for a box of another server, or one that was altered.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dudao::server {

// `bound`: what the box was bound to when it was sealed.
absl::StatusOr<std::string> OpenOfficeBox(const std::string& data_dir, std::string_view bound,
                                          std::string_view box);

}  // namespace dudao::server
