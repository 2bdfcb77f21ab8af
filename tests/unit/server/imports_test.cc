// Imports over the wire: what wrong files do, and that a second import does nothing.
#include <algorithm>
#include <map>

#include "book_maker.h"
#include "dudao/sync/schema/record_types.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {
namespace {

// A good part of it: codes and names of roles are Latin.
bool IsChinese(const std::string& text) {
  const auto foreign = std::count_if(text.begin(), text.end(), [](char c) { return c < 0; });
  return foreign * 3 > static_cast<std::ptrdiff_t>(text.size());
}

class ImportsTest : public ServerTest {
 protected:
  admin::v1::ImportDivisionsResponse Divisions(const std::string& csv, bool dry_run = false) {
    admin::v1::ImportDivisionsRequest request;
    request.set_csv(csv);
    request.set_dry_run(dry_run);
    admin::v1::ImportDivisionsResponse response;
    As who("admin");
    const grpc::Status status = admin_->ImportDivisions(&who, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  uint64_t Changes() {
    admin::v1::ListSpacesResponse response;
    As who("admin");
    EXPECT_TRUE(admin_->ListSpaces(&who, {}, &response).ok());
    for (const auto& space : response.spaces()) {
      if (space.space() == "office") return space.changes();
    }
    return 0;
  }
};

TEST_F(ImportsTest, WriteNothingTheSecondTime) {
  ImportPlaces();
  const uint64_t changes = Changes();
  EXPECT_LE(changes, 5u) << "few changes for the whole county";
  const auto again = Divisions(DataFile("jishan-divisions.csv"));
  EXPECT_EQ(again.created(), 0);
  EXPECT_EQ(again.updated(), 0);
  EXPECT_EQ(again.unchanged(), 161);
  EXPECT_EQ(Changes(), changes);

  admin::v1::ImportPeopleRequest people;
  people.set_csv(DataFile("sample-people.csv"));
  people.set_year(2026);
  admin::v1::ImportPeopleResponse first;
  As one("admin");
  ASSERT_TRUE(admin_->ImportPeople(&one, people, &first).ok());
  ASSERT_EQ(first.problems_size(), 0) << first.problems(0).text_en();
  EXPECT_GE(first.created(), 24);
  ASSERT_EQ(first.spaces_size(), 4);
  EXPECT_EQ(first.spaces(0), "team-d1-2026");
  admin::v1::ImportPeopleResponse second;
  As two("admin");
  ASSERT_TRUE(admin_->ImportPeople(&two, people, &second).ok());
  EXPECT_EQ(second.created() + second.updated(), 0);

  admin::v1::ImportFormRequest form;
  form.set_textproto(DataFile("form-default.textproto"));
  for (const int created : {1, 0}) {
    admin::v1::ImportFormResponse response;
    As who("admin");
    ASSERT_TRUE(admin_->ImportForm(&who, form, &response).ok());
    EXPECT_EQ(response.created(), created);
    EXPECT_EQ(response.updated(), 0);
  }
  admin::v1::ImportHolidaysRequest holidays;
  holidays.set_csv(DataFile("holidays-2026.csv"));
  for (const int created : {1, 0}) {
    admin::v1::ImportHolidaysResponse response;
    As who("admin");
    ASSERT_TRUE(admin_->ImportHolidays(&who, holidays, &response).ok());
    EXPECT_EQ(response.created(), created);
    EXPECT_EQ(response.updated(), 0);
  }
}

TEST_F(ImportsTest, WriteOnlyWhatDiffersAndNothingInADryRun) {
  std::string csv = DataFile("jishan-divisions.csv");
  EXPECT_EQ(Divisions(csv, true).created(), 161);
  EXPECT_EQ(Divisions(csv).created(), 161) << "the dry run wrote nothing";
  const size_t at = csv.find("稷峰镇");
  csv.replace(at, std::string("稷峰镇").size(), "稷峰新镇");
  const auto changed = Divisions(csv);
  EXPECT_EQ(changed.updated(), 1);
  EXPECT_EQ(changed.unchanged(), 160);
}

TEST_F(ImportsTest, LeaveAloneWhatTheOfficeSetByHand) {
  ImportPlaces();
  Tablet office("zhao", "office", 9);
  ASSERT_TRUE(office.Sync(*sync_).ok());
  const sync::RecordId id{sync::RecordTypeOf(*records::v1::Place::descriptor()), "140824103200"};
  const auto weak = sync::Path().Field(records::v1::Place::kWeakOrganisationFieldNumber);
  office.Save({{id, weak, sync::MergeKind::kRegister, sync::Value::Varint(1)}});
  ASSERT_TRUE(office.Sync(*sync_).ok());
  ASSERT_TRUE(office.totals().refused.empty());
  const auto again = Divisions(DataFile("jishan-divisions.csv"));
  EXPECT_EQ(again.updated(), 0);
  ASSERT_TRUE(office.Sync(*sync_).ok());
  records::v1::Place place;
  ASSERT_TRUE(place.ParseFromString((*office.store().Load(id))->record.Materialise()));
  EXPECT_TRUE(place.weak_organisation());
}

TEST_F(ImportsTest, TakeAByteOrderMarkAndSayWhereAFileIsWrong) {
  const std::string head = "code,name,level,parent\n140824,稷山县,county,1408\n";
  EXPECT_EQ(Divisions("\xEF\xBB\xBF" + head).created(), 1);
  struct Case {
    std::string csv;
    int row;
    int column;
    const char* text;
    const char* reason;
  };
  const Case cases[] = {
      {"kode,name,level,parent\n140824,稷山县,county,1408\n", 1, 0, "header",
       "IMPORT_HEADING_WRONG"},
      {head + "140824100,稷峰镇,township,140824\n140824100,稷峰镇,township,140824\n", 4, 1, "twice",
       "IMPORT_CODE_TWICE"},
      {head + "140824103200,翟东村委会,village,140824103\n", 3, 4, "parent",
       "IMPORT_PARENT_UNKNOWN"},
      {head + "140824100,\xff\xfe,township,140824\n", 3, 0, "UTF-8", "IMPORT_NOT_UTF8"},
      {head + "140824100,稷峰镇,township\n", 3, 0, "columns", "IMPORT_COLUMNS_WRONG"},
      {"", 1, 0, "empty", "IMPORT_FILE_EMPTY"},
      {std::string("\0\0\0\0", 4), 1, 0, "zero", "IMPORT_ZERO_BYTE"},
  };
  for (const Case& wrong : cases) {
    const auto response = Divisions(wrong.csv);
    ASSERT_GE(response.problems_size(), 1) << wrong.text;
    EXPECT_EQ(response.problems(0).row(), wrong.row) << response.problems(0).text_en();
    EXPECT_EQ(response.problems(0).column(), wrong.column) << response.problems(0).text_en();
    EXPECT_EQ(response.problems(0).reason(), wrong.reason);
    EXPECT_NE(response.problems(0).text_en().find(wrong.text), std::string::npos)
        << response.problems(0).text_en();
    EXPECT_TRUE(IsChinese(response.problems(0).text_zh())) << response.problems(0).text_zh();
    EXPECT_EQ(response.created() + response.updated(), 0);
  }
  EXPECT_EQ(Changes(), 1u) << "nothing of the wrong files was written";
}

TEST_F(ImportsTest, TakeTheGoodRowsOfAListOfPeopleAndNameTheBadOnes) {
  bool good_rows = false;
  const auto import = [&](const std::string& csv, bool dry_run = false) {
    admin::v1::ImportPeopleRequest request;
    request.set_csv(csv);
    request.set_year(2026);
    request.set_good_rows(good_rows);
    request.set_dry_run(dry_run);
    admin::v1::ImportPeopleResponse response;
    As who("admin");
    const grpc::Status status = admin_->ImportPeople(&who, request, &response);
    EXPECT_TRUE(status.ok()) << ReasonIn(status);
    return response;
  };
  const auto control = [&] {
    admin::v1::ListControlRequest request;
    request.set_page_size(500);
    admin::v1::ListControlResponse response;
    As who("admin");
    EXPECT_TRUE(admin_->ListControl(&who, request, &response).ok());
    return response.entries_size();
  };
  std::string csv = DataFile("sample-people.csv");
  const auto replace = [&csv](const std::string& from, const std::string& to) {
    const size_t at = csv.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    csv.replace(at, from.size(), to);
  };
  const std::string good = csv;
  replace("p02,陈督乙,县委政法委,D1,inspector", "p02,陈督乙,县委政法委,D1,king");
  replace("p03,杨督丙,县民政局,D1,inspector", "p03,,县民政局,D1,inspector");
  replace("p04,黄督丁,县司法局,D1,inspector", "p04,黄督丁,县司法局");
  const int before = control();
  const auto refused = import(csv);
  EXPECT_EQ(refused.problems_size(), 3);
  EXPECT_EQ(refused.created() + refused.updated() + refused.spaces_size(), 0);
  EXPECT_EQ(control(), before) << "with a wrong row nothing is written";
  EXPECT_EQ(import(csv, true).created(), 0);
  good_rows = true;
  EXPECT_EQ(import(csv, true).created(), import(good, true).created() - 3);
  EXPECT_EQ(control(), before) << "a dry run decides nothing";
  const auto first = import(csv);
  EXPECT_GT(first.created(), 17);
  std::map<int, int> problems;  // row to column
  for (const auto& problem : first.problems()) {
    problems[problem.row()] = problem.column();
    EXPECT_TRUE(IsChinese(problem.text_zh())) << problem.text_zh();
  }
  EXPECT_EQ(problems, (std::map<int, int>{{3, 5}, {4, 2}, {5, 0}}));
  const int after = control();
  const auto second = import(csv);
  EXPECT_EQ(second.created() + second.updated(), 0);
  EXPECT_EQ(second.problems_size(), 3);
  EXPECT_EQ(control(), after) << "nothing differs, nothing is decided";
  const auto mended = import(good);
  EXPECT_EQ(mended.created(), 3);
  EXPECT_EQ(mended.problems_size(), 0);
  EXPECT_EQ(control(), after + 3);

  admin::v1::HandOverPersonRequest leaves;
  leaves.set_person_id("p03");
  admin::v1::HandOverPersonResponse left;
  As admin("admin");
  ASSERT_TRUE(admin_->HandOverPerson(&admin, leaves, &left).ok());
  const auto again = import(good);
  ASSERT_EQ(again.problems_size(), 1) << "a list does not bring anybody back";
  EXPECT_EQ(again.problems(0).reason(), "PERSON_LEFT");
  EXPECT_EQ(again.problems(0).row(), 4);
  EXPECT_EQ(again.created() + again.updated(), 0);
  EXPECT_EQ(control(), after + 4);
}

TEST_F(ImportsTest, TakeWorkbooksAsTheyTakeCsv) {
  const auto preview = Divisions(BookOfCsv(DataFile("jishan-divisions.csv")), true);
  ASSERT_EQ(preview.problems_size(), 0) << preview.problems(0).text_en();
  EXPECT_EQ(preview.created(), 161);
  ASSERT_EQ(preview.changes_size(), 161);
  EXPECT_EQ(preview.changes(1).key(), "140824100");
  EXPECT_EQ(preview.changes(1).name(), "稷峰镇");
  EXPECT_TRUE(preview.changes(1).created());
  EXPECT_EQ(Changes(), 0u) << "a preview writes nothing";
  EXPECT_EQ(Divisions(BookOfCsv(DataFile("jishan-divisions.csv"))).created(), 161);
  const uint64_t changes = Changes();
  const auto again = Divisions(BookOfCsv(DataFile("jishan-divisions.csv")));
  EXPECT_EQ(again.unchanged(), 161);
  EXPECT_EQ(again.created() + again.updated() + again.changes_size(), 0);
  EXPECT_EQ(Divisions(DataFile("jishan-divisions.csv")).unchanged(), 161) << "the same as CSV";

  const auto people = [this](bool dry_run) {
    admin::v1::ImportPeopleRequest request;
    request.set_csv(BookOfCsv(DataFile("sample-people.csv")));
    request.set_year(2026);
    request.set_dry_run(dry_run);
    admin::v1::ImportPeopleResponse response;
    As who("admin");
    EXPECT_TRUE(admin_->ImportPeople(&who, request, &response).ok());
    EXPECT_EQ(response.problems_size(), 0);
    return response;
  };
  const int expected = people(true).created();
  EXPECT_GE(expected, 24);
  EXPECT_EQ(Changes(), changes);
  EXPECT_EQ(people(false).created(), expected);
  EXPECT_EQ(people(false).created() + people(false).updated(), 0);

  const auto holidays = [this](bool dry_run) {
    admin::v1::ImportHolidaysRequest request;
    // The days as spreadsheets keep them: 2026-01-01 is 46023.
    request.set_csv(Zipped(BookParts(SheetWith(
        "<row><c t=\"inlineStr\"><is><t>date</t></is></c><c t=\"inlineStr\"><is><t>kind</t>"
        "</is></c><c t=\"inlineStr\"><is><t>name</t></is></c></row><row><c><v>46023</v></c>"
        "<c t=\"inlineStr\"><is><t>off</t></is></c><c t=\"inlineStr\"><is><t>元旦</t></is>"
        "</c></row>"))));
    request.set_dry_run(dry_run);
    admin::v1::ImportHolidaysResponse response;
    As who("admin");
    EXPECT_TRUE(admin_->ImportHolidays(&who, request, &response).ok());
    EXPECT_EQ(response.problems_size(), 0);
    return response;
  };
  EXPECT_EQ(holidays(true).created(), 1);
  EXPECT_EQ(holidays(true).changes(0).key(), "2026");
  EXPECT_EQ(holidays(false).created(), 1) << "the preview wrote nothing";
  EXPECT_EQ(holidays(false).unchanged(), 1);
}

TEST_F(ImportsTest, MarkWeakAndThinVillagesAndNoOthers) {
  ImportPlaces();
  const auto marks = [this](const std::string& file, bool dry_run = false) {
    admin::v1::ImportVillageMarksRequest request;
    request.set_csv(file);
    request.set_dry_run(dry_run);
    admin::v1::ImportVillageMarksResponse response;
    As who("admin");
    EXPECT_TRUE(admin_->ImportVillageMarks(&who, request, &response).ok());
    return response;
  };
  const auto marked = [this](bool flagged_first) {
    review::v1::ListCoverageResponse response;
    As who("zhao");
    EXPECT_TRUE(ledger_->ListCoverage(&who, {}, &response).ok());
    std::string out;
    for (const auto& unit : response.units()) {
      if (!unit.weak_organisation() && !unit.thin_economy()) {
        if (flagged_first) break;
        continue;
      }
      out += unit.unit_name() + (unit.weak_organisation() ? "w" : "") +
             (unit.thin_economy() ? "t " : " ");
    }
    return out;
  };
  const std::string head = "code,name,weak,thin\n";
  const std::string list = head + "140824103200,翟东村,是,\n140824103214,太宁村委会,否,是\n";
  const uint64_t changes = Changes();
  EXPECT_EQ(marks(BookOfCsv(list), true).updated(), 2);
  EXPECT_EQ(Changes(), changes) << "a preview writes nothing";
  const auto first = marks(BookOfCsv(list));
  EXPECT_EQ(first.updated(), 2);
  EXPECT_EQ(first.unchanged(), 159);
  EXPECT_EQ(first.marked(), 2);
  ASSERT_EQ(first.changes_size(), 2);
  EXPECT_EQ(first.changes(0).name(), "翟东村");
  EXPECT_EQ(marked(true), "翟东村w 太宁村t ") << "never visited, so weak and thin ones lead";
  EXPECT_EQ(marks(list).updated(), 0);
  // The places' own list says nothing of marks.
  EXPECT_EQ(Divisions(DataFile("jishan-divisions.csv")).updated(), 0);
  EXPECT_EQ(marked(false), "翟东村w 太宁村t ");
  // Whoever is not in the newer list loses the mark.
  const auto second = marks(head + "140824103214,太宁村,是,是\n");
  EXPECT_EQ(second.updated(), 2);
  EXPECT_EQ(second.marked(), 1);
  EXPECT_EQ(marked(false), "太宁村wt ");
  // One by hand.
  admin::v1::SetVillageMarksRequest one;
  one.set_code("140824103200");
  one.set_thin_economy(true);
  for (const bool changed : {true, false}) {
    admin::v1::SetVillageMarksResponse response;
    As who("zhao");
    ASSERT_TRUE(admin_->SetVillageMarks(&who, one, &response).ok());
    EXPECT_EQ(response.changed(), changed);
  }
  EXPECT_EQ(marked(false), "翟东村t 太宁村wt ");
  one.set_code("140824103");
  admin::v1::SetVillageMarksResponse response;
  As who("zhao");
  EXPECT_EQ(ReasonIn(admin_->SetVillageMarks(&who, one, &response)), "REQUEST_INVALID")
      << "a township has no marks";
  // What is wrong is named; nothing is written.
  const uint64_t before = Changes();
  const auto wrong = marks(head +
                           "140824103299,无名村,是,\n"      // row 2: no such place
                           "140824103,翟店镇,是,\n"         // row 3: a township
                           "140824103200,太宁村,是,\n"      // row 4: another's name
                           "140824103214,太宁村,yes,是\n"   // row 5: no mark
                           "140824103214,太宁村,是,是\n");  // row 6: twice
  std::map<int, std::string> problems;
  for (const auto& problem : wrong.problems()) {
    problems[problem.row()] = problem.reason();
    EXPECT_TRUE(IsChinese(problem.text_zh())) << problem.text_zh();
  }
  EXPECT_EQ(problems, (std::map<int, std::string>{{2, "IMPORT_VILLAGE_UNKNOWN"},
                                                  {3, "IMPORT_VILLAGE_WANTED"},
                                                  {4, "IMPORT_NAME_OTHER"},
                                                  {5, "IMPORT_MARK_WRONG"},
                                                  {6, "IMPORT_CODE_TWICE"}}));
  EXPECT_EQ(marks(head).problems(0).reason(), "IMPORT_ROWS_MISSING")
      << "an empty list would take all marks away";
  EXPECT_EQ(Changes(), before);
}

TEST_F(ImportsTest, TakeTheProgrammesMeasures) {
  const auto measures = [this](const std::string& file, bool dry_run = false) {
    admin::v1::ImportMeasuresRequest request;
    request.set_csv(file);
    request.set_dry_run(dry_run);
    admin::v1::ImportMeasuresResponse response;
    As who("admin");
    EXPECT_TRUE(admin_->ImportMeasures(&who, request, &response).ok());
    return response;
  };
  const std::string csv = DataFile("measures-default.csv");
  const auto preview = measures(BookOfCsv(csv), true);
  ASSERT_EQ(preview.problems_size(), 0) << preview.problems(0).text_en();
  EXPECT_EQ(preview.areas(), 6);
  EXPECT_EQ(preview.tasks(), 23);
  EXPECT_EQ(preview.created(), 113);
  EXPECT_EQ(Changes(), 0u);
  EXPECT_EQ(measures(csv + "7-24-114,grid,x,y,z,,,\n").problems(0).row(), 115);
  EXPECT_EQ(Changes(), 0u) << "with a wrong row nothing is written";
  EXPECT_EQ(measures(BookOfCsv(csv)).created(), 113);
  const uint64_t changes = Changes();
  EXPECT_EQ(measures(csv).unchanged(), 113);
  EXPECT_EQ(Changes(), changes);
  const auto more = measures(csv + "1-24-114,grid,x,y,z,u,,\n");
  EXPECT_EQ(more.created(), 1);
  EXPECT_EQ(more.unchanged(), 113);
  EXPECT_EQ(more.tasks(), 24);
  Tablet tablet("ins1", "office", 9);
  ASSERT_TRUE(tablet.Sync(*sync_).ok());
  const auto held =
      tablet.store().Load({sync::RecordTypeOf(*records::v1::Measure::descriptor()), "1-01-001"});
  ASSERT_TRUE(held.ok() && held->has_value()) << "measures travel to tablets";
  records::v1::Measure measure;
  ASSERT_TRUE(measure.ParseFromString((*held)->record.Materialise()));
  EXPECT_EQ(measure.lead_unit(), "县委政法委");
  EXPECT_EQ(measure.due_date(), "2026-12-31");
  ASSERT_EQ(measure.co_units_size(), 1);
  // A co-unit that the newer list does not name any more is out, and another one in.
  std::string newer = csv;
  newer.replace(newer.find("县委政法委,县民政局"), std::string("县委政法委,县民政局").size(),
                "县委政法委,县司法局");
  EXPECT_EQ(measures(newer).updated(), 1);
  ASSERT_TRUE(tablet.Sync(*sync_).ok());
  const auto now =
      tablet.store().Load({sync::RecordTypeOf(*records::v1::Measure::descriptor()), "1-01-001"});
  ASSERT_TRUE(measure.ParseFromString((*now)->record.Materialise()));
  ASSERT_EQ(measure.co_units_size(), 1);
  EXPECT_EQ(measure.co_units(0), "县司法局");
}

TEST_F(ImportsTest, NameTheWrongCellsOfAWorkbookAndWriteNothing) {
  const std::vector<std::string> head = {"code", "name", "level", "parent"};
  const std::vector<std::string> county = {"140824", "稷山县", "county", "1408"};
  const auto wrong = Divisions(BookOf({head,
                                       county,
                                       {"14082410", "稷峰镇", "township", "140824"},
                                       {"140824101", "西社镇", "town", "140824"}}));
  ASSERT_EQ(wrong.problems_size(), 2);
  EXPECT_EQ(wrong.problems(0).row(), 3);
  EXPECT_EQ(wrong.problems(0).column(), 1);
  EXPECT_EQ(wrong.problems(0).reason(), "IMPORT_CODE_DIGITS");
  EXPECT_EQ(wrong.problems(0).text_zh(), "编码“14082410”应为 9 位数字");
  EXPECT_EQ(wrong.problems(1).row(), 4);
  EXPECT_EQ(wrong.problems(1).column(), 3);
  EXPECT_EQ(wrong.created(), 0);

  const auto formula =
      Divisions(Zipped(BookParts(SheetWith("<row><c><f>1+1</f><v>2</v></c></row>"))));
  ASSERT_EQ(formula.problems_size(), 1);
  EXPECT_EQ(formula.problems(0).reason(), "IMPORT_CELL_FORMULA");
  EXPECT_NE(formula.problems(0).text_zh().find("A1"), std::string::npos);
  for (const auto& [file, reason] : std::map<std::string, std::string>{
           {"PK", "IMPORT_BOOK_DAMAGED"},
           {BookOf({head, county}).substr(0, 700), "IMPORT_BOOK_DAMAGED"},
           {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "IMPORT_BOOK_OLD"}}) {
    const auto refused = Divisions(file);
    ASSERT_EQ(refused.problems_size(), 1);
    EXPECT_EQ(refused.problems(0).row(), 0);
    EXPECT_EQ(refused.problems(0).reason(), reason);
    EXPECT_TRUE(IsChinese(refused.problems(0).text_zh()));
  }
  EXPECT_EQ(Changes(), 0u);
}

TEST_F(ImportsTest, RefuseFormsThatAreNoForms) {
  admin::v1::ImportFormRequest request;
  request.set_textproto("form_code: \"x\" nonsense {");
  admin::v1::ImportFormResponse response;
  As who("admin");
  ASSERT_TRUE(admin_->ImportForm(&who, request, &response).ok());
  ASSERT_GE(response.problems_size(), 1);
  EXPECT_EQ(response.problems(0).reason(), "FORM_WRONG");
}

}  // namespace
}  // namespace dudao::server
