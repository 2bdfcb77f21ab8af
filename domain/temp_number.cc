#include "dudao/domain/temp_number.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

constexpr int kMaxCounter = 999;
constexpr int kMaxTabletIndex = 25;

absl::Status Wrong(absl::string_view what) {
  return Refusal(absl::StatusCode::kInvalidArgument, "TEMP_NUMBER_WRONG", {std::string(what)});
}

std::string Letter(int tablet_index) {
  return tablet_index == 0 ? std::string() : std::string(1, static_cast<char>('A' + tablet_index));
}

bool AreDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

// Takes the tablet's letter off the end of `text`; -1 where it is no letter of a tablet.
int TakeLetter(absl::string_view* text) {
  if (text->empty() || absl::ascii_isdigit(static_cast<unsigned char>(text->back()))) return 0;
  const int index = text->back() - 'A';
  text->remove_suffix(1);
  return index >= 1 && index <= kMaxTabletIndex ? index : -1;
}

}  // namespace

absl::StatusOr<std::string> FormatTempNumber(const TempNumber& number) {
  const bool team_fits = !number.team_id.empty() && number.team_id.size() <= 8 &&
                         std::all_of(number.team_id.begin(), number.team_id.end(), [](char c) {
                           return absl::ascii_isalnum(static_cast<unsigned char>(c));
                         });
  // A leap year, so that 29 February fits.
  const absl::CivilDay day(2024, number.month, number.day);
  const bool day_fits = day.month() == number.month && day.day() == number.day && number.month > 0;
  if (!team_fits || !day_fits || number.counter < 1 || number.counter > kMaxCounter ||
      number.tablet_index < 0 || number.tablet_index > kMaxTabletIndex) {
    return Wrong(absl::StrCat(number.team_id, "-", number.month, "/", number.day, "-",
                              number.counter, "-", number.tablet_index));
  }
  return absl::StrFormat("%s-%02d%02d-%02d%s", number.team_id, number.month, number.day,
                         number.counter, Letter(number.tablet_index));
}

absl::StatusOr<TempNumber> ParseTempNumber(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '-');
  if (parts.size() != 3 || parts[1].size() != 4 || !AreDigits(parts[1])) return Wrong(text);
  TempNumber number;
  number.team_id = std::string(parts[0]);
  absl::string_view counter = parts[2];
  number.tablet_index = TakeLetter(&counter);
  if (!AreDigits(counter) || !absl::SimpleAtoi(counter, &number.counter) ||
      !absl::SimpleAtoi(parts[1].substr(0, 2), &number.month) ||
      !absl::SimpleAtoi(parts[1].substr(2), &number.day)) {
    return Wrong(text);
  }
  const auto written = FormatTempNumber(number);
  if (!written.ok() || *written != text) return Wrong(text);
  return number;
}

absl::StatusOr<std::string> NextTempNumber(absl::string_view team_id, absl::CivilDay day,
                                           int tablet_index, absl::Span<const std::string> known) {
  TempNumber next{std::string(team_id), day.month(), day.day(), 1, tablet_index};
  // Of thousands of numbers only those of this day are read.
  const std::string prefix = absl::StrFormat("%s-%02d%02d-", team_id, next.month, next.day);
  for (const std::string& text : known) {
    if (!absl::StartsWith(text, prefix)) continue;
    const auto number = ParseTempNumber(text);
    if (number.ok() && number->team_id == team_id && number->month == next.month &&
        number->day == next.day && number->tablet_index == tablet_index) {
      next.counter = std::max(next.counter, number->counter + 1);
    }
  }
  return FormatTempNumber(next);
}

absl::StatusOr<std::string> NextFindingNumber(absl::string_view visit_number, int tablet_index,
                                              absl::Span<const std::string> known) {
  const auto visit = ParseTempNumber(visit_number);
  if (!visit.ok()) return visit.status();
  if (tablet_index < 0 || tablet_index > kMaxTabletIndex) return Wrong(absl::StrCat(tablet_index));
  const std::string prefix = absl::StrCat(visit_number, "-F");
  int next = 1;
  for (const std::string& text : known) {
    absl::string_view rest = text;
    int counter = 0;
    if (!absl::ConsumePrefix(&rest, prefix) || TakeLetter(&rest) != tablet_index) continue;
    if (AreDigits(rest) && absl::SimpleAtoi(rest, &counter)) next = std::max(next, counter + 1);
  }
  if (next > kMaxCounter) return Wrong(absl::StrCat(prefix, next));
  return absl::StrCat(prefix, next, Letter(tablet_index));
}

std::vector<std::string> FindDuplicates(absl::Span<const std::string> numbers) {
  std::vector<std::string> sorted(numbers.begin(), numbers.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> twice;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] == sorted[i - 1] && (twice.empty() || twice.back() != sorted[i])) {
      twice.push_back(sorted[i]);
    }
  }
  return twice;
}

}  // namespace dudao::domain
