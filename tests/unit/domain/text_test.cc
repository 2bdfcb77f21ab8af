#include "dudao/domain/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace dudao::domain {
namespace {

// The arguments that a text uses, e.g. {'0', '1'}.
std::set<char> Placeholders(absl::string_view text) {
  std::set<char> used;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '$') used.insert(text[++i]);
  }
  return used;
}

TEST(Text, HasBothLanguagesForEveryCode) {
  ASSERT_FALSE(Catalogue().empty());
  for (const CatalogueEntry& entry : Catalogue()) {
    EXPECT_FALSE(entry.zh.empty()) << entry.code;
    EXPECT_FALSE(entry.en.empty()) << entry.code;
    EXPECT_TRUE(std::any_of(entry.zh.begin(), entry.zh.end(), [](char c) { return c < 0; }))
        << entry.code << " has no Chinese text";
    EXPECT_TRUE(std::all_of(entry.en.begin(), entry.en.end(), [](char c) { return c > 0; }))
        << entry.code << " has an English text that is not ASCII";
    EXPECT_EQ(Placeholders(entry.zh), Placeholders(entry.en)) << entry.code;
  }
}

TEST(Text, HasCodesInOrderAndOnce) {
  for (std::size_t i = 0; i < Catalogue().size(); ++i) {
    const absl::string_view code = Catalogue()[i].code;
    EXPECT_TRUE(std::all_of(code.begin(), code.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    })) << code;
    if (i > 0) {
      EXPECT_LT(Catalogue()[i - 1].code, code);
    }
  }
}

TEST(Text, FillsArgumentsIn) {
  EXPECT_EQ(Text("VISIT_INSPECTORS_TOO_FEW", Language::kChinese, {"2", "1"}),
            "督导人员至少 2 人，现有 1 人");
  EXPECT_EQ(Text("VISIT_INSPECTORS_TOO_FEW", Language::kEnglish, {"2", "1"}),
            "A visit needs 2 inspectors; it has 1");
  EXPECT_EQ(Text("VISIT_INSPECTORS_TOO_FEW", Language::kEnglish, {"2"}),
            "A visit needs 2 inspectors; it has ");
}

TEST(Text, ShowsAnUnknownCodeAsItself) {
  EXPECT_EQ(Text("NO_SUCH_CODE", Language::kChinese), "NO_SUCH_CODE");
}

TEST(Text, CarriesTheReasonInAStatus) {
  const absl::Status status =
      Refusal(absl::StatusCode::kInvalidArgument, "DATE_WRONG", {"2026-02-30"});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "\"2026-02-30\" is not a date");
  EXPECT_EQ(ReasonOf(status), "DATE_WRONG");
  EXPECT_EQ(TextOf(status, Language::kChinese), "日期“2026-02-30”无效");
}

TEST(Text, LeavesOtherStatusesAlone) {
  const absl::Status status = absl::InternalError("boom");
  EXPECT_EQ(ReasonOf(status), "");
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
  EXPECT_EQ(TextOf(status, Language::kChinese), "boom");
}

}  // namespace
}  // namespace dudao::domain
