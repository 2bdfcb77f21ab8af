// The list of the programme's measures: areas (方面), tasks (任务), measures (举措).
//
// Purpose: turn a list (data/measures-default.csv: measure_id,area,task,title,how_judged,lead_unit,
// co_units,due_date) into Measure records, or say what is wrong with it, all problems at once with
// line and column. A task lies in one area; a measure has exactly one lead unit; co-units are
// separated by 、; without a due date a measure is a standing duty. Does not: hold the county to
// 6, 23 and 113: the counts are given for people to compare. Threading: pure functions. Ownership:
// values. Errors: InvalidArgument, reason IMPORT_FILE_WRONG.
#ifndef DUDAO_DOMAIN_MEASURES_LIST_H_
#define DUDAO_DOMAIN_MEASURES_LIST_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <vector>

#include "dudao/domain/import_table.h"
#include "dudao/records/v1/reference.pb.h"

namespace dudao::domain {

struct MeasuresList {
  std::vector<records::v1::Measure> measures;  // in the order of the list
  std::size_t areas = 0;
  std::size_t tasks = 0;
};

absl::StatusOr<MeasuresList> ParseMeasures(const ImportTable& table);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_MEASURES_LIST_H_
