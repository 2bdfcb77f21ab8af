#include "sheet_parts.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"
#include "sheet_reader.h"
#include "xml_events.h"

namespace dudao::server {
namespace {

constexpr char kBook[] = "xl/workbook.xml";
constexpr char kRelations[] = "xl/_rels/workbook.xml.rels";

absl::Status Damaged() {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, "IMPORT_BOOK_DAMAGED");
}

std::string Of(const XmlAttributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string() : found->second;
}

// The id of the first sheet.
class BookHandler : public XmlHandler {
 public:
  absl::Status Start(const std::string& name, const XmlAttributes& attributes) override {
    if (name == "sheet" && sheet.empty()) sheet = Of(attributes, "r:id");
    if (name == "workbookPr") {
      const std::string date1904 = Of(attributes, "date1904");
      from_1904 = date1904 == "1" || date1904 == "true";
    }
    return absl::OkStatus();
  }
  absl::Status End(const std::string&) override { return absl::OkStatus(); }
  absl::Status Text(std::string_view) override { return absl::OkStatus(); }

  std::string sheet;
  bool from_1904 = false;
};

// Which parts the workbook names.
class RelationsHandler : public XmlHandler {
 public:
  absl::Status Start(const std::string& name, const XmlAttributes& attributes) override {
    if (name != "Relationship" || Of(attributes, "TargetMode") == "External")
      return absl::OkStatus();
    absl::string_view target;
    const std::string written = Of(attributes, "Target");
    target = written;
    const bool whole = absl::ConsumePrefix(&target, "/");
    std::string part = whole ? std::string(target) : absl::StrCat("xl/", target);
    const std::string type = Of(attributes, "Type");
    if (absl::EndsWith(type, "/sharedStrings")) strings = part;
    if (absl::EndsWith(type, "/worksheet")) sheets[Of(attributes, "Id")] = std::move(part);
    return absl::OkStatus();
  }
  absl::Status End(const std::string&) override { return absl::OkStatus(); }
  absl::Status Text(std::string_view) override { return absl::OkStatus(); }

  std::map<std::string, std::string> sheets;
  std::string strings;
};

// The texts of <si>, with all their runs but without the reading aids of <rPh>.
class StringsHandler : public XmlHandler {
 public:
  absl::Status Start(const std::string& name, const XmlAttributes&) override {
    if (name == "si") strings.emplace_back();
    if (name == "rPh") ++aside_;
    in_text_ = name == "t" && aside_ == 0 && !strings.empty();
    return absl::OkStatus();
  }
  absl::Status End(const std::string& name) override {
    if (name == "rPh") --aside_;
    in_text_ = false;
    return absl::OkStatus();
  }
  absl::Status Text(std::string_view text) override {
    // One byte more than a cell may have: enough to see that it is too long.
    if (in_text_ && strings.back().size() <= kSheetCellBytesMax) strings.back() += text;
    return absl::OkStatus();
  }

  std::vector<std::string> strings;

 private:
  int aside_ = 0;
  bool in_text_ = false;
};

}  // namespace

absl::StatusOr<SheetParts> ReadSheetParts(ZipReader& zip) {
  BookHandler book;
  DUDAO_ASSIGN(const std::string workbook, zip.Read(kBook));
  DUDAO_TRY(ReadXml(workbook, book));
  RelationsHandler relations;
  DUDAO_ASSIGN(const std::string named, zip.Read(kRelations));
  DUDAO_TRY(ReadXml(named, relations));
  const auto first = relations.sheets.find(book.sheet);
  if (first == relations.sheets.end()) return Damaged();
  SheetParts parts;
  parts.from_1904 = book.from_1904;
  if (!relations.strings.empty()) {
    StringsHandler strings;
    DUDAO_ASSIGN(const std::string document, zip.Read(relations.strings));
    DUDAO_TRY(ReadXml(document, strings));
    parts.strings = std::move(strings.strings);
  }
  DUDAO_ASSIGN(parts.sheet, zip.Read(first->second));
  return parts;
}

}  // namespace dudao::server
