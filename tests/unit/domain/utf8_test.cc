#include "utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace dudao::domain {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
  for (const char* text :
       {"", "abc", "翟东村", "\xF0\x9F\x8F\xA0", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
}

TEST(Utf8, RefusesMalformedText) {
  for (const char* text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE7\xBF", "a\xE7", "\xFF", "\xE7\xBF\x41"}) {
    EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(std::string(text));
  }
}

TEST(Utf8, CountsCharactersNotBytes) {
  EXPECT_EQ(CountCharacters("翟东村"), 3u);
  EXPECT_EQ(CountCharacters("a\xF0\x9F\x8F\xA0"), 2u);
}

}  // namespace
}  // namespace dudao::domain
