// Telephone and identity numbers in a text, however their digits are written. Private to domain/;
// pure.
#ifndef DUDAO_DOMAIN_NUMBER_SCAN_H_
#define DUDAO_DOMAIN_NUMBER_SCAN_H_

#include <absl/strings/string_view.h>

#include <cstddef>
#include <string>
#include <vector>

namespace dudao::domain {

enum class NumberKind { kPhone, kIdentity };

// Bytes [begin, end) of the text hold a number.
struct FoundNumber {
  NumberKind kind = NumberKind::kPhone;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string digits;  // narrow, without what separates them
};

// In order, without overlaps.
std::vector<FoundNumber> ScanNumbers(absl::string_view text);

// One character of a text.
struct Glyph {
  char narrow = 0;  // the ASCII character that it is or stands for; 0 for any other
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::vector<Glyph> Glyphs(absl::string_view text);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_NUMBER_SCAN_H_
