#include "dudao/domain/divisions.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "import_faults.h"

namespace dudao::domain {
namespace {

using records::v1::Place;
using records::v1::PLACE_LEVEL_COUNTY;
using records::v1::PLACE_LEVEL_TOWNSHIP;
using records::v1::PLACE_LEVEL_UNSPECIFIED;
using records::v1::PLACE_LEVEL_VILLAGE;
using records::v1::PlaceLevel;

constexpr int kCodeColumn = 1;
constexpr int kNameColumn = 2;
constexpr int kLevelColumn = 3;
constexpr int kParentColumn = 4;

struct LevelRule {
  PlaceLevel level;
  absl::string_view name;
  std::size_t code_digits;
  std::size_t parent_digits;
};
constexpr LevelRule kLevels[] = {{PLACE_LEVEL_COUNTY, "county", 6, 4},
                                 {PLACE_LEVEL_TOWNSHIP, "township", 9, 6},
                                 {PLACE_LEVEL_VILLAGE, "village", 12, 9}};

bool AreDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

const LevelRule* FindLevel(absl::string_view name) {
  for (const LevelRule& rule : kLevels) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

void Classify(Place* place) {
  const std::string& name = place->name();
  const bool is_virtual = absl::StrContains(name, "虚拟");
  if (place->level() == PLACE_LEVEL_COUNTY) {
    place->set_unit_type(records::v1::UNIT_TYPE_COUNTY);
  } else if (place->level() == PLACE_LEVEL_TOWNSHIP) {
    place->set_unit_type(records::v1::UNIT_TYPE_TOWNSHIP);
  } else if (absl::EndsWith(name, "居委会") || is_virtual) {
    place->set_unit_type(records::v1::UNIT_TYPE_COMMUNITY);
  } else {
    place->set_unit_type(records::v1::UNIT_TYPE_VILLAGE);
  }
  place->set_plannable(place->level() != PLACE_LEVEL_COUNTY && !is_virtual);
}

class Reader {
 public:
  void Add(const ImportRow& row) {
    const std::string& code = row.cells[0];
    const std::string& name = row.cells[1];
    const std::string& parent = row.cells[3];
    const LevelRule* const rule = FindLevel(row.cells[2]);
    if (rule == nullptr) {
      faults_.Add(row.line, kLevelColumn, "IMPORT_LEVEL_UNKNOWN", {row.cells[2]});
      return;
    }
    CheckCells(row, *rule);
    Place place;
    place.set_code(code);
    place.set_name(name);
    place.set_display_name(DisplayName(name));
    place.set_level(rule->level);
    if (rule->level != PLACE_LEVEL_COUNTY) place.set_parent_code(parent);
    Classify(&place);
    lines_.push_back(row.line);
    places_.push_back(place);
  }

  absl::StatusOr<std::vector<Place>> Finish() {
    int counties = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Place& place = places_[i];
      if (place.level() == PLACE_LEVEL_COUNTY) {
        if (++counties > 1) faults_.Add(lines_[i], kLevelColumn, "IMPORT_COUNTY_SECOND");
      } else if (codes_.count(place.parent_code()) == 0) {
        faults_.Add(lines_[i], kParentColumn, "IMPORT_PARENT_UNKNOWN", {place.parent_code()});
      }
    }
    if (counties == 0) faults_.Add(1, kLevelColumn, "IMPORT_COUNTY_MISSING");
    const absl::Status status = faults_.status();
    if (!status.ok()) return status;
    return places_;
  }

 private:
  void CheckCells(const ImportRow& row, const LevelRule& rule) {
    const std::string& code = row.cells[0];
    const std::string& parent = row.cells[3];
    if (code.size() != rule.code_digits || !AreDigits(code)) {
      faults_.Add(row.line, kCodeColumn, "IMPORT_CODE_DIGITS",
                  {code, absl::StrCat(rule.code_digits)});
    } else if (!codes_.insert(code).second) {
      faults_.Add(row.line, kCodeColumn, "IMPORT_CODE_TWICE", {code});
    }
    if (absl::StripAsciiWhitespace(row.cells[1]) != row.cells[1] || row.cells[1].empty()) {
      faults_.Add(row.line, kNameColumn, "IMPORT_CELL_SPACES");
    }
    if (parent.size() != rule.parent_digits || !absl::StartsWith(code, parent)) {
      faults_.Add(row.line, kParentColumn, "IMPORT_PARENT_DIGITS",
                  {parent, absl::StrCat(rule.parent_digits)});
    }
  }

  std::vector<Place> places_;
  std::vector<int> lines_;
  std::set<std::string> codes_;
  ImportFaults faults_{"IMPORT_LIST_DIVISIONS"};
};

}  // namespace

std::string DisplayName(absl::string_view official_name) {
  absl::string_view name = official_name;
  // 马村村委会 is the committee of 马村, 东街村委会 that of 东街村.
  if (absl::EndsWith(name, "村村委会")) {
    absl::ConsumeSuffix(&name, "村委会");
  } else if (absl::EndsWith(name, "村委会")) {
    absl::ConsumeSuffix(&name, "委会");
  } else if (absl::EndsWith(name, "居委会")) {
    absl::ConsumeSuffix(&name, "居委会");
  }
  return std::string(name.empty() ? official_name : name);
}

absl::StatusOr<std::vector<Place>> ParseDivisions(absl::string_view csv_text) {
  return ParseDivisions(ReadCsvTable(csv_text));
}

absl::StatusOr<std::vector<Place>> ParseDivisions(const ImportTable& table) {
  ImportFaults unread("IMPORT_LIST_DIVISIONS");
  const auto rows = RowsBelow({"code", "name", "level", "parent"}, table, &unread);
  if (!rows.ok()) return rows.status();
  // Without these rows others would seem to have no parent.
  if (unread.count() > 0) return unread.status();
  Reader reader;
  for (const ImportRow& row : *rows) reader.Add(row);
  return reader.Finish();
}

absl::Status ApplyPinyin(absl::string_view csv_text, std::vector<Place>* places) {
  return ApplyPinyin(ReadCsvTable(csv_text), places);
}

absl::Status ApplyPinyin(const ImportTable& table, std::vector<Place>* places) {
  ImportFaults faults("IMPORT_LIST_PINYIN");
  const auto rows = RowsBelow({"code", "initials", "full"}, table, &faults);
  if (!rows.ok()) return rows.status();
  if (faults.count() > 0) return faults.status();
  std::map<std::string, Place*> by_code;
  for (Place& place : *places) by_code.emplace(place.code(), &place);
  std::vector<Place> before = *places;
  for (const ImportRow& row : *rows) {
    const auto found = by_code.find(row.cells[0]);
    if (found == by_code.end()) {
      faults.Add(row.line, 1, "IMPORT_PINYIN_UNKNOWN", {row.cells[0]});
      continue;
    }
    for (std::size_t cell : {1U, 2U}) {
      const bool letters = std::all_of(row.cells[cell].begin(), row.cells[cell].end(), [](char c) {
        return absl::ascii_islower(static_cast<unsigned char>(c));
      });
      if (row.cells[cell].empty() || !letters) {
        faults.Add(row.line, static_cast<int>(cell) + 1, "IMPORT_PINYIN_LETTERS");
      }
    }
    found->second->set_pinyin_initials(row.cells[1]);
    found->second->set_pinyin_full(row.cells[2]);
    by_code.erase(found);
  }
  for (const auto& [code, place] : by_code) {
    faults.Add(1, 1, "IMPORT_PINYIN_MISSING", {code});
  }
  const absl::Status status = faults.status();
  if (!status.ok()) *places = std::move(before);
  return status;
}

}  // namespace dudao::domain
