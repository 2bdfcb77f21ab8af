// Reads the project's CSV data: comma-separated, one header line, double quotes where a cell needs
// them.
//
// Purpose: one strict reader with line and column in every error. Byte order mark and CRLF, as
// spreadsheet programs write them, are accepted. Does not: read files, or accept line breaks inside
// cells. Threading: pure functions. Ownership: the table owns its cells. Errors: InvalidArgument
// with a reason code (text.h); the caller shows it to the person who loads the file.
#ifndef DUDAO_DOMAIN_CSV_TABLE_H_
#define DUDAO_DOMAIN_CSV_TABLE_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstddef>
#include <string>
#include <vector>

namespace dudao::domain {

// One row below the header.
struct CsvRow {
  int line = 0;  // in the file, from 1
  std::vector<std::string> cells;
};

// Collects the problems of one file, so that a person sees all of them at once.
class CsvProblems {
 public:
  explicit CsvProblems(absl::string_view what) : what_(what) {}

  // A wrong cell; `column` counts from 1, 0 for the whole row. `explanation` is English and names
  // the value.
  void Add(int line, int column, absl::string_view explanation);

  // How many there are so far.
  std::size_t count() const { return problems_.size(); }

  // OK, or InvalidArgument that lists the first twenty problems, one a line.
  absl::Status status() const;

 private:
  std::string what_;
  std::vector<std::string> problems_;
};

// Rows of `text`, whose header must be exactly `columns`. `what` names the file in errors. With
// `bad_rows`, rows that cannot be read are noted there and left out; else the first one is an
// error.
absl::StatusOr<std::vector<CsvRow>> ReadCsv(absl::string_view what, absl::string_view text,
                                            const std::vector<std::string>& columns,
                                            CsvProblems* bad_rows = nullptr);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_CSV_TABLE_H_
