#include "import_faults.h"

#include <absl/strings/cord.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <utility>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

constexpr std::size_t kTold = 20;
constexpr std::size_t kKept = 200;
// One fault after another, separated by U+001E; each its row, column, reason and arguments,
// separated by U+001F. No argument contains either.
constexpr char kPayloadUrl[] = "type.dudao/import-faults";
constexpr char kBetween[] = "\x1e";
constexpr char kInside[] = "\x1f";
constexpr std::size_t kFixedParts = 3;

std::string Place(const ImportFault& fault, Language language) {
  if (language == Language::kChinese) {
    if (fault.row == 0) return "";
    return fault.column > 0 ? absl::StrCat("第", fault.row, "行第", fault.column, "列：")
                            : absl::StrCat("第", fault.row, "行：");
  }
  if (fault.row == 0) return "";
  return fault.column > 0 ? absl::StrCat("line ", fault.row, ", column ", fault.column, ": ")
                          : absl::StrCat("line ", fault.row, ": ");
}

std::string Told(const std::vector<ImportFault>& faults, Language language) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(faults.size(), kTold); ++i)
    lines.push_back(Place(faults[i], language) + FaultText(faults[i], language));
  if (faults.size() > kTold)
    lines.push_back(Text("IMPORT_MORE", language, {absl::StrCat(faults.size() - kTold)}));
  return absl::StrJoin(lines, "\n");
}

std::string Packed(const std::vector<ImportFault>& faults) {
  std::vector<std::string> all;
  const auto pack = [&all](const ImportFault& fault) {
    std::vector<std::string> parts = {absl::StrCat(fault.row), absl::StrCat(fault.column),
                                      fault.reason};
    parts.insert(parts.end(), fault.arguments.begin(), fault.arguments.end());
    all.push_back(absl::StrJoin(parts, kInside));
  };
  for (std::size_t i = 0; i < std::min(faults.size(), kKept); ++i) pack(faults[i]);
  if (faults.size() > kKept) pack({0, 0, "IMPORT_MORE", {absl::StrCat(faults.size() - kKept)}});
  return absl::StrJoin(all, kBetween);
}

}  // namespace

void ImportFaults::Add(int row, int column, absl::string_view reason,
                       std::vector<std::string> arguments) {
  for (std::string& argument : arguments) {
    std::replace_if(
        argument.begin(), argument.end(),
        [](char c) { return c == kBetween[0] || c == kInside[0] || c == '\n'; }, ' ');
  }
  faults_.push_back({row, column, std::string(reason), std::move(arguments)});
}

absl::Status ImportFaults::status() const {
  if (faults_.empty()) return absl::OkStatus();
  absl::Status status =
      Refusal(absl::StatusCode::kInvalidArgument, "IMPORT_FILE_WRONG",
              {Text(list_, Language::kEnglish), Told(faults_, Language::kEnglish)},
              {Text(list_, Language::kChinese), Told(faults_, Language::kChinese)});
  status.SetPayload(kPayloadUrl, absl::Cord(Packed(faults_)));
  return status;
}

std::vector<ImportFault> FaultsOf(const absl::Status& status) {
  std::vector<ImportFault> faults;
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return faults;
  const std::string packed(*payload);
  for (const absl::string_view one : absl::StrSplit(packed, kBetween[0])) {
    std::vector<std::string> parts = absl::StrSplit(one, kInside[0]);
    ImportFault& fault = faults.emplace_back();
    if (parts.size() < kFixedParts || !absl::SimpleAtoi(parts[0], &fault.row) ||
        !absl::SimpleAtoi(parts[1], &fault.column)) {
      faults.pop_back();
      continue;
    }
    fault.reason = parts[2];
    fault.arguments.assign(parts.begin() + kFixedParts, parts.end());
  }
  return faults;
}

std::string FaultText(const ImportFault& fault, Language language) {
  return Text(fault.reason, language, fault.arguments);
}

absl::StatusOr<std::vector<ImportRow>> RowsBelow(const std::vector<std::string>& columns,
                                                 const ImportTable& table, ImportFaults* faults) {
  const bool unread = !table.faults.empty() &&
                      (table.rows.empty() || table.faults.front().row < table.rows.front().line);
  if (unread) {
    const ImportFault& fault = table.faults.front();
    faults->Add(fault.row, fault.column, fault.reason, fault.arguments);
  } else if (table.rows.empty()) {
    faults->Add(1, 0, "IMPORT_FILE_EMPTY");
  } else if (table.rows.front().cells != columns) {
    faults->Add(table.rows.front().line, 0, "IMPORT_HEADING_WRONG", {absl::StrJoin(columns, ",")});
  }
  if (faults->count() > 0) return faults->status();
  std::vector<ImportRow> rows;
  auto fault = table.faults.begin();
  const auto take_faults = [&](int before) {
    for (; fault != table.faults.end() && fault->row < before; ++fault)
      faults->Add(fault->row, fault->column, fault->reason, fault->arguments);
  };
  for (std::size_t i = 1; i < table.rows.size(); ++i) {
    const ImportRow& row = table.rows[i];
    take_faults(row.line);
    if (row.cells.size() != columns.size()) {
      faults->Add(row.line, 0, "IMPORT_COLUMNS_WRONG",
                  {absl::StrCat(row.cells.size()), absl::StrCat(columns.size())});
    } else {
      rows.push_back(row);
    }
  }
  for (; fault != table.faults.end(); ++fault)
    faults->Add(fault->row, fault->column, fault->reason, fault->arguments);
  return rows;
}

}  // namespace dudao::domain
