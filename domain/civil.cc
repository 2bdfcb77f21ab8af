#include "dudao/domain/civil.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/time/time.h>

#include <string>

namespace dudao::domain {
namespace {

const absl::TimeZone& Shanghai() {
  static const absl::TimeZone zone = absl::FixedTimeZone(8 * 60 * 60);
  return zone;
}

// The number that exactly these digits make; -1 where one is no digit.
int Digits(absl::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

absl::CivilSecond LocalTime(std::int64_t unix_ms) {
  return absl::ToCivilSecond(absl::FromUnixMillis(unix_ms), Shanghai());
}

absl::CivilDay LocalDay(std::int64_t unix_ms) { return absl::CivilDay(LocalTime(unix_ms)); }

std::int64_t UnixMs(absl::CivilSecond local) {
  return absl::ToUnixMillis(absl::FromCivil(local, Shanghai()));
}

std::optional<absl::CivilDay> ParseDay(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = Digits(text.substr(0, 4));
  const int month = Digits(text.substr(5, 2));
  const int day = Digits(text.substr(8, 2));
  if (year < 1900 || year > 2199 || month < 1 || day < 1) return std::nullopt;
  const absl::CivilDay parsed(year, month, day);
  // CivilDay rolls over (31 April is 1 May); a rolled date is a date that does not exist.
  if (parsed.month() != month || parsed.day() != day) return std::nullopt;
  return parsed;
}

std::optional<absl::CivilMonth> ParseMonth(absl::string_view text) {
  const auto day = ParseDay(absl::StrCat(text, "-01"));
  if (!day.has_value()) return std::nullopt;
  return absl::CivilMonth(*day);
}

std::string FormatDay(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

}  // namespace dudao::domain
