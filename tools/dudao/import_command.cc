// `dudao import`: lists into a running server.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>

#include "absl/status/status.h"
#include "command_table.h"
#include "import_files.h"
#include "process.h"
#include "spaces.h"

namespace dudao::command {

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) return absl::NotFoundError("cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

absl::StatusOr<std::string> FindData(const std::string& wanted) {
  namespace fs = std::filesystem;
  const fs::path program = fs::path(OwnProgram()).parent_path();
  std::vector<fs::path> places = {"data", program / "../../../data",
                                  program / "../share/dudao/data"};
  if (!wanted.empty()) places = {wanted};
  for (const fs::path& place : places) {
    if (fs::exists(place / "jishan-divisions.csv")) return place.string();
  }
  return absl::NotFoundError("no folder with jishan-divisions.csv; say where it is with --data");
}

void TellImport(Console& console, const ImportOutcome& outcome) {
  nlohmann::json problems = nlohmann::json::array();
  for (const ImportProblem& problem : outcome.problems) {
    console.Say(Text::kImportProblem, {std::to_string(problem.row), std::to_string(problem.column),
                                       problem.zh, problem.en});
    problems.push_back(
        {{"row", problem.row}, {"column", problem.column}, {"zh", problem.zh}, {"en", problem.en}});
  }
  console.Say(Text::kImported,
              {std::to_string(outcome.created), std::to_string(outcome.updated),
               std::to_string(outcome.unchanged), std::to_string(outcome.problems.size())});
  for (const std::string& space : outcome.spaces) console.Say(Text::kSpaceReady, {space});
  nlohmann::json firm_days = nlohmann::json::array();
  for (const FirmDay& due : outcome.firm_days) {
    console.Say(due.before == due.after ? Text::kDueFirm : Text::kDueMoved,
                {due.notice_no, due.unit_name, due.before, due.after});
    firm_days.push_back({{"notice_no", due.notice_no},
                         {"unit", due.unit_name},
                         {"before", due.before},
                         {"after", due.after}});
  }
  console.Emit({{"created", outcome.created},
                {"updated", outcome.updated},
                {"unchanged", outcome.unchanged},
                {"problems", problems},
                {"spaces", outcome.spaces},
                {"firm_days", firm_days}});
}

namespace {

struct ImportArguments {
  std::string file;
  std::string pinyin;
  bool good_rows = false;
  int year = kProgrammeYear;
};

using Importer = absl::StatusOr<ImportOutcome> (*)(Office&, const ImportArguments&,
                                                   const std::string&);

absl::StatusOr<ImportOutcome> WholeDivisions(Office& office, const ImportArguments& arguments,
                                             const std::string& text) {
  // The names in pinyin stand beside the list unless another file is named.
  namespace fs = std::filesystem;
  const fs::path beside = fs::path(arguments.file).parent_path() / "jishan-pinyin.csv";
  const std::string pinyin = !arguments.pinyin.empty() ? arguments.pinyin
                             : fs::exists(beside)      ? beside.string()
                                                       : "";
  if (pinyin.empty()) return office.ImportDivisions(text, "");
  const auto names = ReadWholeFile(pinyin);
  if (!names.ok()) return names.status();
  return office.ImportDivisions(text, *names);
}

// The text without these lines; lines count from 1.
std::string WithoutLines(const std::string& text, const std::set<int>& left_out) {
  std::string out;
  int number = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (left_out.count(++number) == 0) out += line + "\n";
  }
  return out;
}

// The server takes a list of divisions as a whole or not at all; so the rows with problems are left
// out and the rest is sent again. What is wrong with the list itself stands, and so does a
// workbook.
absl::StatusOr<ImportOutcome> Divisions(Office& office, const ImportArguments& arguments,
                                        const std::string& text) {
  auto refused = WholeDivisions(office, arguments, text);
  const bool workbook = text.rfind("PK", 0) == 0;
  if (!refused.ok() || !arguments.good_rows || refused->problems.empty() || workbook)
    return refused;
  std::set<int> bad;
  for (const ImportProblem& problem : refused->problems) {
    if (problem.row <= 1) return refused;
    bad.insert(problem.row);
  }
  auto outcome = WholeDivisions(office, arguments, WithoutLines(text, bad));
  if (!outcome.ok()) return outcome;
  outcome->problems.insert(outcome->problems.begin(), refused->problems.begin(),
                           refused->problems.end());
  return outcome;
}

Exit RunImport(Invocation& run, const ImportArguments& arguments, Importer importer) {
  const auto text = ReadWholeFile(arguments.file);
  if (!text.ok()) return run.console.Fail(text.status());
  const auto office = OpenOffice(run.session_file);
  if (!office.ok()) return run.console.Fail(office.status());
  const auto outcome = importer(**office, arguments, *text);
  if (!outcome.ok()) return run.console.Fail(outcome.status());
  TellImport(run.console, *outcome);
  return outcome->problems.empty() ? Exit::kOk : Exit::kFailure;
}

void AddImport(CommandTable& table, CLI::App& parent, const char* name, Text about,
               const std::string& example, Importer importer) {
  CLI::App* sub = table.Add(parent, name, about, example);
  auto arguments = std::make_shared<ImportArguments>();
  sub->add_option("FILE", arguments->file, table.Words(Text::kOptionFile))->required();
  if (std::string(name) == "divisions")
    sub->add_option("--pinyin", arguments->pinyin, table.Words(Text::kOptionPinyin));
  if (std::string(name) == "people")
    sub->add_option("--year", arguments->year, table.Words(Text::kOptionYear));
  if (std::string(name) == "divisions" || std::string(name) == "people")
    sub->add_flag("--good-rows", arguments->good_rows, table.Words(Text::kOptionGoodRows));
  table.OnRun(
      sub, [arguments, importer](Invocation& run) { return RunImport(run, *arguments, importer); });
}

}  // namespace

void AddImportCommand(CommandTable& table) {
  CLI::App* import = table.Add(
      table.root(), "import", Text::kAboutImport,
      "  dudao import divisions data/jishan-divisions.csv\n  dudao import people "
      "data/sample-people.csv --year 2026\n  dudao import form data/form-default.textproto");
  import->require_subcommand(1);
  AddImport(table, *import, "divisions", Text::kAboutImportDivisions,
            "  dudao import divisions data/jishan-divisions.csv", Divisions);
  AddImport(table, *import, "people", Text::kAboutImportPeople,
            "  dudao import people data/sample-people.csv\n"
            "  dudao import people list.csv --good-rows",
            [](Office& office, const ImportArguments& arguments, const std::string& text) {
              return office.ImportPeople(text, arguments.year, arguments.good_rows);
            });
  AddImport(table, *import, "form", Text::kAboutImportForm,
            "  dudao import form data/form-default.textproto",
            [](Office& office, const ImportArguments&, const std::string& text) {
              return office.ImportForm(text);
            });
  AddImport(table, *import, "holidays", Text::kAboutImportHolidays,
            "  dudao import holidays data/holidays-2026.csv",
            [](Office& office, const ImportArguments&, const std::string& text) {
              return office.ImportHolidays(text);
            });
  AddImport(table, *import, "measures", Text::kAboutImportMeasures,
            "  dudao import measures data/measures-default.csv",
            [](Office& office, const ImportArguments&, const std::string& text) {
              return office.ImportMeasures(text);
            });
  AddImport(table, *import, "marks", Text::kAboutImportMarks,
            "  dudao import marks data/sample-marks.csv",
            [](Office& office, const ImportArguments&, const std::string& text) {
              return office.ImportVillageMarks(text);
            });
}

}  // namespace dudao::command
