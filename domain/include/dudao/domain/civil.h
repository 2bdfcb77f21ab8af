// Local days and times. The county lives on Asia/Shanghai: UTC+8, no daylight saving.
//
// Purpose: one place that turns stored milliseconds into local days and texts into days.
// Does not: read the clock. Threading: pure functions. Errors: a malformed text is an empty
// optional.
#ifndef DUDAO_DOMAIN_CIVIL_H_
#define DUDAO_DOMAIN_CIVIL_H_

#include <absl/strings/string_view.h>
#include <absl/time/civil_time.h>

#include <cstdint>
#include <optional>
#include <string>

namespace dudao::domain {

// Local time of an instant given in milliseconds since 1970 UTC.
absl::CivilSecond LocalTime(std::int64_t unix_ms);

// Local day of an instant given in milliseconds since 1970 UTC.
absl::CivilDay LocalDay(std::int64_t unix_ms);

// Milliseconds since 1970 UTC of a local time.
std::int64_t UnixMs(absl::CivilSecond local);

// Reads exactly "YYYY-MM-DD", years 1900 to 2199; a day that does not exist is refused.
std::optional<absl::CivilDay> ParseDay(absl::string_view text);

// Reads exactly "YYYY-MM".
std::optional<absl::CivilMonth> ParseMonth(absl::string_view text);

// "YYYY-MM-DD".
std::string FormatDay(absl::CivilDay day);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_CIVIL_H_
