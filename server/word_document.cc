#include "word_document.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "utf8.h"
#include "zip_writer.h"

namespace dudao::server {
namespace {

// Half points: size 2 is 22 pt, size 3 is 16 pt, size 4 is 14 pt.
constexpr char kTitleRun[] =
    R"(<w:rFonts w:ascii="FZXiaoBiaoSong-B05S" w:hAnsi="FZXiaoBiaoSong-B05S" w:eastAsia="方正小标宋简体"/><w:sz w:val="44"/><w:szCs w:val="44"/>)";
constexpr char kBodyRun[] =
    R"(<w:rFonts w:ascii="FangSong_GB2312" w:hAnsi="FangSong_GB2312" w:eastAsia="仿宋_GB2312"/><w:sz w:val="32"/><w:szCs w:val="32"/>)";
constexpr char kHeadingRun[] =
    R"(<w:rFonts w:ascii="SimHei" w:hAnsi="SimHei" w:eastAsia="黑体"/><w:sz w:val="32"/><w:szCs w:val="32"/>)";
constexpr char kCellRun[] =
    R"(<w:rFonts w:ascii="FangSong_GB2312" w:hAnsi="FangSong_GB2312" w:eastAsia="仿宋_GB2312"/><w:sz w:val="24"/><w:szCs w:val="24"/>)";
// 22 lines a page: 29 pt exactly.
constexpr char kLine[] = R"(<w:spacing w:line="579" w:lineRule="exact"/>)";

// On the page of what follows.
constexpr char kWithNext[] = "<w:keepNext/>";

// 156 mm in twentieths of a point.
constexpr int kTextWidth = 8845;

constexpr char kContentTypes[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/><Override PartName="/word/fontTable.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"/></Types>)";
constexpr char kRelations[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>)";
constexpr char kDocumentRelations[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/fontTable" Target="fontTable.xml"/></Relationships>)";
// What stands in for a font that a machine does not have.
constexpr char kFonts[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:font w:name="方正小标宋简体"><w:altName w:val="SimSun"/></w:font><w:font w:name="仿宋_GB2312"><w:altName w:val="FangSong"/></w:font><w:font w:name="黑体"><w:altName w:val="SimHei"/></w:font></w:fonts>)";
constexpr char kFooter[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:ftr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t xml:space="preserve">— </w:t></w:r><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:fldChar w:fldCharType="end"/></w:r><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>)";
constexpr char kHead[] =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>)";
// A4; 37 mm above, 28 mm at the left, so that 156 by 225 mm are left for the text.
constexpr char kTail[] =
    R"(<w:sectPr><w:footerReference w:type="default" r:id="rId1"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1417" w:gutter="0"/></w:sectPr></w:body></w:document>)";

std::string Run(std::string_view text, std::string_view run) {
  return absl::StrCat("<w:r><w:rPr>", std::string(run), "</w:rPr><w:t xml:space=\"preserve\">",
                      XmlText(text), "</w:t></w:r>");
}

}  // namespace

std::string XmlText(std::string_view text) {
  std::string out;
  for (const char c : Utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (byte >= 0x20 || c == '\t' || c == '\n') {
      out += c;
    }
  }
  return out;
}

void WordDocument::Write(std::string_view text, std::string_view paragraph, std::string_view run,
                         std::string_view keep) {
  // In the order of the schema: keepNext before spacing.
  absl::StrAppend(&body_, "<w:p><w:pPr>", std::string(keep), kLine, std::string(paragraph),
                  "</w:pPr>", Run(text, run), "</w:p>");
}

void WordDocument::Title(std::string_view text) {
  Write(text, R"(<w:jc w:val="center"/>)", kTitleRun);
}
void WordDocument::Centred(std::string_view text) {
  Write(text, R"(<w:jc w:val="center"/>)", kBodyRun, kWithNext);
}
void WordDocument::Plain(std::string_view text) { Write(text, "", kBodyRun); }
void WordDocument::Right(std::string_view text) {
  Write(text, R"(<w:jc w:val="right"/>)", kBodyRun);
}
void WordDocument::Heading(std::string_view text) {
  Write(text, R"(<w:ind w:firstLineChars="200" w:firstLine="640"/>)", kHeadingRun, kWithNext);
}
void WordDocument::Paragraph(std::string_view text) {
  const std::vector<std::string> lines =
      absl::StrSplit(std::string(text), '\n', absl::SkipWhitespace());
  for (const std::string& line : lines)
    Write(line, R"(<w:ind w:firstLineChars="200" w:firstLine="640"/>)", kBodyRun);
}

void WordDocument::Table(const std::vector<int>& widths,
                         const std::vector<std::vector<std::string>>& rows, TableKind kind) {
  body_ +=
      R"(<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders><w:top w:val="single" w:sz="4"/><w:left w:val="single" w:sz="4"/><w:bottom w:val="single" w:sz="4"/><w:right w:val="single" w:sz="4"/><w:insideH w:val="single" w:sz="4"/><w:insideV w:val="single" w:sz="4"/></w:tblBorders></w:tblPr><w:tblGrid>)";
  for (const int width : widths)
    absl::StrAppend(&body_, "<w:gridCol w:w=\"", kTextWidth * width / 1000, "\"/>");
  body_ += "</w:tblGrid>";
  for (const auto& row : rows) {
    const bool header = kind == TableKind::kHeaded && &row == &rows.front();
    const bool keep = kind == TableKind::kWhole && &row != &rows.back();
    absl::StrAppend(&body_, "<w:tr><w:trPr><w:cantSplit/>", header ? "<w:tblHeader/>" : "",
                    "</w:trPr>");
    for (size_t i = 0; i < widths.size(); ++i) {
      absl::StrAppend(&body_, "<w:tc><w:tcPr><w:tcW w:w=\"", kTextWidth * widths[i] / 1000,
                      "\" w:type=\"dxa\"/></w:tcPr>");
      const std::string cell = i < row.size() ? row[i] : std::string();
      for (const absl::string_view line : absl::StrSplit(cell, '\n'))
        absl::StrAppend(&body_, "<w:p>", keep ? "<w:pPr><w:keepNext/></w:pPr>" : "",
                        Run({line.data(), line.size()}, kCellRun), "</w:p>");
      body_ += "</w:tc>";
    }
    body_ += "</w:tr>";
  }
  body_ += "</w:tbl>";
}

absl::StatusOr<std::string> WordDocument::Make() const {
  return ZipParts({{"[Content_Types].xml", kContentTypes},
                   {"_rels/.rels", kRelations},
                   {"word/_rels/document.xml.rels", kDocumentRelations},
                   {"word/document.xml", absl::StrCat(kHead, body_, kTail)},
                   {"word/fontTable.xml", kFonts},
                   {"word/footer1.xml", kFooter}});
}

}  // namespace dudao::server
