#include "language.h"

#include <array>
#include <cstddef>

namespace dudao::command {
namespace {

struct Entry {
  const char* zh;
  const char* en;
};

constexpr Entry kEntries[] = {
#define DUDAO_TEXT(id, zh, en) {zh, en},
#include "texts.inc"
#undef DUDAO_TEXT
};

std::string Fill(std::string_view text, const std::vector<std::string>& values) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool place =
        text[i] == '$' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    if (!place) {
      out += text[i];
      continue;
    }
    const auto index = static_cast<size_t>(text[++i] - '0');
    if (index < values.size()) out += values[index];
  }
  return out;
}

const Entry& EntryOf(Text id) { return kEntries[static_cast<size_t>(id)]; }

}  // namespace

std::string ChineseText(Text id, const std::vector<std::string>& values) {
  return Fill(EntryOf(id).zh, values);
}

std::string EnglishText(Text id, const std::vector<std::string>& values) {
  return Fill(EntryOf(id).en, values);
}

std::string TextIn(Language language, Text id, const std::vector<std::string>& values,
                   std::string_view between) {
  if (language == Language::kChinese) return ChineseText(id, values);
  if (language == Language::kEnglish) return EnglishText(id, values);
  return ChineseText(id, values) + std::string(between) + EnglishText(id, values);
}

Language ChooseLanguage(std::string_view wanted, std::string_view locale) {
  if (wanted == "zh") return Language::kChinese;
  if (wanted == "en") return Language::kEnglish;
  if (wanted == "both") return Language::kBoth;
  if (locale.substr(0, 2) == "zh") return Language::kChinese;
  if (locale.empty() || locale == "C" || locale.substr(0, 2) == "C." || locale == "POSIX") {
    return Language::kBoth;
  }
  return Language::kEnglish;
}

}  // namespace dudao::command
