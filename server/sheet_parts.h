// Where in a workbook its first sheet and the texts of its cells lie. Private to sheet_reader.cc.
//
// Errors: as sheet_reader.h.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "zip_reader.h"

namespace dudao::server {

struct SheetParts {
  std::string sheet;                 // the document
  std::vector<std::string> strings;  // shared by its cells
  bool from_1904 = false;            // how days are counted
};

absl::StatusOr<SheetParts> ReadSheetParts(ZipReader& zip);

}  // namespace dudao::server
