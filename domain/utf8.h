// Small facts about UTF-8 text. Pure functions.
#ifndef DUDAO_DOMAIN_UTF8_H_
#define DUDAO_DOMAIN_UTF8_H_

#include <absl/strings/string_view.h>

#include <cstddef>

namespace dudao::domain {

// True for well-formed UTF-8 (no surrogates, no overlong forms, nothing past U+10FFFF).
bool IsUtf8(absl::string_view text);

// Number of Unicode characters of well-formed UTF-8.
std::size_t CountCharacters(absl::string_view text);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_UTF8_H_
