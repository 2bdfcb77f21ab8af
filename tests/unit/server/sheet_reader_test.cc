// Workbooks that somebody sends: what is read of good ones, and what hostile ones cannot do.
#include "sheet_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "book_maker.h"
#include "dudao/domain/text.h"
#include "workbook.h"

namespace dudao::server {
namespace {

using testing::ElementsAre;
using Rows = std::vector<std::vector<std::string>>;

absl::StatusOr<domain::ImportTable> Read(const std::string& rows, const std::string& strings = {}) {
  return ReadSheet(Zipped(BookParts(SheetWith(rows), strings)), {"date"});
}

Rows CellsOf(const absl::StatusOr<domain::ImportTable>& table) {
  Rows cells;
  EXPECT_TRUE(table.ok()) << table.status();
  if (!table.ok()) return cells;
  for (const auto& fault : table->faults) ADD_FAILURE() << fault.reason;
  for (const auto& row : table->rows) cells.push_back(row.cells);
  return cells;
}

std::string Reason(const absl::StatusOr<domain::ImportTable>& table) {
  return table.ok() ? "" : domain::ReasonOf(table.status());
}

// The one fault of a sheet, as "row/column REASON argument".
std::string FaultOf(const absl::StatusOr<domain::ImportTable>& table) {
  if (!table.ok()) return domain::ReasonOf(table.status());
  if (table->faults.size() != 1) return std::to_string(table->faults.size()) + " faults";
  const auto& fault = table->faults[0];
  return std::to_string(fault.row) + "/" + std::to_string(fault.column) + " " + fault.reason +
         (fault.arguments.empty() ? "" : " " + fault.arguments[0]);
}

std::string Inline(const std::string& text) {
  return "<c t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
}

TEST(SheetReader, TakesTheFirstSheetWithItsRowNumbers) {
  const auto table = Read(
      "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>a</v></c><c r=\"B2\" t=\"str\"><v>b</v>"
      "</c></row><row r=\"3\"/><row r=\"5\"><c r=\"B5\" t=\"b\"><v>1</v></c></row>");
  EXPECT_EQ(CellsOf(table), (Rows{{"a", "b"}, {"", "TRUE"}}));
  EXPECT_EQ(table->rows[0].line, 2);
  EXPECT_EQ(table->rows[1].line, 5);
}

TEST(SheetReader, TakesSharedAndInlineStringsWithoutReadingAids) {
  const std::string strings =
      "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>one</t></si>"
      "<si><r><t>tw</t></r><r><rPr><b/></rPr><t>o</t></r><rPh sb=\"0\" "
      "eb=\"1\"><t>no</t></rPh></si></sst>";
  EXPECT_EQ(CellsOf(Read(
                "<row><c t=\"s\"><v>1</v></c><c t=\"s\"><v>0</v></c><c t=\"inlineStr\"><is><r><t>x"
                "</t></r><r><t>y</t></r><rPh><t>no</t></rPh></is></c></row>",
                strings)),
            (Rows{{"two", "one", "xy"}}));
  EXPECT_EQ(Reason(Read("<row><c t=\"s\"><v>2</v></c></row>", strings)), "IMPORT_BOOK_DAMAGED");
  EXPECT_EQ(Reason(Read("<row><c t=\"s\"><v>-1</v></c></row>", strings)), "IMPORT_BOOK_DAMAGED");
}

TEST(SheetReader, KeepsCodesThatAreNumbersWhole) {
  EXPECT_EQ(
      CellsOf(Read("<row><c><v>140824103200</v></c><c><v>1.40824103200E11</v></c><c><v>0.1</v></c>"
                   "<c t=\"n\"><v>-3</v></c></row>")),
      (Rows{{"140824103200", "140824103200", "0.1", "-3"}}));
  EXPECT_EQ(Reason(Read("<row><c><v>x</v></c></row>")), "IMPORT_BOOK_DAMAGED");
  EXPECT_EQ(Reason(Read("<row><c><v>nan</v></c></row>")), "IMPORT_BOOK_DAMAGED");
}

TEST(SheetReader, ReadsDatesWhereAColumnWantsThem) {
  const std::string heading = "<row>" + Inline("date") + Inline("kind") + "</row>";
  EXPECT_EQ(CellsOf(Read(heading +
                         "<row><c><v>46023</v></c><c><v>46023</v></c></row><row><c><v>61</v></c>"
                         "</row><row><c><v>46023.75</v></c></row><row><c t=\"d\"><v>2026-02-03T"
                         "00:00:00</v></c></row><row>" +
                         Inline("2026-05-01") + "</row><row><c><v>5</v></c></row>")),
            (Rows{{"date", "kind"},
                  {"2026-01-01", "46023"},
                  {"1900-03-01", ""},
                  {"2026-01-01", ""},
                  {"2026-02-03", ""},
                  {"2026-05-01", ""},
                  {"5", ""}}));
  auto parts = BookParts(SheetWith(heading + "<row><c><v>44561</v></c></row>"));
  std::string& book = parts["xl/workbook.xml"];
  book.insert(book.find("<sheets>"), "<workbookPr date1904=\"1\"/>");
  EXPECT_EQ(CellsOf(ReadSheet(Zipped(parts), {"date"}))[1][0], "2026-01-01");
}

TEST(SheetReader, MakesRowsAsWideAsTheHeading) {
  EXPECT_EQ(
      CellsOf(Read("<row>" + Inline("a") + Inline("b") + "<c/></row><row>" + Inline("1") +
                   "</row><row>" + Inline("1") + "<c/><c s=\"1\"/>" + "</row><row>" + Inline("") +
                   "</row><row>" + Inline("1") + "<c/>" + Inline("3") + "</row>")),
      (Rows{{"a", "b"}, {"1", ""}, {"1", ""}, {"1", "", "3"}}));
}

TEST(SheetReader, RefusesFormulasAndErrorsByTheirAddress) {
  const std::string heading = "<row>" + Inline("a") + Inline("b") + "</row>";
  EXPECT_EQ(FaultOf(Read(heading + "<row>" + Inline("1") + "<c><f>1+1</f><v>2</v></c></row>")),
            "2/2 IMPORT_CELL_FORMULA B2");
  EXPECT_EQ(FaultOf(Read(heading + "<row><c><f t=\"shared\" si=\"0\"/></c></row>")),
            "2/1 IMPORT_CELL_FORMULA A2");
  EXPECT_EQ(FaultOf(Read(heading + "<row><c r=\"AB2\"><f>HYPERLINK(\"http://x\")</f></c></row>")),
            "2/28 IMPORT_CELL_FORMULA AB2");
  EXPECT_EQ(FaultOf(Read(heading + "<row><c t=\"e\"><v>#REF!</v></c></row>")),
            "2/1 IMPORT_CELL_ERROR A2");
  const auto table =
      Read(heading + "<row><c><f>1</f></c><c><f>2</f></c></row><row>" + Inline("x") + "</row>");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->faults.size(), 2u);
  ASSERT_EQ(table->rows.size(), 2u) << "the row of the formulas is left out";
  EXPECT_THAT(table->rows[1].cells, ElementsAre("x", ""));
}

TEST(SheetReader, RefusesTextThatNoListHolds) {
  EXPECT_EQ(FaultOf(Read("<row>" + Inline("a\nb") + "</row>")), "1/1 IMPORT_CELL_CONTROL A1");
  EXPECT_EQ(FaultOf(Read("<row>" + Inline(std::string(kSheetCellBytesMax + 1, 'x')) + "</row>")),
            "1/1 IMPORT_CELL_TOO_LONG A1");
  EXPECT_EQ(FaultOf(Read("<row>" + Inline(std::string(kSheetCellBytesMax, 'x')) + "</row>")),
            "0 faults");
  EXPECT_EQ(FaultOf(Read("<row><c r=\"BM1\"><v>1</v></c></row>")),
            "1/65 IMPORT_COLUMNS_TOO_MANY 64");
  EXPECT_EQ(FaultOf(Read("<row><c r=\"XFD1\"><v>1</v></c></row>")),
            "1/16384 IMPORT_COLUMNS_TOO_MANY 64");
  EXPECT_EQ(FaultOf(Read("<row><c r=\"BL1\"><v>1</v></c></row>")), "0 faults");
}

TEST(SheetReader, RefusesAddressesThatMakeNoSense) {
  for (const char* rows :
       {"<row r=\"0\"/>", "<row r=\"x\"/>", "<row r=\"2\"/><row r=\"2\"/>",
        "<row r=\"99999999999\"/>", "<row r=\"1\"><c r=\"A2\"/></row>", "<row><c r=\"1\"/></row>",
        "<row><c r=\"A\"/></row>", "<row><c r=\"B1\"/><c r=\"A1\"/></row>",
        "<row><c r=\"AAAAAAAAAAAAAAA1\"/></row>", "<row><c t=\"q\"><v>1</v></c></row>"})
    EXPECT_EQ(Reason(Read(rows)), "IMPORT_BOOK_DAMAGED") << rows;
}

TEST(SheetReader, RefusesAMillionRows) {
  std::string rows;
  for (int i = 0; i < 1'000'000; ++i) rows += "<row/>";
  EXPECT_EQ(Reason(Read(rows)), "IMPORT_BOOK_TOO_LARGE") << "as a part that unpacks to too much";
  // The same without the ratio: each row differs.
  rows.clear();
  uint32_t spread = 1;
  for (int i = 1; i <= 1'300'000; ++i) {
    spread = spread * 1664525 + 1013904223;
    rows += "<row><c><v>" + std::to_string(spread >> 20U) + "</v></c></row>";
  }
  EXPECT_EQ(Reason(Read(rows)), "IMPORT_BOOK_TOO_LARGE");
  rows.clear();
  for (int i = 1; i <= kSheetRowsMax; ++i)
    rows += "<row><c><v>" + std::to_string(i) + "</v></c></row>";
  EXPECT_EQ(Reason(Read(rows)), "");
  EXPECT_EQ(Reason(Read(rows + "<row/>")), "IMPORT_ROWS_TOO_MANY");
}

TEST(SheetReader, RefusesOneLongTextSharedByAllCells) {
  const std::string strings =
      "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>" +
      std::string(kSheetCellBytesMax, 'x') + "</t></si></sst>";
  std::string rows;
  for (int i = 0; i < 3000; ++i) rows += "<row><c t=\"s\"><v>0</v></c></row>";
  EXPECT_EQ(Reason(Read(rows, strings)), "IMPORT_BOOK_TOO_LARGE");
}

TEST(SheetReader, RefusesEntitiesAndNestingInEveryPart) {
  const auto good = BookParts(SheetOf({{"a"}}), "<sst/>");
  ASSERT_EQ(Reason(ReadSheet(Zipped(good), {})), "");
  for (const char* name : {"xl/workbook.xml", "xl/_rels/workbook.xml.rels",
                           "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"}) {
    auto parts = good;
    std::string& part = parts[name];
    part = "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + part;
    EXPECT_EQ(Reason(ReadSheet(Zipped(parts), {})), "IMPORT_BOOK_FORBIDDEN") << name;
    parts.erase(name);
    EXPECT_EQ(Reason(ReadSheet(Zipped(parts), {})), "IMPORT_BOOK_DAMAGED") << name;
  }
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<row>";
  EXPECT_EQ(Reason(Read(deep)), "IMPORT_BOOK_FORBIDDEN");
}

TEST(SheetReader, LooksAtNoPartThatLiesElsewhere) {
  const std::string target = "Target=\"worksheets/sheet1.xml\"";
  for (const std::string& other :
       {target + " TargetMode=\"External\"", std::string("Target=\"../../../etc/passwd\""),
        std::string("Target=\"file:///etc/passwd\"")}) {
    auto parts = BookParts(SheetOf({{"a"}}));
    std::string& relations = parts["xl/_rels/workbook.xml.rels"];
    relations.replace(relations.find(target), target.size(), other);
    EXPECT_EQ(Reason(ReadSheet(Zipped(parts), {})), "IMPORT_BOOK_DAMAGED") << other;
  }
}

TEST(SheetReader, RefusesFilesThatAreTooLarge) {
  EXPECT_EQ(Reason(ReadSheet(std::string(kSheetFileBytesMax + 1, 'x'), {})),
            "IMPORT_BOOK_TOO_LARGE");
}

TEST(SheetReader, ReadsWhatOurOwnWriterWrites) {
  const std::string folder = ::testing::TempDir() + "sheet_reader";
  auto book = Workbook::Create(folder);
  ASSERT_TRUE(book.ok()) << book.status();
  ASSERT_TRUE(
      (*book)->AddSheet("a", "title", {{"no", 5}, {"code", 10}}, {{"00140"}, {"=1+1"}}).ok());
  const auto bytes = (*book)->Make();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(CellsOf(ReadSheet(*bytes, {})),
            (Rows{{"title"}, {"no", "code"}, {"1", "00140"}, {"2", "=1+1"}}));
  std::filesystem::remove_all(folder);
}

std::string Fixture(const std::string& name) {
  std::ifstream in(std::string(DUDAO_TEST_DATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(SheetReader, ReadsWhatLibreOfficeWrites) {
  EXPECT_EQ(CellsOf(ReadSheet(Fixture("libreoffice-holidays.xlsx"), {"date"})),
            (Rows{{"date", "kind", "name"},
                  {"2026-01-01", "off", "元旦"},
                  {"2026-01-04", "work", "元旦调休"}}));
}

// No flip of any byte may crash the reader, read what is not there, or give more than the limits
// say; what still opens holds as many rows as the good one at most (a checksum covers each part).
TEST(SheetReader, SurvivesFlippedBytes) {
  const std::string good = Fixture("libreoffice-holidays.xlsx");
  std::mt19937 random(20260101);  // the same every time
  int opened = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string file = good;
    const int flips = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < flips; ++i)
      file[random() % file.size()] ^= static_cast<char>(1U << random() % 8);
    const auto table = ReadSheet(file, {"date"});
    if (!table.ok()) {
      ASSERT_THAT(domain::ReasonOf(table.status()), testing::StartsWith("IMPORT_")) << round;
      continue;
    }
    ++opened;
    ASSERT_EQ(table->rows.size(), 3u) << round;
  }
  EXPECT_GT(opened, 0) << "some bytes (times, for one) mean nothing";
}

// The same behind the checksums: the documents themselves are damaged, and the file says nothing.
TEST(SheetReader, SurvivesDamagedDocuments) {
  const auto good = BookParts(SheetOf({{"date", "kind"}, {"2026-01-01", "off"}}), "<sst/>");
  std::mt19937 random(20260102);
  std::vector<std::string> names;
  for (const auto& [name, content] : good) names.push_back(name);
  for (int round = 0; round < 2'000; ++round) {
    auto parts = good;
    std::string& part = parts[names[random() % names.size()]];
    const size_t at = random() % part.size();
    switch (random() % 3) {
      case 0:
        part[at] ^= static_cast<char>(1U << random() % 8);
        break;
      case 1:
        part.resize(at);
        break;
      default:
        part.insert(at, part.substr(random() % part.size(), random() % 60));
    }
    const auto table = ReadSheet(Zipped(parts), {"date"});
    if (!table.ok()) {
      ASSERT_THAT(domain::ReasonOf(table.status()), testing::StartsWith("IMPORT_")) << round;
    }
  }
}

}  // namespace
}  // namespace dudao::server
