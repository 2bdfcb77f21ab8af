// The list of people and the teams that follow from it.
//
// Purpose: turn a list (data/sample-people.csv: person_id,name,home_department,team_id,role) into
// Person and Team records, or say what is wrong with it, all problems at once with line and column.
// Of a reporter (单位填报人) the column team_id holds the unit that they answer for.
// The people of the sample list are invented. Does not: create accounts or passwords. Threading:
// pure functions. Ownership: values. Errors: InvalidArgument, reason IMPORT_FILE_WRONG.
#ifndef DUDAO_DOMAIN_PEOPLE_LIST_H_
#define DUDAO_DOMAIN_PEOPLE_LIST_H_

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <vector>

#include "dudao/domain/import_table.h"
#include "dudao/records/v1/reference.pb.h"

namespace dudao::domain {

struct PeopleList {
  std::vector<records::v1::Person> people;  // in the order of the list
  std::vector<records::v1::Team> teams;     // ordered by id; each has exactly one lead
};

// Refused whole where one row is wrong.
absl::StatusOr<PeopleList> ParsePeople(absl::string_view csv_text);

// The good rows of a list, and what is wrong with the others.
struct PeopleRows {
  PeopleList list;         // a team whose lead's row is wrong has none
  std::vector<int> lines;  // of each person in the file, from 1
  absl::Status problems;   // OK, or one line each, as ParsePeople would refuse them
};

// An error only where the file as such cannot be read.
absl::StatusOr<PeopleRows> ParsePeopleRows(const ImportTable& table);
absl::StatusOr<PeopleRows> ParsePeopleRows(absl::string_view csv_text);

// A unit as notices name it: the code of a place, or the name of a department.
bool IsUnitName(absl::string_view text);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_PEOPLE_LIST_H_
