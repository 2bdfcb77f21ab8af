// Ledgers and papers: what is in the files, and what no file can do.
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "dudao/domain/civil.h"
#include "findings_fixture.h"
#include "ledger_tables.h"
#include "paper_names.h"
#include "tablet.h"
#include "word_document.h"
#include "workbook.h"
#include "zip_writer.h"

namespace dudao::server {
namespace {

uint32_t Number(const std::string& bytes, size_t at, int size) {
  uint32_t out = 0;
  for (int i = size - 1; i >= 0; --i)
    out = out << 8 | static_cast<unsigned char>(bytes.at(at + static_cast<size_t>(i)));
  return out;
}

std::string Inflated(const std::string& packed, size_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
  std::string in = packed;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());  // NOLINT: C interface
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT: C interface
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_TRUE(size == 0 || inflate(&stream, Z_FINISH) == Z_STREAM_END);
  inflateEnd(&stream);
  return out;
}

// By its central directory, as every reader does it.
std::map<std::string, std::string> Unzip(const std::string& zip) {
  std::map<std::string, std::string> files;
  const size_t end = zip.rfind("PK\x05\x06");
  if (end == std::string::npos) {
    ADD_FAILURE() << "no zip file";
    return files;
  }
  size_t at = Number(zip, end + 16, 4);
  for (uint32_t i = 0; i < Number(zip, end + 10, 2); ++i) {
    const uint32_t method = Number(zip, at + 10, 2);
    const uint32_t packed = Number(zip, at + 20, 4);
    const uint32_t size = Number(zip, at + 24, 4);
    const uint32_t name = Number(zip, at + 28, 2);
    const size_t local = Number(zip, at + 42, 4);
    const size_t data = local + 30 + Number(zip, local + 26, 2) + Number(zip, local + 28, 2);
    const std::string content = zip.substr(data, packed);
    files[zip.substr(at + 46, name)] = method == 0 ? content : Inflated(content, size);
    EXPECT_EQ(crc32(0,
                    reinterpret_cast<const Bytef*>(  // NOLINT: C interface
                        files[zip.substr(at + 46, name)].data()),
                    size),
              Number(zip, at + 16, 4));
    at += 46 + name + Number(zip, at + 30, 2) + Number(zip, at + 32, 2);
  }
  return files;
}

// Every element that is opened is closed, in order; nothing stands loose.
bool IsWellFormed(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.empty() || tag.find('<') != std::string::npos) return false;
    if (tag[0] == '?' || tag[0] == '!') continue;
    const std::string name =
        tag.substr(tag[0] == '/' ? 1 : 0, tag.find_first_of(" /\n", 1) - (tag[0] == '/' ? 1 : 0));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
  }
  return open.empty() && !xml.empty();
}

void ExpectWellFormed(const std::map<std::string, std::string>& files) {
  EXPECT_GE(files.size(), 5u);
  for (const auto& [name, content] : files)
    EXPECT_TRUE(IsWellFormed(content)) << name << "\n" << content.substr(0, 600);
}

TEST(ZipParts, GivesBackWhatWentIn) {
  const std::string long_text(300'000, 'x');
  const auto zip = ZipParts({{"a.txt", "一"}, {"b/c.txt", long_text}, {"empty", ""}});
  ASSERT_TRUE(zip.ok()) << zip.status();
  const auto files = Unzip(*zip);
  EXPECT_EQ(files.at("a.txt"), "一");
  EXPECT_EQ(files.at("b/c.txt"), long_text);
  EXPECT_EQ(files.at("empty"), "");
}

TEST(WordDocument, IsWellFormedWhateverTheTexts) {
  WordDocument document;
  document.Title("<w:p>&\"标题\"");
  document.Paragraph("一行\n二行\x01\x1f]]>");
  document.Table({500, 500}, {{"a<b", "&amp;"}, {"只有一格"}});
  const auto bytes = document.Make();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto files = Unzip(*bytes);
  ExpectWellFormed(files);
  const std::string& body = files.at("word/document.xml");
  EXPECT_NE(body.find("&lt;w:p&gt;&amp;&quot;标题&quot;"), std::string::npos);
  EXPECT_EQ(body.find('\x01'), std::string::npos);
  EXPECT_NE(body.find("方正小标宋简体"), std::string::npos);
  EXPECT_NE(body.find("仿宋_GB2312"), std::string::npos);
  EXPECT_NE(body.find("w:w=\"11906\""), std::string::npos) << "A4";
}

TEST(Workbook, WritesTextAsTextAndNeverAFormula) {
  auto book = Workbook::Create("books");
  ASSERT_TRUE(book.ok()) << book.status();
  const std::vector<SheetColumn> columns = {{"序号", 5}, {"编码", 15}, {"问题", 40}};
  ASSERT_TRUE((*book)
                  ->AddSheet("翟店镇", "问题整改台账", columns,
                             {{"012345678901234567", "=cmd|' /C calc'!A0"},
                              {"140824103200", "+1+1"},
                              {"@SUM(A1)", "https://example.org"}})
                  .ok());
  ASSERT_TRUE((*book)->AddSheet("翟店镇", "t", columns, {}).ok()) << "a second one of that name";
  ASSERT_TRUE((*book)->AddSheet("a/b:c[d]*?", "t", columns, {}).ok());
  const auto bytes = (*book)->Make();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto files = Unzip(*bytes);
  ExpectWellFormed(files);
  const std::string& sheet = files.at("xl/worksheets/sheet1.xml");
  EXPECT_EQ(sheet.find("<f>"), std::string::npos) << "no formula";
  EXPECT_EQ(sheet.find("<hyperlink"), std::string::npos);
  EXPECT_NE(sheet.find("<mergeCell ref=\"A1:C1\""), std::string::npos);
  EXPECT_NE(sheet.find("orientation=\"landscape\""), std::string::npos);
  EXPECT_NE(sheet.find("paperSize=\"9\""), std::string::npos);
  EXPECT_NE(sheet.find("state=\"frozen\""), std::string::npos);
  EXPECT_NE(sheet.find("t=\"s\""), std::string::npos);
  const std::string& texts = files.at("xl/sharedStrings.xml");
  EXPECT_NE(texts.find("=cmd|"), std::string::npos) << "it is there, as text";
  EXPECT_NE(texts.find("012345678901234567"), std::string::npos) << "with its zero and all digits";
  book->reset();
  EXPECT_TRUE(std::filesystem::is_empty("books")) << "nothing is left lying about";
}

TEST(Workbook, PrintsOnePageWideWithItsHeadingOnEachPageAndRowsAsHighAsTheirText) {
  auto book = Workbook::Create("books");
  ASSERT_TRUE(book.ok()) << book.status();
  ASSERT_TRUE((*book)
                  ->AddSheet("a", "t", {{"序号", 5}, {"问题", 11}},
                             {{"短"}, {"网格员巡查记录连续两周空白"}, {"一\n二\n三\n四"}})
                  .ok());
  const auto bytes = (*book)->Make();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto files = Unzip(*bytes);
  const std::string& sheet = files.at("xl/worksheets/sheet1.xml");
  EXPECT_NE(sheet.find("<pageSetUpPr fitToPage=\"1\"/>"), std::string::npos);
  EXPECT_NE(sheet.find("fitToHeight=\"0\""), std::string::npos) << "as many pages as it takes";
  EXPECT_NE(files.at("xl/workbook.xml").find("_xlnm.Print_Titles\" localSheetId=\"0\">a!$1:$2<"),
            std::string::npos);
  // 13 wide characters of which a line holds 4, and four lines.
  const auto height = [&sheet](int row) {
    const size_t at = sheet.find(absl::StrCat("<row r=\"", row, "\""));
    const size_t from = sheet.find(" ht=\"", at);
    return at == std::string::npos ? 0.0 : std::strtod(sheet.c_str() + from + 5, nullptr);
  };
  EXPECT_NEAR(height(3), 17, 0.1);
  EXPECT_NEAR(height(4), 4 * 15 + 2, 0.1);
  EXPECT_NEAR(height(5), 4 * 15 + 2, 0.1);
}

TEST(Workbook, IsReadableWhereALedgerIsPrinted) {
  const PaperNames names;
  for (const LedgerTable& table :
       {FindingsLedger(), VisitsLedger(), CoverageLedger({}, names), AccessLedger()}) {
    double width = 0;
    for (const SheetColumn& column : table.columns) width += column.width;
    EXPECT_LE(width, kPrintWidthMax) << table.title;
  }
}

TEST(WordDocument, BreaksNoRowAndKeepsTogetherWhatBelongsTogether) {
  WordDocument document;
  document.Heading("检查");
  document.Table({500, 500}, {{"编号", "结果"}, {"A1", "是"}}, WordDocument::TableKind::kHeaded);
  document.Centred("回执");
  document.Table({500, 500}, {{"一", "二"}, {"三", "四"}}, WordDocument::TableKind::kWhole);
  const auto bytes = document.Make();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const std::string body = Unzip(*bytes).at("word/document.xml");
  const auto count = [&body](const std::string& what) {
    int n = 0;
    for (size_t at = body.find(what); at != std::string::npos; at = body.find(what, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("<w:cantSplit/>"), 4);
  EXPECT_EQ(count("<w:tblHeader/>"), 1);
  EXPECT_EQ(count("<w:keepNext/>"), 4) << "heading, line, and the two cells of the first row";
}

class DocumentsTest : public OfficeTest {
 protected:
  void SetUp() override {
    OfficeTest::SetUp();
    Tablet alice("ins1", "team-d1-2026", 1);
    records::v1::Visit visit =
        MakeVisit("D1", "140824103200", "2026-09-21", "D1-0921-01", "=cmd|' /C calc'!A0");
    visit.mutable_findings(0)->set_temp_no("D1-0921-01-F1");
    visit.mutable_findings(0)->set_level(records::v1::FINDING_LEVEL_ORDINARY);
    visit.set_contact_name("张三丰");
    visit.set_contact_phone("13812341234");
    visit.set_note("联系 13812341234");
    visit.add_check_items()->set_code("B5");
    auto* extra = visit.add_check_extras();
    extra->set_key("B5.count");
    extra->set_number(17);
    alice.Save("v1", visit);
    visit = MakeVisit("D1", "140824400001", "2026-09-22", "D1-0922-01", "台账不一致");
    visit.mutable_findings(0)->set_id("f2");
    alice.Save("v2", visit);
    ASSERT_TRUE(alice.Sync(*sync_).ok());
  }
  review::v1::ExportLedgerResponse Export(const std::string& person,
                                          const review::v1::ExportLedgerRequest& request) {
    review::v1::ExportLedgerResponse response;
    As who(person);
    const grpc::Status status = ledger_->ExportLedger(&who, request, &response);
    EXPECT_TRUE(status.ok()) << ReasonIn(status);
    return response;
  }
  // Confirms and issues the first finding.
  void Issue() {
    for (const bool issue : {false, true}) {
      review::v1::GetFindingRequest get;
      get.set_space("team-d1-2026");
      get.set_finding_id("f1");
      review::v1::GetFindingResponse seen;
      As look("zhao");
      ASSERT_TRUE(findings_->GetFinding(&look, get, &seen).ok());
      review::v1::DecideFindingRequest decide;
      decide.set_space("team-d1-2026");
      decide.set_finding_id("f1");
      decide.set_context(seen.context());
      decide.set_content_digest(seen.content_digest());
      if (issue) {
        decide.mutable_issue();
      } else {
        decide.mutable_confirm()->set_level(records::v1::FINDING_LEVEL_ORDINARY);
      }
      review::v1::DecideFindingResponse response;
      As who("zhao");
      const grpc::Status status = findings_->DecideFinding(&who, decide, &response);
      ASSERT_TRUE(status.ok()) << ReasonIn(status);
    }
  }
};

TEST_F(DocumentsTest, TheLedgerHasTheColumnsOfTheForm) {
  Issue();
  review::v1::ExportLedgerRequest request;
  request.set_kind(review::v1::LEDGER_KIND_FINDINGS);
  const auto made = Export("zhao", request);
  EXPECT_EQ(made.rows(), 2);
  EXPECT_EQ(made.file_name(), "问题整改台账-2026-09-28.xlsx");
  const auto files = Unzip(made.content());
  ExpectWellFormed(files);
  const std::string& texts = files.at("xl/sharedStrings.xml");
  size_t at = 0;
  for (const char* column :
       {"序号",     "编号",     "督导组",   "督导日期", "乡镇",     "村(社区)/单位",
        "方面",     "专班",     "问题描述", "等级",     "责任单位", "责任领导",
        "责任人",   "整改措施", "下发日期", "整改时限", "延期至",   "进展",
        "完成日期", "核查人",   "是否销号", "返工次数", "红黄绿灯", "备注"}) {
    const size_t found = texts.find(std::string(">") + column + "<", at);
    ASSERT_NE(found, std::string::npos) << column;
    at = found;
  }
  EXPECT_NE(texts.find("稷督整〔2026〕1号"), std::string::npos);
  EXPECT_NE(texts.find("2026-10-05"), std::string::npos);
  EXPECT_NE(texts.find("已下发"), std::string::npos);
  EXPECT_EQ(files.at("xl/worksheets/sheet1.xml").find("<f>"), std::string::npos);
  // Who made a file with names in clear is in the access log.
  bool logged = false;
  const admin::v1::ListAccessResponse log = Accesses();
  for (const auto& row : log.rows()) logged = logged || row.event() == "DOCUMENT_MADE";
  EXPECT_TRUE(logged);
}

TEST_F(DocumentsTest, OneSheetATownshipAndEachLedgerOpens) {
  review::v1::ExportLedgerRequest request;
  request.set_kind(review::v1::LEDGER_KIND_FINDINGS);
  request.set_sheet_per_township(true);
  auto files = Unzip(Export("ld", request).content());
  ExpectWellFormed(files);
  EXPECT_TRUE(files.contains("xl/worksheets/sheet2.xml"));
  EXPECT_NE(files.at("xl/workbook.xml").find("翟店镇"), std::string::npos);
  for (const auto kind : {review::v1::LEDGER_KIND_VISITS, review::v1::LEDGER_KIND_COVERAGE,
                          review::v1::LEDGER_KIND_ACCESS}) {
    request.Clear();
    request.set_kind(kind);
    const auto made = Export("zhao", request);
    EXPECT_GT(made.rows(), 0) << kind;
    ExpectWellFormed(Unzip(made.content()));
  }
  As leader("ld");
  review::v1::ExportLedgerResponse response;
  EXPECT_EQ(ReasonIn(ledger_->ExportLedger(&leader, request, &response)), "ROLE_FORBIDDEN");
}

TEST_F(DocumentsTest, TheNoticeSaysWhatToDoByWhen) {
  review::v1::RenderNoticeRequest request;
  request.set_space("team-d1-2026");
  request.set_finding_id("f1");
  review::v1::RenderNoticeResponse response;
  As early("zhao");
  EXPECT_EQ(ReasonIn(findings_->RenderNotice(&early, request, &response)),
            "RECTIFICATION_NOT_ISSUED");
  Issue();
  As who("zhao");
  ASSERT_TRUE(findings_->RenderNotice(&who, request, &response).ok());
  EXPECT_EQ(response.file_name(), "整改通知书-稷督整〔2026〕1号.docx");
  const auto files = Unzip(response.content());
  ExpectWellFormed(files);
  const std::string& body = files.at("word/document.xml");
  for (const char* text : {"整改通知书", "稷督整〔2026〕1号", "翟东村", "2026年9月21日", "7天",
                           "2026年10月5日", "签收人", "D1-0921-01-F1"})
    EXPECT_NE(body.find(text), std::string::npos) << text;
}

TEST_F(DocumentsTest, TheVisitPaperHasTheFiguresThatWereEntered) {
  admin::v1::ImportFormRequest form;
  form.set_textproto(DataFile("form-default.textproto"));
  admin::v1::ImportFormResponse imported;
  As admin("admin");
  ASSERT_TRUE(admin_->ImportForm(&admin, form, &imported).ok());
  review::v1::RenderVisitRequest request;
  request.set_space("team-d1-2026");
  request.set_key("v1");
  review::v1::RenderVisitResponse response;
  As who("zhao");
  ASSERT_TRUE(ledger_->RenderVisit(&who, request, &response).ok());
  EXPECT_NE(Unzip(response.content()).at("word/document.xml").find("件数：17"), std::string::npos);
}

TEST_F(DocumentsTest, TheVisitPaperMasksTelephones) {
  review::v1::RenderVisitRequest request;
  request.set_space("team-d1-2026");
  request.set_key("v1");
  for (const char* person : {"zhao", "ld"}) {
    review::v1::RenderVisitResponse response;
    As who(person);
    ASSERT_TRUE(ledger_->RenderVisit(&who, request, &response).ok());
    const auto files = Unzip(response.content());
    ExpectWellFormed(files);
    const std::string& body = files.at("word/document.xml");
    EXPECT_NE(body.find("督导检查记录"), std::string::npos);
    EXPECT_EQ(body.find("13812341234"), std::string::npos) << person;
    EXPECT_NE(body.find("138****1234"), std::string::npos) << person;
    EXPECT_EQ(body.find("张三丰") != std::string::npos, std::string(person) == "zhao") << person;
  }
}

}  // namespace
}  // namespace dudao::server
