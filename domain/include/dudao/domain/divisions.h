// The county's list of places.
//
// Purpose: turn the official list (data/jishan-divisions.csv: code,name,level,parent) into Place
// records, or say what is wrong with it, all problems at once with line and column. Keys are codes:
// names repeat those of their township. Does not: fetch or guess anything; a list with one wrong
// row is refused whole. Threading: pure functions. Ownership: values. Errors: InvalidArgument,
// reason IMPORT_FILE_WRONG. Source: statistical division codes 2023; display names by the rule of
// DisplayName.
#ifndef DUDAO_DOMAIN_DIVISIONS_H_
#define DUDAO_DOMAIN_DIVISIONS_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "dudao/domain/import_table.h"
#include "dudao/records/v1/reference.pb.h"

namespace dudao::domain {

// The places of a list, in its order: one county, its township-level units, their villages and
// communities.
absl::StatusOr<std::vector<records::v1::Place>> ParseDivisions(const ImportTable& table);
absl::StatusOr<std::vector<records::v1::Place>> ParseDivisions(absl::string_view csv_text);

// Fills in the pinyin of places from an index (data/jishan-pinyin.csv: code,initials,full). Every
// place must be in the index; codes of the index that are no place are refused.
absl::Status ApplyPinyin(const ImportTable& table, std::vector<records::v1::Place>* places);
absl::Status ApplyPinyin(absl::string_view csv_text, std::vector<records::v1::Place>* places);

// The name as people say it: 东街村委会 becomes 东街村, 马村村委会 becomes 马村, 汾水社区居委会
// becomes 汾水社区.
std::string DisplayName(absl::string_view official_name);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_DIVISIONS_H_
