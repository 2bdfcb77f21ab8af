// The list of weak and thin villages (软弱涣散村, 集体经济薄弱村).
//
// Purpose: turn a list (code,name,weak,thin; a mark is 是, none is 否 or nothing) into marks by
// village, or say what is wrong with it, all problems at once with line and column. Code and name
// must belong together in the list of divisions, so that a slip in either is found. Does not: know
// what the villages carry now. Threading: pure functions. Ownership: values. Errors:
// InvalidArgument, reason IMPORT_FILE_WRONG.
#ifndef DUDAO_DOMAIN_VILLAGE_MARKS_H_
#define DUDAO_DOMAIN_VILLAGE_MARKS_H_

#include <absl/status/statusor.h>

#include <map>
#include <string>

#include "dudao/domain/import_table.h"
#include "dudao/records/v1/reference.pb.h"

namespace dudao::domain {

struct VillageMarks {
  bool weak_organisation = false;
  bool thin_economy = false;
  friend bool operator==(const VillageMarks&, const VillageMarks&) = default;
};

// By division code. `places`: the divisions, by code.
absl::StatusOr<std::map<std::string, VillageMarks>> ParseVillageMarks(
    const ImportTable& table, const std::map<std::string, records::v1::Place>& places);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_VILLAGE_MARKS_H_
