#include "number_scan.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>

#include "dudao/domain/civil.h"

namespace dudao::domain {
namespace {

constexpr std::size_t kNewLength = 18;
constexpr std::size_t kOldLength = 15;
constexpr std::size_t kMobileLength = 11;
constexpr std::size_t kSeparatorsMax = 3;
constexpr std::size_t kGroupsMax = 6;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsWord(char c) { return c != 0 && absl::ascii_isalnum(static_cast<unsigned char>(c)); }
bool IsSeparator(char c) { return c == ' ' || c == '-'; }

// A run of letters and digits.
struct Word {
  std::size_t first = 0;  // glyphs
  std::size_t last = 0;   // one behind
  std::string text;
  bool joined = false;  // only separators stand between it and the word before
  bool AllDigits() const { return std::all_of(text.begin(), text.end(), IsDigit); }
};

std::vector<Word> WordsOf(const std::vector<Glyph>& glyphs) {
  std::vector<Word> words;
  std::size_t at = 0;
  while (at < glyphs.size()) {
    if (!IsWord(glyphs[at].narrow)) {
      ++at;
      continue;
    }
    Word word;
    word.first = at;
    while (at < glyphs.size() && IsWord(glyphs[at].narrow)) word.text += glyphs[at++].narrow;
    word.last = at;
    if (!words.empty()) {
      const std::size_t gap = word.first - words.back().last;
      word.joined = gap <= kSeparatorsMax;
      for (std::size_t i = words.back().last; i < word.first; ++i)
        word.joined = word.joined && IsSeparator(glyphs[i].narrow);
    }
    words.push_back(std::move(word));
  }
  return words;
}

// Provinces and what ranks with them, by the first two digits.
bool IsProvince(absl::string_view digits) {
  static constexpr std::array<int, 7> kLast = {0, 15, 23, 37, 46, 54, 65};
  int code = 0;
  if (!absl::SimpleAtoi(digits.substr(0, 2), &code)) return false;
  const auto region = static_cast<std::size_t>(code / 10);
  const bool mainland =
      region >= 1 && region < kLast.size() && code % 10 != 0 && code <= kLast[region];
  return mainland || code == 71 || code == 81 || code == 82 || code == 91;
}

// "YYYYMMDD" within the lifetimes that there are.
bool IsBirthday(absl::string_view day) {
  return ParseDay(absl::StrCat(day.substr(0, 4), "-", day.substr(4, 2), "-", day.substr(6, 2)))
      .has_value();
}

bool HasRightCheckDigit(absl::string_view number) {
  static constexpr std::array<int, 17> kWeights = {7, 9, 10, 5,  8, 4, 2, 1, 6,
                                                   3, 7, 9,  10, 5, 8, 4, 2};
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) sum += (number[i] - '0') * kWeights[i];
  return absl::ascii_toupper(static_cast<unsigned char>(number.back())) == "10X98765432"[sum % 11];
}

bool IsIdentity(const std::string& text, bool grouped) {
  const absl::string_view number = text;
  if (number.size() == kOldLength) {
    return std::all_of(number.begin(), number.end(), IsDigit) && IsProvince(number) &&
           IsBirthday(absl::StrCat("19", number.substr(6, 6)));
  }
  if (number.size() != kNewLength || !std::all_of(number.begin(), number.end() - 1, IsDigit) ||
      !(IsDigit(number.back()) || number.back() == 'X' || number.back() == 'x')) {
    return false;
  }
  const bool likely = IsProvince(number) && IsBirthday(number.substr(6, 8));
  const bool checked = HasRightCheckDigit(number);
  return grouped ? likely && checked : likely || checked;
}

bool IsPhone(const std::string& text) {
  if (!std::all_of(text.begin(), text.end(), IsDigit)) return false;
  absl::string_view digits = text;
  if (digits.size() == kMobileLength + 2 && digits.substr(0, 2) == "86") digits.remove_prefix(2);
  const bool mobile = digits.size() == kMobileLength && digits[0] == '1' && digits[1] >= '3';
  // Area code of 3 or 4 digits, number of 7 or 8.
  const bool fixed = digits.size() >= 10 && digits.size() <= 12 && digits[0] == '0';
  return mobile || fixed;
}

}  // namespace

std::vector<Glyph> Glyphs(absl::string_view text) {
  std::vector<Glyph> glyphs;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    Glyph glyph{byte < 0x80 ? text[at] : '\0', at, at + 1};
    if (byte >= 0xC0) {
      while (glyph.end < text.size() &&
             (static_cast<unsigned char>(text[glyph.end]) & 0xC0) == 0x80)
        ++glyph.end;
    }
    if (glyph.end - glyph.begin == 3) {
      const unsigned code = ((byte & 0x0FU) << 12U) |
                            ((static_cast<unsigned char>(text[at + 1]) & 0x3FU) << 6U) |
                            (static_cast<unsigned char>(text[at + 2]) & 0x3FU);
      if (code >= 0xFF01 && code <= 0xFF5E) glyph.narrow = static_cast<char>(code - 0xFF01 + '!');
      if (code == 0x3000 || (code >= 0x2000 && code <= 0x200B)) glyph.narrow = ' ';
      if (code >= 0x2010 && code <= 0x2015) glyph.narrow = '-';
    } else if (glyph.end - glyph.begin == 2 && byte == 0xC2 &&
               static_cast<unsigned char>(text[at + 1]) == 0xA0) {
      glyph.narrow = ' ';
    }
    if (glyph.narrow == '\t' || glyph.narrow == '\n' || glyph.narrow == '\r') glyph.narrow = ' ';
    glyphs.push_back(glyph);
    at = glyph.end;
  }
  return glyphs;
}

std::vector<FoundNumber> ScanNumbers(absl::string_view text) {
  const std::vector<Glyph> glyphs = Glyphs(text);
  const std::vector<Word> words = WordsOf(glyphs);
  std::vector<FoundNumber> found;
  for (std::size_t begin = 0; begin < words.size();) {
    std::string digits;
    std::size_t next = begin + 1;
    FoundNumber number;
    for (std::size_t end = begin; end < std::min(words.size(), begin + kGroupsMax); ++end) {
      const bool follows = end == begin || (words[end].joined && words[end - 1].AllDigits());
      if (!follows || digits.size() + words[end].text.size() > kNewLength) break;
      digits += words[end].text;
      const bool identity = IsIdentity(digits, end > begin);
      if (!identity && !IsPhone(digits)) continue;
      // The longest that fits: a telephone may be the beginning of an identity number.
      number = {identity ? NumberKind::kIdentity : NumberKind::kPhone,
                glyphs[words[begin].first].begin, glyphs[words[end].last - 1].end, digits};
      next = end + 1;
    }
    if (!number.digits.empty()) found.push_back(std::move(number));
    begin = next;
  }
  return found;
}

}  // namespace dudao::domain
