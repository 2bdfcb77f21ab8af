#include "workbook.h"

#include <xlsxwriter.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

constexpr size_t kNameBytes = 8;
constexpr size_t kSheetNameCharactersMax = 25;
constexpr size_t kCellCharactersMax = 32'000;
constexpr uint8_t kPaperA4 = 9;
constexpr double kTitleHeight = 30;
constexpr char kFont[] = "宋体";
constexpr double kFontSize = 11;
constexpr double kLineHeight = 15;     // points
constexpr double kRowHeightMax = 400;  // the format knows 409
// Of a cell, in the characters that widths count; with room to spare for fonts that run wider.
constexpr double kLatinWidth = 1.2;
constexpr double kWideWidth = 2.2;
constexpr double kCellMargin = 0.8;
// Inches.
constexpr double kSideMargin = 0.35;
constexpr double kTopMargin = 0.5;
constexpr double kBottomMargin = 0.6;

// At most so many characters.
std::string Cut(const std::string& text, size_t characters_max) {
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (characters++ == characters_max) return text.substr(0, i);
  }
  return text;
}

// Without what neither a cell nor a sheet's name may hold.
std::string Clean(const std::string& text, std::string_view forbidden) {
  std::string out;
  for (const char c : Utf8(text)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    if (!control && forbidden.find(c) == std::string_view::npos) out += c;
  }
  return out;
}

// How many lines the text takes in a column of this width.
int LinesOf(const std::string& text, double width) {
  int lines = 1;
  double used = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) continue;
    if (c == '\n') {
      ++lines;
      used = 0;
      continue;
    }
    const double next = byte < 0x80 ? kLatinWidth : kWideWidth;
    if (used > 0 && used + next > width - kCellMargin) {
      ++lines;
      used = 0;
    }
    used += next;
  }
  return lines;
}

}  // namespace

struct Workbook::Parts {
  std::string path;
  std::string folder;
  lxw_workbook* book = nullptr;
  lxw_format* title = nullptr;
  lxw_format* header = nullptr;
  lxw_format* cell = nullptr;
  std::set<std::string> names;
};

Workbook::Workbook(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Workbook::~Workbook() {
  if (parts_->book != nullptr) lxw_workbook_free(parts_->book);
  std::remove(parts_->path.c_str());
}

absl::StatusOr<std::unique_ptr<Workbook>> Workbook::Create(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return FileError(error.value(), "exports");
  auto parts = std::make_unique<Parts>();
  parts->folder = folder;
  parts->path = absl::StrCat(folder, "/", absl::BytesToHexString(RandomBytes(kNameBytes)), ".xlsx");
  lxw_workbook_options options{};
  options.tmpdir = parts->folder.data();
  parts->book = workbook_new_opt(parts->path.c_str(), &options);
  if (parts->book == nullptr) return FileError(ENOMEM, "exports");
  parts->title = workbook_add_format(parts->book);
  format_set_bold(parts->title);
  format_set_font_size(parts->title, 18);
  format_set_align(parts->title, LXW_ALIGN_CENTER);
  format_set_align(parts->title, LXW_ALIGN_VERTICAL_CENTER);
  parts->header = workbook_add_format(parts->book);
  format_set_bold(parts->header);
  format_set_align(parts->header, LXW_ALIGN_CENTER);
  parts->cell = workbook_add_format(parts->book);
  format_set_font_name(parts->title, kFont);
  for (lxw_format* format : {parts->header, parts->cell}) {
    format_set_font_name(format, kFont);
    format_set_font_size(format, kFontSize);
    format_set_text_wrap(format);
    format_set_border(format, LXW_BORDER_THIN);
    format_set_align(format, LXW_ALIGN_VERTICAL_CENTER);
    // Text, so that a program that opens it makes no number of a code either.
    format_set_num_format_index(format, 49);
  }
  return std::unique_ptr<Workbook>(new Workbook(std::move(parts)));
}

absl::Status Workbook::AddSheet(const std::string& name, const std::string& title,
                                const std::vector<SheetColumn>& columns,
                                const std::vector<std::vector<std::string>>& rows) {
  std::string sheet_name = Cut(Clean(name, "[]:*?/\\'"), kSheetNameCharactersMax);
  if (sheet_name.empty()) sheet_name.push_back('-');
  for (int n = 2; !parts_->names.insert(sheet_name).second; ++n)
    sheet_name = absl::StrCat(Cut(sheet_name, kSheetNameCharactersMax - 3), "_", n);
  lxw_worksheet* sheet = workbook_add_worksheet(parts_->book, sheet_name.c_str());
  if (sheet == nullptr) return FileError(ENOMEM, "exports");
  const auto last = static_cast<lxw_col_t>(columns.size() - 1);
  worksheet_merge_range(sheet, 0, 0, 0, last, Clean(title, "").c_str(), parts_->title);
  worksheet_set_row(sheet, 0, kTitleHeight, nullptr);
  int header_lines = 1;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    header_lines = std::max(header_lines, LinesOf(columns[i].name, columns[i].width));
    worksheet_set_column(sheet, column, column, columns[i].width, nullptr);
    worksheet_write_string(sheet, 1, column, columns[i].name.c_str(), parts_->header);
  }
  worksheet_set_row(sheet, 1, header_lines * kLineHeight, nullptr);
  lxw_row_t at = 2;
  for (const auto& row : rows) {
    worksheet_write_number(sheet, at, 0, at - 1, parts_->cell);
    int lines = 1;
    for (size_t i = 1; i < columns.size(); ++i) {
      const std::string text =
          i - 1 < row.size() ? Cut(Clean(row[i - 1], ""), kCellCharactersMax) : std::string();
      worksheet_write_string(sheet, at, static_cast<lxw_col_t>(i), text.c_str(), parts_->cell);
      lines = std::max(lines, LinesOf(text, columns[i].width));
    }
    worksheet_set_row(sheet, at, std::min(lines * kLineHeight + 2, kRowHeightMax), nullptr);
    ++at;
  }
  worksheet_freeze_panes(sheet, 2, 0);
  worksheet_repeat_rows(sheet, 0, 1);
  worksheet_set_landscape(sheet);
  worksheet_set_paper(sheet, kPaperA4);
  worksheet_set_margins(sheet, kSideMargin, kSideMargin, kTopMargin, kBottomMargin);
  worksheet_center_horizontally(sheet);
  worksheet_fit_to_pages(sheet, 1, 0);
  worksheet_set_footer(sheet, "&C第 &P 页 共 &N 页");
  return absl::OkStatus();
}

absl::StatusOr<std::string> Workbook::Make() {
  const lxw_error error = workbook_close(parts_->book);
  parts_->book = nullptr;
  if (error != LXW_NO_ERROR)
    return Error(absl::StatusCode::kUnavailable, "STORAGE_BUSY", lxw_strerror(error));
  return ReadFile(parts_->path);
}

}  // namespace dudao::server
