#include "book_maker.h"

#include <gtest/gtest.h>

#include <sstream>

#include "zip_writer.h"

namespace dudao::server {
namespace {

constexpr char kMain[] = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr char kOffice[] = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> BookParts(const std::string& sheet, const std::string& strings) {
  std::map<std::string, std::string> parts;
  parts["xl/workbook.xml"] = std::string("<workbook xmlns=\"") + kMain + "\" xmlns:r=\"" + kOffice +
                             "\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId7\"/>"
                             "<sheet name=\"b\" sheetId=\"2\" r:id=\"rId8\"/></sheets></workbook>";
  parts["xl/_rels/workbook.xml.rels"] =
      std::string("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/") +
      "relationships\"><Relationship Id=\"rId8\" Type=\"" + kOffice +
      "/worksheet\" Target=\"worksheets/other.xml\"/><Relationship Id=\"rId7\" Type=\"" + kOffice +
      "/worksheet\" Target=\"worksheets/sheet1.xml\"/>" +
      (strings.empty() ? std::string()
                       : std::string("<Relationship Id=\"rId9\" Type=\"") + kOffice +
                             "/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/>") +
      "</Relationships>";
  parts["xl/worksheets/other.xml"] = SheetOf({{"not", "this"}});
  parts["xl/worksheets/sheet1.xml"] = sheet;
  if (!strings.empty()) parts["xl/sharedStrings.xml"] = strings;
  return parts;
}

std::string SheetWith(const std::string& rows) {
  return std::string("<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"") + kMain +
         "\"><sheetData>" + rows + "</sheetData></worksheet>";
}

std::string SheetOf(const std::vector<std::vector<std::string>>& rows) {
  std::string out;
  for (const auto& row : rows) {
    out += "<row>";
    for (const auto& cell : row)
      out += "<c t=\"inlineStr\"><is><t>" + Escaped(cell) + "</t></is></c>";
    out += "</row>";
  }
  return SheetWith(out);
}

std::string Zipped(const std::map<std::string, std::string>& parts) {
  std::vector<ZipPart> list;
  for (const auto& [name, content] : parts) list.push_back({name, content});
  auto zip = ZipParts(list);
  EXPECT_TRUE(zip.ok()) << zip.status();
  return zip.ok() ? *zip : std::string();
}

std::string BookOf(const std::vector<std::vector<std::string>>& rows) {
  return Zipped(BookParts(SheetOf(rows)));
}

std::string BookOfCsv(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    auto& row = rows.emplace_back(1);
    for (const char c : line) {
      if (c == ',') {
        row.emplace_back();
      } else {
        row.back() += c;
      }
    }
  }
  return BookOf(rows);
}

uint32_t Number(const std::string& bytes, size_t at, int size) {
  uint32_t out = 0;
  for (int i = size - 1; i >= 0; --i)
    out = out << 8 | static_cast<unsigned char>(bytes.at(at + static_cast<size_t>(i)));
  return out;
}

void SetNumber(std::string& bytes, size_t at, int size, uint32_t value) {
  for (int i = 0; i < size; ++i) {
    bytes.at(at + static_cast<size_t>(i)) = static_cast<char>(value & 0xff);
    value >>= 8;
  }
}

size_t EntryOf(const std::string& zip, const std::string& name) {
  size_t at = Number(zip, zip.rfind("PK\x05\x06") + 16, 4);
  while (Number(zip, at, 4) == 0x02014b50) {
    const size_t bytes = Number(zip, at + 28, 2);
    if (zip.compare(at + 46, bytes, name) == 0) return at;
    at += 46 + bytes + Number(zip, at + 30, 2) + Number(zip, at + 32, 2);
  }
  ADD_FAILURE() << "no part " << name;
  return 0;
}

}  // namespace dudao::server
