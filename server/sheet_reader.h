// A workbook (.xlsx) that somebody sends, as the rows of text cells of its first sheet.
//
// Takes shared and inline strings, numbers (whole ones without exponent, so that codes stay codes),
// truth values, and in the columns that want a date the serial numbers that spreadsheet programs
// keep for one, as YYYY-MM-DD. Hidden rows count, styles and merged cells do not. A formula is
// refused by its address, also where it carries a value: what it said when the file was written may
// not be what the sheet says, and a list is data. Cells with an error, a control character or too
// much text are refused by address too; the row is left out. Limits: 8 MiB of file, what
// zip_reader.h and xml_events.h say, 20,000 rows (empty ones count), 64 columns, 8 KiB a cell, 16
// MiB of text. Source: ECMA-376 part 1, chapter 18. Pure. Errors: INVALID_ARGUMENT, IMPORT_BOOK_*
// or IMPORT_ROWS_TOO_MANY, where there is nothing to show row by row.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dudao/domain/import_table.h"

namespace dudao::server {

inline constexpr size_t kSheetFileBytesMax = 8 << 20;
inline constexpr int kSheetRowsMax = 20'000;
inline constexpr int kSheetColumnsMax = 64;
inline constexpr size_t kSheetCellBytesMax = 8 << 10;
inline constexpr size_t kSheetTextBytesMax = 16 << 20;

// `date_columns`: headings of the columns that want a date. Rows are as wide as the heading, wider
// only where something stands beyond it.
absl::StatusOr<domain::ImportTable> ReadSheet(std::string_view file,
                                              const std::set<std::string>& date_columns);

}  // namespace dudao::server
