// The texts of the command, in Chinese and English, from one catalogue (texts.inc).
//
// Thread-safe: everything here is constant. In a text, $0 to $9 stand for what is filled in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dudao::command {

enum class Language { kChinese, kEnglish, kBoth };

enum class Text {
#define DUDAO_TEXT(id, zh, en) id,
#include "texts.inc"
#undef DUDAO_TEXT
};

// One text in one language.
std::string ChineseText(Text id, const std::vector<std::string>& values = {});
std::string EnglishText(Text id, const std::vector<std::string>& values = {});
// The text in the language asked for; both: Chinese, then English after `between`.
std::string TextIn(Language language, Text id, const std::vector<std::string>& values = {},
                   std::string_view between = "\n");

// "zh", "en" or "both"; anything else is decided by the locale: Chinese for zh_*, English for other
// languages, both where none is set.
Language ChooseLanguage(std::string_view wanted, std::string_view locale);

}  // namespace dudao::command
