#include "dudao/domain/village_marks.h"

#include <optional>

#include "import_faults.h"

namespace dudao::domain {
namespace {

enum Column { kCode = 1, kName, kWeak, kThin };

std::optional<bool> MarkOf(const std::string& cell) {
  if (cell == "是") return true;
  if (cell.empty() || cell == "否") return false;
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::map<std::string, VillageMarks>> ParseVillageMarks(
    const ImportTable& table, const std::map<std::string, records::v1::Place>& places) {
  ImportFaults faults("IMPORT_LIST_MARKS");
  const auto rows = RowsBelow({"code", "name", "weak", "thin"}, table, &faults);
  if (!rows.ok()) return rows.status();
  std::map<std::string, VillageMarks> marks;
  for (const ImportRow& row : *rows) {
    const std::string& code = row.cells[kCode - 1];
    const std::string& name = row.cells[kName - 1];
    const auto place = places.find(code);
    if (place == places.end()) {
      faults.Add(row.line, kCode, "IMPORT_VILLAGE_UNKNOWN", {code});
    } else if (place->second.level() != records::v1::PLACE_LEVEL_VILLAGE) {
      faults.Add(row.line, kCode, "IMPORT_VILLAGE_WANTED", {code});
    } else if (name != place->second.name() && name != place->second.display_name()) {
      faults.Add(row.line, kName, "IMPORT_NAME_OTHER", {code, place->second.display_name()});
    }
    const auto weak = MarkOf(row.cells[kWeak - 1]);
    const auto thin = MarkOf(row.cells[kThin - 1]);
    if (!weak) faults.Add(row.line, kWeak, "IMPORT_MARK_WRONG", {row.cells[kWeak - 1]});
    if (!thin) faults.Add(row.line, kThin, "IMPORT_MARK_WRONG", {row.cells[kThin - 1]});
    const VillageMarks both{weak.value_or(false), thin.value_or(false)};
    if (!marks.emplace(code, both).second) faults.Add(row.line, kCode, "IMPORT_CODE_TWICE", {code});
  }
  if (rows->empty() && faults.count() == 0) faults.Add(1, 1, "IMPORT_ROWS_MISSING");
  if (faults.count() > 0) return faults.status();
  return marks;
}

}  // namespace dudao::domain
