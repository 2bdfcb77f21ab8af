// The office's private keys, with which packages and the keys of locked tablets are opened.
//
// For `dudao package rescue`, on the machine of the server, whether it runs or not; reads one file
// and writes nothing. Whoever gets it can read what tablets sealed: hand it on to nothing but the
// opening. Errors: FAILED_PRECONDITION (SERVER_KEY_MISSING) or DATA_LOSS (SERVER_KEY_DAMAGED) where
// the folder has no usable server.key.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace dudao::server {

struct OfficeKey {
  std::string private_key;  // 32 bytes
  std::string public_key;   // 32 bytes
};

// Newest first; older ones open what was sealed before the server's key was replaced.
absl::StatusOr<std::vector<OfficeKey>> ReadOfficeKeys(const std::string& data_dir);

}  // namespace dudao::server
