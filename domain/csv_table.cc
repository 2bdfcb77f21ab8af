#include "csv_table.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dudao/domain/text.h"
#include "utf8.h"

namespace dudao::domain {
namespace {

constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";
constexpr std::size_t kMaxBytes = 16U << 20U;
constexpr std::size_t kMaxShown = 20;

absl::Status Wrong(absl::string_view what, int line, absl::string_view explanation) {
  return Refusal(absl::StatusCode::kInvalidArgument, "IMPORT_FILE_WRONG",
                 {std::string(what), absl::StrCat("line ", line, ": ", explanation)});
}

// Cells of one line; false where a quote is not closed or stands in the middle of a cell.
bool SplitLine(absl::string_view line, std::vector<std::string>* cells) {
  std::string cell;
  bool quoted = false;
  bool was_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cell += line[++i];
    } else if (quoted && c == '"') {
      quoted = false;
    } else if (!quoted && c == '"') {
      if (!cell.empty() || was_quoted) return false;
      quoted = was_quoted = true;
    } else if (!quoted && c == ',') {
      cells->push_back(std::exchange(cell, std::string()));
      was_quoted = false;
    } else if (was_quoted && !quoted) {
      return false;
    } else {
      cell += c;
    }
  }
  cells->push_back(std::move(cell));
  return !quoted;
}

// What is wrong with a line; empty where nothing is.
std::string ReadLine(absl::string_view line, std::vector<std::string>* cells) {
  if (!IsUtf8(line)) return "not UTF-8";
  if (absl::StrContains(line, absl::string_view("\0", 1))) return "contains a zero byte";
  return SplitLine(line, cells) ? "" : "a quote is not closed";
}

}  // namespace

absl::StatusOr<std::vector<CsvRow>> ReadCsv(absl::string_view what, absl::string_view text,
                                            const std::vector<std::string>& columns,
                                            CsvProblems* bad_rows) {
  if (text.size() > kMaxBytes) return Wrong(what, 1, "the file is larger than 16 MiB");
  absl::ConsumePrefix(&text, kByteOrderMark);
  std::vector<CsvRow> rows;
  bool header_seen = false;
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++line_number;
    absl::ConsumeSuffix(&line, "\r");
    if (line.empty()) continue;
    CsvRow row{line_number, {}};
    std::string wrong = ReadLine(line, &row.cells);
    if (!header_seen) {
      if (wrong.empty() && row.cells != columns)
        wrong = absl::StrCat("the header must be ", absl::StrJoin(columns, ","));
      if (!wrong.empty()) return Wrong(what, line_number, wrong);
      header_seen = true;
      continue;
    }
    if (wrong.empty() && row.cells.size() != columns.size())
      wrong = absl::StrCat(row.cells.size(), " columns instead of ", columns.size());
    if (wrong.empty()) {
      rows.push_back(std::move(row));
    } else if (bad_rows != nullptr) {
      bad_rows->Add(line_number, 0, wrong);
    } else {
      return Wrong(what, line_number, wrong);
    }
  }
  if (!header_seen) return Wrong(what, 1, "the file is empty");
  return rows;
}

void CsvProblems::Add(int line, int column, absl::string_view explanation) {
  const std::string where = column > 0 ? absl::StrCat(", column ", column) : std::string();
  problems_.push_back(absl::StrCat("line ", line, where, ": ", explanation));
}

absl::Status CsvProblems::status() const {
  if (problems_.empty()) return absl::OkStatus();
  const std::size_t shown = std::min(problems_.size(), kMaxShown);
  std::string list = absl::StrJoin(problems_.begin(),
                                   problems_.begin() + static_cast<std::ptrdiff_t>(shown), "\n");
  if (shown < problems_.size()) absl::StrAppend(&list, "\nand ", problems_.size() - shown, " more");
  return Refusal(absl::StatusCode::kInvalidArgument, "IMPORT_FILE_WRONG", {what_, list});
}

}  // namespace dudao::domain
