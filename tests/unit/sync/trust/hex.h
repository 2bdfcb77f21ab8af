// Bytes and hex, for vectors. Test code.
#pragma once

#include <string>

#include "absl/strings/escaping.h"

namespace dudao::sync {

inline std::string FromHex(const std::string& hex) { return absl::HexStringToBytes(hex); }
inline std::string ToHex(const std::string& bytes) { return absl::BytesToHexString(bytes); }

}  // namespace dudao::sync
