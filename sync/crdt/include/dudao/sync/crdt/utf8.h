// Well-formed UTF-8: no surrogates, no over-long forms, nothing past U+10FFFF. Pure; takes any
// bytes.
#pragma once

#include <string_view>

namespace dudao::sync {

bool IsUtf8(std::string_view text);

}  // namespace dudao::sync
