// Collects what is wrong with a list while it is read.
//
// Purpose: a person who loads a file sees all of its faults at once, in their language. Does not:
// stop a reader; it goes on with the next row. Threading: confine to one thread. Ownership: values.
// Errors: status() refuses with reason IMPORT_FILE_WRONG (import_table.h reads it).
#ifndef DUDAO_DOMAIN_IMPORT_FAULTS_H_
#define DUDAO_DOMAIN_IMPORT_FAULTS_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstddef>
#include <string>
#include <vector>

#include "dudao/domain/import_table.h"

namespace dudao::domain {

class ImportFaults {
 public:
  // `list`: code of the list's name in the catalogue, e.g. IMPORT_LIST_PEOPLE.
  explicit ImportFaults(absl::string_view list) : list_(list) {}

  // `column` counts from 1, 0 for the whole row.
  void Add(int row, int column, absl::string_view reason, std::vector<std::string> arguments = {});

  std::size_t count() const { return faults_.size(); }

  // OK, or InvalidArgument with the faults; its text names the first twenty, one a line.
  absl::Status status() const;

 private:
  std::string list_;
  std::vector<ImportFault> faults_;
};

// The rows below the heading, which must be exactly `columns`. Rows that cannot be read are noted
// and left out; without a heading that fits there is only that to say, and it is an error.
absl::StatusOr<std::vector<ImportRow>> RowsBelow(const std::vector<std::string>& columns,
                                                 const ImportTable& table, ImportFaults* faults);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_IMPORT_FAULTS_H_
