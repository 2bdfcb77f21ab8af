#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <string>
#include <utility>
#include <vector>

#include "dudao/domain/import_table.h"
#include "utf8.h"

namespace dudao::domain {
namespace {

constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";
constexpr std::size_t kMaxMebibytes = 16;

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
  if (!IsUtf8(line)) return "IMPORT_NOT_UTF8";
  if (absl::StrContains(line, absl::string_view("\0", 1))) return "IMPORT_ZERO_BYTE";
  return SplitLine(line, cells) ? "" : "IMPORT_QUOTE_OPEN";
}

}  // namespace

ImportTable ReadCsvTable(absl::string_view text) {
  ImportTable table;
  if (text.size() > kMaxMebibytes << 20U) {
    table.faults.push_back({1, 0, "IMPORT_FILE_TOO_LARGE", {absl::StrCat(kMaxMebibytes)}});
    return table;
  }
  absl::ConsumePrefix(&text, kByteOrderMark);
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++line_number;
    absl::ConsumeSuffix(&line, "\r");
    if (line.empty()) continue;
    ImportRow row{line_number, {}};
    std::string wrong = ReadLine(line, &row.cells);
    if (wrong.empty()) {
      table.rows.push_back(std::move(row));
    } else {
      table.faults.push_back({line_number, 0, std::move(wrong), {}});
    }
  }
  return table;
}

}  // namespace dudao::domain
