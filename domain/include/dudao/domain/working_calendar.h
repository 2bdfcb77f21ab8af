// The working calendar: which days are worked, and what follows after so many of them.
//
// Purpose: answer from official data, loaded year by year, and say when an answer is a guess. A day
// of a year that is not loaded counts by its weekday alone, and every result that touched such a
// day is provisional: holiday notices are published only late in the year before. Does not: know
// the current day, or read files. Threading: a const calendar may be read from several threads.
// Ownership: a value type. Errors: malformed data is InvalidArgument with line and reason and
// leaves the calendar as it was. Source: the State Council's yearly notice on holidays, as data
// (data/holidays-*.csv).
#ifndef DUDAO_DOMAIN_WORKING_CALENDAR_H_
#define DUDAO_DOMAIN_WORKING_CALENDAR_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/civil_time.h>

#include <map>
#include <set>

#include "dudao/domain/import_table.h"
#include "dudao/records/v1/holiday_year.pb.h"

namespace dudao::domain {

// A day that was computed, and whether a calendar that is not loaded yet could move it.
struct DueDay {
  absl::CivilDay day;
  bool provisional = false;
};

class WorkingCalendar {
 public:
  // Adds or replaces one year from a CSV text with the header "date,kind,name"; kind is off or
  // work. All days must lie in one year. A made-up working day must fall on a weekend.
  absl::Status LoadCsv(absl::string_view csv_text);

  // The same from the record that replicas carry.
  absl::Status LoadYear(const records::v1::HolidayYear& year);

  // True where the official data of the year is loaded.
  bool IsLoaded(absl::civil_year_t year) const { return loaded_.count(year) != 0; }

  // By the loaded data, or by the weekday alone.
  bool IsWorkingDay(absl::CivilDay day) const;

  // The `count`-th working day after `start`; `start` itself does not count. 0 gives `start`.
  // `count` must be 0 to 2000.
  absl::StatusOr<DueDay> AddWorkingDays(absl::CivilDay start, int count) const;

 private:
  std::set<absl::civil_year_t> loaded_;
  std::map<absl::CivilDay, bool> exceptions_;  // true: worked
};

// One year from a list with the columns date, kind, name, as the record that replicas carry; the
// rules are those of LoadCsv.
absl::StatusOr<records::v1::HolidayYear> ParseHolidayYear(const ImportTable& table);
absl::StatusOr<records::v1::HolidayYear> ParseHolidayYear(absl::string_view csv_text);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_WORKING_CALENDAR_H_
