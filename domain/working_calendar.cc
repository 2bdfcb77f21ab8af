#include "dudao/domain/working_calendar.h"

#include <absl/strings/str_cat.h>

#include <map>
#include <string>

#include "csv_table.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"

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

absl::Status WrongDay(absl::string_view date, absl::string_view explanation) {
  return Refusal(absl::StatusCode::kInvalidArgument, "CALENDAR_WRONG",
                 {std::string(date), std::string(explanation)});
}

}  // namespace

absl::StatusOr<HolidayYear> ParseHolidayYear(absl::string_view csv_text) {
  const auto rows = ReadCsv("calendar", csv_text, {"date", "kind", "name"});
  if (!rows.ok()) return rows.status();
  HolidayYear year;
  CsvProblems problems("calendar");
  for (const CsvRow& row : *rows) {
    const auto day = ParseDay(row.cells[0]);
    const HolidayKind kind = ParseKind(row.cells[1]);
    if (!day) problems.Add(row.line, 1, absl::StrCat("\"", row.cells[0], "\" is no date"));
    if (kind == HOLIDAY_KIND_UNSPECIFIED) {
      problems.Add(row.line, 2, absl::StrCat("\"", row.cells[1], "\" is neither off nor work"));
    }
    if (row.cells[2].empty()) problems.Add(row.line, 3, "the name is empty");
    if (day && !year.has_year()) year.set_year(static_cast<std::uint32_t>(day->year()));
    HolidayDay& added = *year.add_days();
    added.set_date(row.cells[0]);
    added.set_kind(kind);
    added.set_name(row.cells[2]);
  }
  if (rows->empty()) problems.Add(1, 1, "no days");
  if (!problems.status().ok()) return problems.status();
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
