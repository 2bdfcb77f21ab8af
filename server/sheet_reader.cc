#include "sheet_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"
#include "sheet_parts.h"
#include "xml_events.h"
#include "zip_reader.h"

namespace dudao::server {
namespace {

constexpr int kLetters = 26;
constexpr size_t kFaultsMax = 1000;
constexpr double kWholeMax = 1e15;  // beyond, a double does not tell one from the next
// Days are counted from here; before, the format has a day that never was (29 February 1900).
constexpr absl::CivilDay kDayZero(1899, 12, 30);
constexpr absl::CivilDay kDayZero1904(1904, 1, 1);
constexpr double kFirstSureDay = 61;
constexpr double kLastDay = 2'958'465;  // 9999-12-31

absl::Status Refused(const char* reason, std::vector<std::string> arguments = {}) {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, reason, arguments);
}
absl::Status Damaged() { return Refused("IMPORT_BOOK_DAMAGED"); }

std::string Address(int row, int column) {
  std::string letters;
  for (int left = column; left > 0; left = (left - 1) / kLetters)
    letters.insert(letters.begin(), static_cast<char>('A' + (left - 1) % kLetters));
  return absl::StrCat(letters, row);
}

// The column of an address like "AB12" in this row; 0 where it is none.
int ColumnOf(const std::string& address, int row) {
  int column = 0;
  size_t at = 0;
  for (; at < address.size() && absl::ascii_isupper(static_cast<unsigned char>(address[at]));
       ++at) {
    if (column > kLetters * kLetters * kLetters) return 0;
    column = column * kLetters + (address[at] - 'A' + 1);
  }
  return address.substr(at) == absl::StrCat(row) ? column : 0;
}

std::string NumberText(double number) {
  if (std::floor(number) == number && std::abs(number) < kWholeMax)
    return absl::StrFormat("%.0f", number);
  return absl::StrFormat("%.15g", number);
}

struct Cell {
  int column = 0;
  std::string type;
  std::string text;
  bool formula = false;
};

// The rows of one sheet.
class SheetHandler : public XmlHandler {
 public:
  SheetHandler(const SheetParts& parts, const std::set<std::string>& date_columns)
      : parts_(parts), date_columns_(date_columns) {}

  absl::Status Start(const std::string& name, const XmlAttributes& attributes) override {
    const std::string parent = path_.empty() ? std::string() : path_.back();
    path_.push_back(name);
    if (name == "rPh") ++aside_;
    in_text_ = false;
    if (name == "row" && parent == "sheetData") return StartRow(attributes);
    if (name == "c" && parent == "row") return StartCell(attributes);
    if (name == "f" && parent == "c") cell_.formula = true;
    if (name == "v") in_text_ = parent == "c";
    if (name == "t") in_text_ = aside_ == 0 && (parent == "is" || parent == "r");
    return absl::OkStatus();
  }

  absl::Status End(const std::string& name) override {
    path_.pop_back();
    const std::string parent = path_.empty() ? std::string() : path_.back();
    if (name == "rPh") --aside_;
    in_text_ = false;
    if (name == "c" && parent == "row") return EndCell();
    if (name == "row" && parent == "sheetData") EndRow();
    return absl::OkStatus();
  }

  absl::Status Text(std::string_view text) override {
    if (in_text_ && cell_.text.size() <= kSheetCellBytesMax) cell_.text += text;
    return absl::OkStatus();
  }

  domain::ImportTable table;

 private:
  absl::Status StartRow(const XmlAttributes& attributes) {
    if (++rows_ > kSheetRowsMax)
      return Refused("IMPORT_ROWS_TOO_MANY", {absl::StrCat(kSheetRowsMax)});
    const auto written = attributes.find("r");
    const int before = row_.line;
    row_ = {before + 1, {}};
    if (written != attributes.end() &&
        (!absl::SimpleAtoi(written->second, &row_.line) || row_.line <= before))
      return Damaged();
    column_ = 0;
    wrong_ = false;
    return absl::OkStatus();
  }

  absl::Status StartCell(const XmlAttributes& attributes) {
    cell_ = {};
    const auto written = attributes.find("r");
    cell_.column = written == attributes.end() ? column_ + 1 : ColumnOf(written->second, row_.line);
    if (cell_.column <= column_) return Damaged();
    column_ = cell_.column;
    const auto type = attributes.find("t");
    if (type != attributes.end()) cell_.type = type->second;
    return absl::OkStatus();
  }

  absl::Status EndCell() {
    const std::string address = Address(row_.line, cell_.column);
    if (cell_.formula) {
      Fault("IMPORT_CELL_FORMULA", {address});
      return absl::OkStatus();
    }
    if (cell_.text.empty()) return absl::OkStatus();
    if (cell_.type == "e") {
      Fault("IMPORT_CELL_ERROR", {address, cell_.text.substr(0, 16)});
      return absl::OkStatus();
    }
    DUDAO_TRY(FinishText());
    if (cell_.text.empty()) return absl::OkStatus();
    const bool control = std::any_of(cell_.text.begin(), cell_.text.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\t';
    });
    if (cell_.column > kSheetColumnsMax) {
      Fault("IMPORT_COLUMNS_TOO_MANY", {absl::StrCat(kSheetColumnsMax)});
    } else if (cell_.text.size() > kSheetCellBytesMax) {
      Fault("IMPORT_CELL_TOO_LONG", {address});
    } else if (control) {
      Fault("IMPORT_CELL_CONTROL", {address});
    } else {
      text_bytes_ += cell_.text.size();
      if (text_bytes_ > kSheetTextBytesMax) return Refused("IMPORT_BOOK_TOO_LARGE");
      row_.cells.resize(static_cast<size_t>(cell_.column));
      row_.cells.back() = std::move(cell_.text);
    }
    return absl::OkStatus();
  }

  // What the cell says, by its type.
  absl::Status FinishText() {
    if (cell_.type == "s") {
      size_t index = 0;
      if (!absl::SimpleAtoi(cell_.text, &index) || index >= parts_.strings.size()) return Damaged();
      cell_.text = parts_.strings[index];
    } else if (cell_.type == "b") {
      cell_.text = cell_.text == "1" ? "TRUE" : "FALSE";
    } else if (cell_.type == "d") {
      cell_.text = cell_.text.substr(0, cell_.text.find('T'));
    } else if (cell_.type.empty() || cell_.type == "n") {
      double number = 0;
      if (!absl::SimpleAtod(cell_.text, &number) || !std::isfinite(number)) return Damaged();
      cell_.text = WantsDate() ? DateText(number) : NumberText(number);
    } else if (cell_.type != "inlineStr" && cell_.type != "str") {
      return Damaged();
    }
    return absl::OkStatus();
  }

  bool WantsDate() const {
    if (table.rows.empty()) return false;
    const auto& heading = table.rows.front().cells;
    const auto at = static_cast<size_t>(cell_.column - 1);
    return at < heading.size() && date_columns_.count(heading[at]) != 0;
  }

  std::string DateText(double serial) const {
    const double first = parts_.from_1904 ? 0 : kFirstSureDay;
    if (serial < first || serial >= kLastDay + 1) return NumberText(serial);
    const auto days = static_cast<absl::civil_diff_t>(serial);
    return domain::FormatDay((parts_.from_1904 ? kDayZero1904 : kDayZero) + days);
  }

  void Fault(const char* reason, std::vector<std::string> arguments) {
    wrong_ = true;
    if (table.faults.size() < kFaultsMax)
      table.faults.push_back({row_.line, cell_.column, reason, std::move(arguments)});
  }

  void EndRow() {
    if (wrong_ || row_.cells.empty()) return;
    if (!table.rows.empty() && row_.cells.size() < table.rows.front().cells.size())
      row_.cells.resize(table.rows.front().cells.size());
    table.rows.push_back(row_);
  }

  const SheetParts& parts_;
  const std::set<std::string>& date_columns_;
  std::vector<std::string> path_;
  domain::ImportRow row_;
  Cell cell_;
  int rows_ = 0;
  int column_ = 0;
  int aside_ = 0;
  size_t text_bytes_ = 0;
  bool wrong_ = false;
  bool in_text_ = false;
};

}  // namespace

absl::StatusOr<domain::ImportTable> ReadSheet(std::string_view file,
                                              const std::set<std::string>& date_columns) {
  if (file.size() > kSheetFileBytesMax) return Refused("IMPORT_BOOK_TOO_LARGE");
  DUDAO_ASSIGN(ZipReader zip, ZipReader::Open(file));
  DUDAO_ASSIGN(const SheetParts parts, ReadSheetParts(zip));
  SheetHandler handler(parts, date_columns);
  DUDAO_TRY(ReadXml(parts.sheet, handler));
  return std::move(handler.table);
}

}  // namespace dudao::server
