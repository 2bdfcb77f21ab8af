// Temporary numbers, made on a tablet without network.
//
// Purpose: `D2-0921-01` from team, month and day, and a counter. Formal numbers form one continuous
// series a year and are allotted by the office; this one only has to be short and never mean two
// visits. Rule: every tablet of a team has an index that the server gives it at enrolment and never
// gives again in that team and programme year. Tablet 0 writes no letter, tablet 1 writes B, ...
// tablet 25 writes Z: D2-0921-01 and D2-0921-01B are two visits of two tablets on one day. On one
// tablet the counter goes on from the highest number that its replica knows for that day and
// letter, so a reinstalled tablet that has synchronised does not repeat itself. Should a number
// still occur twice (a cloned tablet), the two visits stay two records, and FindDuplicates names
// them: never silently. Does not: know the day; hold the counter. The year is that of the space.
// Threading: pure functions. Ownership: values. Errors: InvalidArgument with reason
// TEMP_NUMBER_WRONG.
#ifndef DUDAO_DOMAIN_TEMP_NUMBER_H_
#define DUDAO_DOMAIN_TEMP_NUMBER_H_

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/civil_time.h>
#include <absl/types/span.h>

#include <string>
#include <vector>

namespace dudao::domain {

// The parts of a temporary number.
struct TempNumber {
  std::string team_id;   // letters and digits, e.g. "D2"
  int month = 0;         // 1 to 12
  int day = 0;           // 1 to 31
  int counter = 0;       // from 1; two digits at least, three at most
  int tablet_index = 0;  // 0 to 25
};

// Writes a number; refuses parts that do not fit.
absl::StatusOr<std::string> FormatTempNumber(const TempNumber& number);

// Reads a number back; accepts exactly what FormatTempNumber writes.
absl::StatusOr<TempNumber> ParseTempNumber(absl::string_view text);

// The next free number of a tablet on a day. `known` are all numbers that its replica holds; those
// of other teams, days and tablets, and texts that are no numbers, are passed over.
absl::StatusOr<std::string> NextTempNumber(absl::string_view team_id, absl::CivilDay day,
                                           int tablet_index, absl::Span<const std::string> known);

// The next free number of a finding within its visit, e.g. "D2-0921-01-F3", or "...-F3B" from the
// team's second tablet: two tablets may add findings to one visit while both are offline.
absl::StatusOr<std::string> NextFindingNumber(absl::string_view visit_number, int tablet_index,
                                              absl::Span<const std::string> known);

// The numbers that occur more than once, each once, in order.
std::vector<std::string> FindDuplicates(absl::Span<const std::string> numbers);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_TEMP_NUMBER_H_
