#include "dudao/domain/working_calendar.h"

#include <absl/strings/str_cat.h>

#include <map>
#include <set>
#include <string>

#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"
#include "import_faults.h"

namespace dudao::domain {
namespace {

using records::v1::HOLIDAY_KIND_OFF;
using records::v1::HOLIDAY_KIND_UNSPECIFIED;
using records::v1::HOLIDAY_KIND_WORK;
using records::v1::HolidayDay;
using records::v1::HolidayKind;
using records::v1::HolidayYear;

constexpr int kMaxWorkingDays = 2000;

bool IsWeekend(absl::CivilDay day) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

HolidayKind ParseKind(absl::string_view text) {
  if (text == "off") return HOLIDAY_KIND_OFF;
  if (text == "work") return HOLIDAY_KIND_WORK;
  return HOLIDAY_KIND_UNSPECIFIED;
}

// What is wrong with a day among the others of its list.
void CheckDay(const ImportRow& row, absl::CivilDay day, HolidayKind kind, std::uint32_t year,
              bool is_new, ImportFaults* faults) {
  const std::string& text = row.cells[0];
  if (day.year() != static_cast<absl::civil_year_t>(year)) {
    faults->Add(row.line, 1, "IMPORT_DAY_OTHER_YEAR", {text, absl::StrCat(year)});
  } else if (!is_new) {
    faults->Add(row.line, 1, "IMPORT_DAY_TWICE", {text});
  } else if (kind == HOLIDAY_KIND_WORK && !IsWeekend(day)) {
    faults->Add(row.line, 1, "IMPORT_DAY_NOT_WEEKEND", {text});
  }
}

absl::Status WrongDay(absl::string_view date, absl::string_view explanation) {
  return Refusal(absl::StatusCode::kInvalidArgument, "CALENDAR_WRONG",
                 {std::string(date), std::string(explanation)});
}

}  // namespace

absl::StatusOr<HolidayYear> ParseHolidayYear(absl::string_view csv_text) {
  return ParseHolidayYear(ReadCsvTable(csv_text));
}

absl::StatusOr<HolidayYear> ParseHolidayYear(const ImportTable& table) {
  ImportFaults faults("IMPORT_LIST_CALENDAR");
  const auto rows = RowsBelow({"date", "kind", "name"}, table, &faults);
  if (!rows.ok()) return rows.status();
  HolidayYear year;
  std::set<absl::CivilDay> seen;
  for (const ImportRow& row : *rows) {
    const auto day = ParseDay(row.cells[0]);
    const HolidayKind kind = ParseKind(row.cells[1]);
    if (day && !year.has_year()) year.set_year(static_cast<std::uint32_t>(day->year()));
    if (!day) {
      faults.Add(row.line, 1, "IMPORT_DATE_WRONG", {row.cells[0]});
    } else {
      CheckDay(row, *day, kind, year.year(), seen.insert(*day).second, &faults);
    }
    if (kind == HOLIDAY_KIND_UNSPECIFIED)
      faults.Add(row.line, 2, "IMPORT_DAY_KIND_WRONG", {row.cells[1]});
    if (row.cells[2].empty()) faults.Add(row.line, 3, "IMPORT_CELL_EMPTY");
    HolidayDay& added = *year.add_days();
    added.set_date(row.cells[0]);
    added.set_kind(kind);
    added.set_name(row.cells[2]);
  }
  if (rows->empty() && faults.count() == 0) faults.Add(1, 1, "IMPORT_ROWS_MISSING");
  if (faults.count() > 0) return faults.status();
  return year;
}

absl::Status WorkingCalendar::LoadCsv(absl::string_view csv_text) {
  const auto year = ParseHolidayYear(csv_text);
  return year.ok() ? LoadYear(*year) : year.status();
}

absl::Status WorkingCalendar::LoadYear(const HolidayYear& year) {
  const auto wanted = static_cast<absl::civil_year_t>(year.year());
  std::map<absl::CivilDay, bool> days;
  for (const HolidayDay& entry : year.days()) {
    const auto day = ParseDay(entry.date());
    if (!day) return WrongDay(entry.date(), "not a date");
    if (day->year() != wanted) return WrongDay(entry.date(), absl::StrCat("not in ", wanted));
    if (entry.kind() == HOLIDAY_KIND_WORK && !IsWeekend(*day)) {
      return WrongDay(entry.date(), "a made-up working day must fall on a weekend");
    }
    if (entry.kind() != HOLIDAY_KIND_WORK && entry.kind() != HOLIDAY_KIND_OFF) {
      return WrongDay(entry.date(), "neither off nor work");
    }
    if (!days.emplace(*day, entry.kind() == HOLIDAY_KIND_WORK).second) {
      return WrongDay(entry.date(), "given twice");
    }
  }
  if (days.empty()) return WrongDay(absl::StrCat(wanted), "no days");
  exceptions_.erase(exceptions_.lower_bound(absl::CivilDay(wanted, 1, 1)),
                    exceptions_.lower_bound(absl::CivilDay(wanted + 1, 1, 1)));
  exceptions_.insert(days.begin(), days.end());
  loaded_.insert(wanted);
  return absl::OkStatus();
}

bool WorkingCalendar::IsWorkingDay(absl::CivilDay day) const {
  const auto exception = exceptions_.find(day);
  return exception != exceptions_.end() ? exception->second : !IsWeekend(day);
}

absl::StatusOr<DueDay> WorkingCalendar::AddWorkingDays(absl::CivilDay start, int count) const {
  if (count < 0 || count > kMaxWorkingDays) {
    return Refusal(absl::StatusCode::kInvalidArgument, "DEADLINE_AMOUNT_WRONG",
                   {absl::StrCat(count), absl::StrCat(kMaxWorkingDays)});
  }
  DueDay due{start, !IsLoaded(start.year())};
  while (count > 0) {
    ++due.day;
    if (!IsLoaded(due.day.year())) due.provisional = true;
    if (IsWorkingDay(due.day)) --count;
  }
  return due;
}

}  // namespace dudao::domain
