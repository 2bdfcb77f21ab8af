#include "dudao/domain/measures_list.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "dudao/domain/civil.h"
#include "import_faults.h"

namespace dudao::domain {
namespace {

using records::v1::Measure;

constexpr char kSeparator[] = "、";
constexpr std::size_t kCodeBytes = 32;
constexpr std::size_t kTextBytes = 3000;
constexpr std::size_t kUnitBytes = 100;
enum Column { kId = 1, kArea, kTask, kTitle, kHowJudged, kLead, kCoUnits, kDue };

const std::string& Cell(const ImportRow& row, Column column) {
  return row.cells[static_cast<std::size_t>(column) - 1];
}

// Letters, digits and dashes.
bool IsCode(const std::string& text) {
  return !text.empty() && text.size() <= kCodeBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c == '-' || absl::ascii_isalnum(static_cast<unsigned char>(c));
         });
}

void CheckLengths(const ImportRow& row, ImportFaults* faults) {
  for (const Column column : {kTask, kTitle, kHowJudged}) {
    if (Cell(row, column).size() > kTextBytes)
      faults->Add(row.line, column, "IMPORT_TEXT_TOO_LONG", {absl::StrCat(kTextBytes)});
  }
  for (const Column column : {kTask, kTitle, kLead}) {
    const std::string& text = Cell(row, column);
    if (text.empty() || absl::StripAsciiWhitespace(text) != text)
      faults->Add(row.line, column, "IMPORT_CELL_SPACES");
  }
}

void CheckUnits(const ImportRow& row, const std::set<std::string>& co_units, ImportFaults* faults) {
  const std::string& lead = Cell(row, kLead);
  if (absl::StrContains(lead, kSeparator)) faults->Add(row.line, kLead, "IMPORT_LEAD_UNIT_ONE");
  if (lead.size() > kUnitBytes)
    faults->Add(row.line, kLead, "IMPORT_TEXT_TOO_LONG", {absl::StrCat(kUnitBytes)});
  for (const std::string& unit : co_units) {
    if (unit.empty() || absl::StripAsciiWhitespace(unit) != unit) {
      faults->Add(row.line, kCoUnits, "IMPORT_CO_UNITS_WRONG");
    } else if (unit.size() > kUnitBytes) {
      faults->Add(row.line, kCoUnits, "IMPORT_TEXT_TOO_LONG", {absl::StrCat(kUnitBytes)});
    } else if (unit == lead) {
      faults->Add(row.line, kCoUnits, "IMPORT_CO_UNIT_LEADS", {unit});
    }
  }
}

Measure ReadMeasure(const ImportRow& row, ImportFaults* faults) {
  if (!IsCode(Cell(row, kId))) faults->Add(row.line, kId, "IMPORT_MEASURE_CODE", {Cell(row, kId)});
  if (!IsCode(Cell(row, kArea)))
    faults->Add(row.line, kArea, "IMPORT_MEASURE_CODE", {Cell(row, kArea)});
  CheckLengths(row, faults);
  std::set<std::string> co_units;
  if (!Cell(row, kCoUnits).empty()) co_units = absl::StrSplit(Cell(row, kCoUnits), kSeparator);
  CheckUnits(row, co_units, faults);
  const std::string& due = Cell(row, kDue);
  if (!due.empty() && !ParseDay(due)) faults->Add(row.line, kDue, "IMPORT_DATE_WRONG", {due});
  Measure measure;
  measure.set_measure_id(Cell(row, kId));
  measure.set_area(Cell(row, kArea));
  measure.set_task(Cell(row, kTask));
  measure.set_title(Cell(row, kTitle));
  measure.set_how_judged(Cell(row, kHowJudged));
  measure.set_lead_unit(Cell(row, kLead));
  for (const std::string& unit : co_units) measure.add_co_units(unit);
  measure.set_due_date(due);
  return measure;
}

}  // namespace

absl::StatusOr<MeasuresList> ParseMeasures(const ImportTable& table) {
  ImportFaults faults("IMPORT_LIST_MEASURES");
  const auto rows = RowsBelow(
      {"measure_id", "area", "task", "title", "how_judged", "lead_unit", "co_units", "due_date"},
      table, &faults);
  if (!rows.ok()) return rows.status();
  MeasuresList list;
  std::set<std::string> ids;
  std::set<std::string> areas;
  std::map<std::string, std::string> area_of_task;
  for (const ImportRow& row : *rows) {
    Measure measure = ReadMeasure(row, &faults);
    if (!ids.insert(measure.measure_id()).second)
      faults.Add(row.line, kId, "IMPORT_ID_TWICE", {measure.measure_id()});
    const auto [task, is_new] = area_of_task.emplace(measure.task(), measure.area());
    if (!is_new && task->second != measure.area())
      faults.Add(row.line, kArea, "IMPORT_TASK_ELSEWHERE", {measure.task(), task->second});
    areas.insert(measure.area());
    list.measures.push_back(std::move(measure));
  }
  if (rows->empty() && faults.count() == 0) faults.Add(1, 1, "IMPORT_ROWS_MISSING");
  if (faults.count() > 0) return faults.status();
  list.areas = areas.size();
  list.tasks = area_of_task.size();
  return list;
}

}  // namespace dudao::domain
