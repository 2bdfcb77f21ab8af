#include "finding_where.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dudao/review/v1/rectification.pb.h"

namespace dudao::server {
namespace {

constexpr size_t kTrigram = 3;

size_t Characters(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

std::string Escaped(std::string_view text, std::string_view special, std::string_view with) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += with;
    out += c;
  }
  return out;
}

std::string Prefix(std::string_view text) { return Escaped(text, "%_\\", "\\") + "%"; }
std::string Anywhere(std::string_view text) { return "%" + Prefix(text); }

// States in which the clock of a notice runs.
constexpr char kRuns[] = "f.yellow_ms > 0 AND f.state IN (5, 6, 7, 8, 9, 12)";

}  // namespace

std::string SpaceList(const std::vector<std::string>& spaces) {
  return absl::StrCat("[\"", absl::StrJoin(spaces, "\",\""), "\"]");
}

FindingWhere::FindingWhere(const FindingQuery& query, bool paged) : paged_(paged) {
  // The plus keeps the index by space out of it: a page reads the index of its order and stops.
  Add("+f.space IN (SELECT value FROM json_each(?))", {SpaceList(query.spaces)});
  AddPart(query);
  if (!query.answered_by.empty()) AddUnit(query.answered_by);
  if (!query.team_id.empty()) Add("f.team_id = ?", {query.team_id});
  if (!query.unit_prefix.empty())
    Add("f.unit_code LIKE ? ESCAPE '\\'", {Prefix(query.unit_prefix)});
  if (query.state != 0) Add("f.state = CAST(? AS INTEGER)", {absl::StrCat(query.state)});
  if (query.level != 0)
    Add("CASE f.level WHEN 0 THEN f.found_level ELSE f.level END = CAST(? AS INTEGER)",
        {absl::StrCat(query.level)});
  if (query.light != 0) AddLight(query.light, query.now_ms);
  if (!query.from_date.empty()) Add("f.visit_date >= ?", {query.from_date});
  if (!query.to_date.empty()) Add("f.visit_date <> '' AND f.visit_date <= ?", {query.to_date});
  if (!query.area.empty()) Add("rtrim(f.check_code, '0123456789') = ?", {query.area});
  for (absl::string_view word :
       absl::StrSplit(query.text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty()))
    AddWord(std::string(word));
}

void FindingWhere::AddPart(const FindingQuery& query) {
  if (query.todo) {
    Add("f.todo");
  } else if (query.part != 0) {
    // Nearly all are struck off some day: a page of those, too, is read in its order.
    const bool most = query.part == static_cast<int>(FindingPart::kClosed);
    Add(absl::StrCat(paged_ && most ? "+" : "", "f.part = ", query.part));
  } else {
    Add(paged_ ? "+f.part <> 0" : "f.part IN (1, 2, 3, 4)");
  }
}

// A notice is answered by the unit that it names, by code or by name; without one by the unit that
// was visited. A township answers for its villages, which have no people here.
void FindingWhere::AddUnit(const std::string& unit) {
  const bool township = unit.size() == 9;
  const std::string below = township ? Prefix(unit) : Escaped(unit, "%_\\", "\\");
  Add("f.notice_no <> '' AND (f.owner = ? OR f.owner = (SELECT name FROM place WHERE code = ?) OR "
      "f.owner LIKE ? ESCAPE '\\' OR (f.unit_code LIKE ? ESCAPE '\\' AND f.owner IN ('', "
      "(SELECT name FROM place WHERE code = f.unit_code), "
      "(SELECT official FROM place WHERE code = f.unit_code))))",
      {unit, unit, below, below});
}

void FindingWhere::AddLight(int light, int64_t now_ms) {
  const std::string now = absl::StrCat(now_ms);
  switch (light) {
    case review::v1::LIGHT_GREEN:
      return Add(absl::StrCat(kRuns, " AND f.green_ms >= CAST(? AS INTEGER)"), {now});
    case review::v1::LIGHT_YELLOW:
      return Add(absl::StrCat(kRuns,
                              " AND f.green_ms < CAST(? AS INTEGER) AND f.yellow_ms >= CAST(? AS "
                              "INTEGER)"),
                 {now, now});
    case review::v1::LIGHT_RED:
      return Add(absl::StrCat(kRuns, " AND f.yellow_ms < CAST(? AS INTEGER)"), {now});
    default:
      return Add("0");
  }
}

// The trigram index finds three characters and more; shorter words are looked for one by one. A
// place is found by its names, its pinyin and its initials; a township stands for its villages.
void FindingWhere::AddWord(const std::string& word) {
  constexpr char kByPlace[] =
      "SELECT g.id FROM place p JOIN finding g ON g.unit_code = p.code WHERE p.name LIKE ? ESCAPE "
      "'\\' OR p.official LIKE ? ESCAPE '\\' OR p.pinyin LIKE ? ESCAPE '\\' OR p.initials LIKE ? "
      "ESCAPE '\\' OR p.parent IN (SELECT code FROM place WHERE level = 2 AND (name LIKE ? ESCAPE "
      "'\\' OR pinyin LIKE ? ESCAPE '\\' OR initials LIKE ? ESCAPE '\\'))";
  const std::string anywhere = Anywhere(word);
  const std::string prefix = Prefix(word);
  const std::vector<std::string> place = {anywhere, anywhere, prefix, prefix,
                                          anywhere, prefix,   prefix};
  std::vector<std::string> values;
  std::string text;
  if (Characters(word) >= kTrigram) {
    text = "SELECT rowid FROM finding_text WHERE finding_text MATCH ?";
    values.push_back(absl::StrCat("\"", Escaped(word, "\"", "\""), "\""));
  } else {
    text =
        "SELECT s.id FROM finding s WHERE s.found_text LIKE ? ESCAPE '\\' OR s.own_text LIKE ? "
        "ESCAPE '\\'";
    values.assign(2, anywhere);
  }
  values.insert(values.end(), place.begin(), place.end());
  Add(absl::StrCat("f.id IN (", text, " UNION ", kByPlace, ")"), values);
}

void FindingWhere::After(const ListOrder& order, const FindingPosition& position) {
  Add(order.Behind(),
      {position.sort, position.sort, position.space, position.space, position.finding_id});
}

int FindingWhere::Bind(sync::Statement& statement, int first) const {
  int index = first;
  for (const std::string& value : values_) statement.BindText(index++, value);
  return index;
}

void FindingWhere::Add(std::string_view condition, const std::vector<std::string>& values) {
  absl::StrAppend(&sql_, sql_.empty() ? " WHERE " : " AND ", std::string(condition));
  values_.insert(values_.end(), values.begin(), values.end());
}

}  // namespace dudao::server
