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

#include "csv_table.h"

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
  void Add(const CsvRow& row) {
    const std::string& code = row.cells[0];
    const std::string& name = row.cells[1];
    const std::string& parent = row.cells[3];
    const LevelRule* const rule = FindLevel(row.cells[2]);
    if (rule == nullptr) {
      problems_.Add(
          row.line, kLevelColumn,
          absl::StrCat("level \"", row.cells[2], "\" is not county, township or village"));
      return;
    }
    CheckCells(row, *rule);
    Place place;
    place.set_code(code);
    place.set_name(name);
    place.set_display_name(DisplayName(name));
    place.set_level(rule->level);
    if (rule->level != PLACE_LEVEL_COUNTY) place.set_parent_code(parent);
    place.set_weak_organisation(false);
    place.set_thin_economy(false);
    Classify(&place);
    lines_.push_back(row.line);
    places_.push_back(place);
  }

  absl::StatusOr<std::vector<Place>> Finish() {
    int counties = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Place& place = places_[i];
      if (place.level() == PLACE_LEVEL_COUNTY) {
        if (++counties > 1) problems_.Add(lines_[i], kLevelColumn, "a second county");
      } else if (codes_.count(place.parent_code()) == 0) {
        problems_.Add(lines_[i], kParentColumn,
                      absl::StrCat("parent ", place.parent_code(), " is not in the list"));
      }
    }
    if (counties == 0) problems_.Add(1, kLevelColumn, "no county");
    const absl::Status status = problems_.status();
    if (!status.ok()) return status;
    return places_;
  }

 private:
  void CheckCells(const CsvRow& row, const LevelRule& rule) {
    const std::string& code = row.cells[0];
    const std::string& parent = row.cells[3];
    if (code.size() != rule.code_digits || !AreDigits(code)) {
      problems_.Add(row.line, kCodeColumn,
                    absl::StrCat("code \"", code, "\" must have ", rule.code_digits, " digits"));
    } else if (!codes_.insert(code).second) {
      problems_.Add(row.line, kCodeColumn, absl::StrCat("code ", code, " is given twice"));
    }
    if (absl::StripAsciiWhitespace(row.cells[1]) != row.cells[1] || row.cells[1].empty()) {
      problems_.Add(row.line, kNameColumn, "the name is empty or has spaces around it");
    }
    if (parent.size() != rule.parent_digits || !absl::StartsWith(code, parent)) {
      problems_.Add(row.line, kParentColumn,
                    absl::StrCat("parent \"", parent, "\" must be the first ", rule.parent_digits,
                                 " digits of the code"));
    }
  }

  std::vector<Place> places_;
  std::vector<int> lines_;
  std::set<std::string> codes_;
  CsvProblems problems_{"divisions"};
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
  const auto rows = ReadCsv("divisions", csv_text, {"code", "name", "level", "parent"});
  if (!rows.ok()) return rows.status();
  Reader reader;
  for (const CsvRow& row : *rows) reader.Add(row);
  return reader.Finish();
}

absl::Status ApplyPinyin(absl::string_view csv_text, std::vector<Place>* places) {
  const auto rows = ReadCsv("pinyin", csv_text, {"code", "initials", "full"});
  if (!rows.ok()) return rows.status();
  std::map<std::string, Place*> by_code;
  for (Place& place : *places) by_code.emplace(place.code(), &place);
  std::vector<Place> before = *places;
  CsvProblems problems("pinyin");
  for (const CsvRow& row : *rows) {
    const auto found = by_code.find(row.cells[0]);
    if (found == by_code.end()) {
      problems.Add(row.line, 1,
                   absl::StrCat("code ", row.cells[0], " is no place, or given twice"));
      continue;
    }
    for (std::size_t cell : {1U, 2U}) {
      const bool letters = std::all_of(row.cells[cell].begin(), row.cells[cell].end(), [](char c) {
        return absl::ascii_islower(static_cast<unsigned char>(c));
      });
      if (row.cells[cell].empty() || !letters) {
        problems.Add(row.line, static_cast<int>(cell) + 1, "must be letters a to z");
      }
    }
    found->second->set_pinyin_initials(row.cells[1]);
    found->second->set_pinyin_full(row.cells[2]);
    by_code.erase(found);
  }
  for (const auto& [code, place] : by_code) {
    problems.Add(1, 1, absl::StrCat("place ", code, " is missing"));
  }
  const absl::Status status = problems.status();
  if (!status.ok()) *places = std::move(before);
  return status;
}

}  // namespace dudao::domain
