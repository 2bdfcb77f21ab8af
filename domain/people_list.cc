#include "dudao/domain/people_list.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "dudao/domain/temp_number.h"
#include "import_faults.h"

namespace dudao::domain {
namespace {

using records::v1::Person;
using records::v1::PersonRole;
using records::v1::Team;

constexpr unsigned kDefaultQuota = 2;

struct RoleName {
  absl::string_view name;
  PersonRole role;
};
constexpr RoleName kRoles[] = {
    {"inspector", records::v1::PERSON_ROLE_INSPECTOR}, {"lead", records::v1::PERSON_ROLE_LEAD},
    {"reviewer", records::v1::PERSON_ROLE_REVIEWER},   {"leader", records::v1::PERSON_ROLE_LEADER},
    {"reporter", records::v1::PERSON_ROLE_REPORTER},   {"admin", records::v1::PERSON_ROLE_ADMIN}};

PersonRole ParseRole(absl::string_view text) {
  for (const RoleName& known : kRoles) {
    if (known.name == text) return known.role;
  }
  return records::v1::PERSON_ROLE_UNSPECIFIED;
}

bool IsOfTeam(PersonRole role) {
  return role == records::v1::PERSON_ROLE_INSPECTOR || role == records::v1::PERSON_ROLE_LEAD;
}

// 第二督导组 for D2; other ids name themselves.
std::string TeamName(const std::string& id) {
  static constexpr const char* kNumerals[] = {"一", "二", "三", "四", "五", "六", "七", "八", "九"};
  if (id.size() == 2 && id[0] == 'D' && id[1] >= '1' && id[1] <= '9') {
    return absl::StrCat("第", kNumerals[id[1] - '1'], "督导组");
  }
  return id;
}

// Temporary numbers begin with the team's id, so it must be fit for one.
bool IsTeamId(const std::string& id) { return FormatTempNumber({id, 1, 1, 1, 0}).ok(); }

bool TeamFits(PersonRole role, const std::string& team_id) {
  if (IsOfTeam(role)) return IsTeamId(team_id);
  const bool reporter = role == records::v1::PERSON_ROLE_REPORTER;
  return team_id.empty() || (reporter && IsUnitName(team_id));
}

Person ReadPerson(const ImportRow& row, ImportFaults* faults) {
  const PersonRole role = ParseRole(row.cells[4]);
  const std::string& team_id = row.cells[3];
  if (row.cells[0].empty()) faults->Add(row.line, 1, "IMPORT_CELL_EMPTY");
  if (row.cells[1].empty()) faults->Add(row.line, 2, "IMPORT_CELL_EMPTY");
  if (role == records::v1::PERSON_ROLE_UNSPECIFIED) {
    faults->Add(row.line, 5, "IMPORT_ROLE_UNKNOWN", {row.cells[4]});
  } else if (!TeamFits(role, team_id)) {
    faults->Add(row.line, 4, "IMPORT_TEAM_UNFIT", {team_id});
  }
  Person person;
  person.set_person_id(row.cells[0]);
  person.set_name(row.cells[1]);
  person.set_home_department(row.cells[2]);
  if (!team_id.empty()) person.set_team_id(team_id);
  person.set_role(role);
  person.set_active(true);
  return person;
}

}  // namespace

bool IsUnitName(absl::string_view text) {
  constexpr std::size_t kBytesMax = 100;
  return !text.empty() && text.size() <= kBytesMax &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
         });
}

absl::StatusOr<PeopleRows> ParsePeopleRows(absl::string_view csv_text) {
  return ParsePeopleRows(ReadCsvTable(csv_text));
}

absl::StatusOr<PeopleRows> ParsePeopleRows(const ImportTable& table) {
  ImportFaults faults("IMPORT_LIST_PEOPLE");
  const auto rows =
      RowsBelow({"person_id", "name", "home_department", "team_id", "role"}, table, &faults);
  if (!rows.ok()) return rows.status();
  PeopleRows out;
  std::set<std::string> ids;
  std::map<std::string, Team> teams;
  for (const ImportRow& row : *rows) {
    const std::size_t before = faults.count();
    Person person = ReadPerson(row, &faults);
    if (!ids.insert(person.person_id()).second) {
      faults.Add(row.line, 1, "IMPORT_ID_TWICE", {person.person_id()});
    }
    const bool leads = person.role() == records::v1::PERSON_ROLE_LEAD;
    if (leads && teams[person.team_id()].has_lead_id()) {
      faults.Add(row.line, 5, "IMPORT_LEAD_SECOND");
    }
    if (faults.count() > before) continue;
    if (IsOfTeam(person.role())) {
      Team& team = teams[person.team_id()];
      team.set_team_id(person.team_id());
      team.set_name(TeamName(person.team_id()));
      team.set_monthly_quota(kDefaultQuota);
      team.set_active(true);
      if (leads) team.set_lead_id(person.person_id());
    }
    out.list.people.push_back(std::move(person));
    out.lines.push_back(row.line);
  }
  for (auto& [id, team] : teams) {
    if (!team.has_team_id()) continue;  // none of its rows is good
    if (!team.has_lead_id()) faults.Add(1, 5, "IMPORT_LEAD_MISSING", {id});
    out.list.teams.push_back(std::move(team));
  }
  out.problems = faults.status();
  return out;
}

absl::StatusOr<PeopleList> ParsePeople(absl::string_view csv_text) {
  auto rows = ParsePeopleRows(csv_text);
  if (!rows.ok()) return rows.status();
  if (!rows->problems.ok()) return rows->problems;
  return std::move(rows->list);
}

}  // namespace dudao::domain
