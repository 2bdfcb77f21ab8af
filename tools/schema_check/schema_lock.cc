#include "schema_lock.h"

#include <absl/status/status.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace dudao::schema_check {
namespace {

constexpr absl::string_view kSeparator = " | ";
constexpr absl::string_view kHeader =
    "# What has travelled in changes: never edit a line. New fields: tools/schema_check --update.\n"
    "# record type | field numbers | merge kind | type | name\n";

std::string PlaceOf(const FieldFact& fact) { return absl::StrCat(fact.type_id, " ", fact.numbers); }

std::string NameOf(const FieldFact& fact) { return absl::StrCat(fact.type_id, " ", fact.path); }

}  // namespace

absl::StatusOr<std::vector<FieldFact>> ParseLock(absl::string_view text) {
  std::vector<FieldFact> facts;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> cells = absl::StrSplit(line, kSeparator);
    FieldFact fact;
    if (cells.size() != 5 || !absl::SimpleAtoi(cells[0], &fact.type_id)) {
      return absl::InvalidArgumentError(
          absl::StrCat("lock file, line ", number, ": not a field: ", line));
    }
    fact.numbers = cells[1];
    fact.kind = cells[2];
    fact.type = cells[3];
    fact.path = cells[4];
    facts.push_back(std::move(fact));
  }
  return facts;
}

LockReport CompareWithLock(const std::vector<FieldFact>& locked, const SchemaReport& schema) {
  std::map<std::string, const FieldFact*> by_place;
  std::map<std::string, const FieldFact*> by_name;
  for (const FieldFact& fact : schema.fields) {
    by_place.emplace(PlaceOf(fact), &fact);
    by_name.emplace(NameOf(fact), &fact);
  }
  const std::set<std::string> reserved(schema.reserved.begin(), schema.reserved.end());
  LockReport report;
  std::set<std::string> known;
  for (const FieldFact& old : locked) {
    known.insert(PlaceOf(old));
    const auto same_name = by_name.find(NameOf(old));
    if (same_name != by_name.end() && same_name->second->numbers != old.numbers) {
      report.problems.push_back(absl::StrCat(old.path, ": number changed from ", old.numbers,
                                             " to ", same_name->second->numbers));
    }
    const auto now = by_place.find(PlaceOf(old));
    if (now == by_place.end()) {
      if (reserved.count(PlaceOf(old)) == 0) {
        report.problems.push_back(
            absl::StrCat(old.path, ": number ", old.numbers, " is gone but not reserved"));
      }
      continue;
    }
    if (now->second->type != old.type) {
      report.problems.push_back(absl::StrCat(now->second->path, ": type changed from ", old.type,
                                             " to ", now->second->type));
    }
    if (now->second->kind != old.kind) {
      report.problems.push_back(absl::StrCat(now->second->path, ": merge kind changed from ",
                                             old.kind, " to ", now->second->kind));
    }
  }
  for (const FieldFact& fact : schema.fields) {
    if (known.count(PlaceOf(fact)) == 0) report.new_fields.push_back(fact);
  }
  return report;
}

std::string AppendToLock(absl::string_view text, const std::vector<FieldFact>& new_fields) {
  std::string out(text.empty() ? kHeader : text);
  if (!out.empty() && out.back() != '\n') out += '\n';
  for (const FieldFact& fact : new_fields) {
    absl::StrAppend(&out, fact.type_id, kSeparator, fact.numbers, kSeparator, fact.kind, kSeparator,
                    fact.type, kSeparator, fact.path, "\n");
  }
  return out;
}

}  // namespace dudao::schema_check
