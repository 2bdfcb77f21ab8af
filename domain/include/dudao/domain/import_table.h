// A list as the office loads it: rows of text cells, whatever kind of file they came from.
//
// Purpose: one shape between the readers of files (CSV here, workbooks in the server) and the
// readers of lists (divisions.h, people_list.h, working_calendar.h), and one shape for what is
// wrong with a file: a reason with its arguments, at a row and a column. Does not: read files, or
// know any list. Threading: pure functions. Ownership: values. Errors: what is wrong with a file is
// a value; a list that is refused is InvalidArgument, reason IMPORT_FILE_WRONG, with the faults
// inside.
#ifndef DUDAO_DOMAIN_IMPORT_TABLE_H_
#define DUDAO_DOMAIN_IMPORT_TABLE_H_

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "dudao/domain/text.h"

namespace dudao::domain {

// One row of a file.
struct ImportRow {
  int line = 0;  // in the file, from 1
  std::vector<std::string> cells;
};

// One thing that is wrong with a file.
struct ImportFault {
  int row = 0;                         // from 1; 0 for the whole file
  int column = 0;                      // from 1; 0 for the whole row
  std::string reason;                  // code of the catalogue (text.h)
  std::vector<std::string> arguments;  // of its text
};

struct ImportTable {
  std::vector<ImportRow> rows;  // the heading first; empty rows and rows with faults are left out
  std::vector<ImportFault> faults;  // in the order of the file
};

// Comma-separated, double quotes where a cell needs them, no line breaks inside cells. Byte order
// mark and CRLF, as spreadsheet programs write them, are accepted.
ImportTable ReadCsvTable(absl::string_view text);

// What a refused list says: the first 200 faults, and how many more there are. Empty for a status
// that is no refusal of a list.
std::vector<ImportFault> FaultsOf(const absl::Status& status);

// What is wrong, without the place.
std::string FaultText(const ImportFault& fault, Language language);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_IMPORT_TABLE_H_
