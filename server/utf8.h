// Text of unknown origin made fit for protobuf strings and JSON.
//
// Pure functions; they cannot fail.
#pragma once

#include <string>
#include <string_view>

namespace dudao::server {

// The text with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string Utf8(std::string_view text);

}  // namespace dudao::server
