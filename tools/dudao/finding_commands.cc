#include "finding_commands.h"

#include <cctype>
#include <fstream>
#include <map>

#include "dudao/records/v1/rectification.pb.h"
#include "field_edit.h"
#include "tablet_commands.h"
#include "visit_filters.h"

namespace dudao::command {
namespace {

using nlohmann::json;
using review::v1::FindingRow;

struct FindingArguments {
  std::string finding;
  std::string visit;
  std::string ledger;
  std::string out;
  bool per_township = false;
  review::v1::ListFindingsRequest list;
};
using Arguments = std::shared_ptr<FindingArguments>;

void TellRow(Console& console, const FindingRow& row) {
  std::string line = row.temp_no() + "  " + row.notice_no() + "  " + row.visit_date() + "  " +
                     row.township_name() + " " + row.unit_name() + "  " +
                     EnumForPeople(records::v1::RectificationState_Name(row.state())) + "  " +
                     EnumForPeople(records::v1::FindingLevel_Name(row.level()));
  if (!row.due_date().empty()) line += "  " + row.due_date();
  if (row.light() != review::v1::LIGHT_UNSPECIFIED)
    line += "  " + EnumForPeople(review::v1::Light_Name(row.light()));
  if (row.stale()) line += "  !";
  console.Line(line + "  " + row.problem());
}

json RowJson(const FindingRow& row) {
  json out = MessageToJson(row);
  out["visit_key"] = KeyForPeople(row.visit_key());
  out["state"] = records::v1::RectificationState_Name(row.state());
  out["level"] = records::v1::FindingLevel_Name(row.level());
  out["light"] = review::v1::Light_Name(row.light());
  for (const char* count : {"source_count", "rework_count", "reopened_count", "days_left"}) {
    if (!out.contains(count)) out[count] = 0;
  }
  for (const char* text : {"notice_no", "due_date", "closed_on"}) {
    if (!out.contains(text)) out[text] = "";
  }
  return out;
}

absl::Status List(Invocation& run, FindingOffice& office, const FindingArguments& arguments) {
  const auto page = office.ListFindings(arguments.list);
  if (!page.ok()) return page.status();
  for (const FindingRow& row : page->findings()) {
    TellRow(run.console, row);
    run.console.Emit(RowJson(row));
  }
  run.console.Say(Text::kFindingsListed,
                  {std::to_string(page->findings_size()), std::to_string(page->total_size())});
  if (!page->next_page_token().empty()) {
    run.console.Line("  --page-token " + page->next_page_token());
    run.console.Emit({{"next_page_token", page->next_page_token()}, {"total", page->total_size()}});
  }
  return absl::OkStatus();
}

absl::Status WriteOut(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  return out.flush() ? absl::OkStatus() : absl::UnavailableError("cannot write " + path);
}

absl::Status Keep(Invocation& run, const std::string& wanted, const std::string& name,
                  const std::string& content, int64_t rows) {
  const std::string path = wanted.empty() ? name : wanted;
  if (const absl::Status status = WriteOut(path, content); !status.ok()) return status;
  run.console.Say(Text::kDocumentWritten, {path, HumanBytes(content.size())});
  run.console.Emit({{"file", path}, {"bytes", content.size()}, {"rows", rows}});
  return absl::OkStatus();
}

absl::Status Export(Invocation& run, FindingOffice& office, const FindingArguments& arguments) {
  review::v1::ExportLedgerRequest request;
  request.set_kind(arguments.ledger == "findings"   ? review::v1::LEDGER_KIND_FINDINGS
                   : arguments.ledger == "visits"   ? review::v1::LEDGER_KIND_VISITS
                   : arguments.ledger == "coverage" ? review::v1::LEDGER_KIND_COVERAGE
                                                    : review::v1::LEDGER_KIND_ACCESS);
  *request.mutable_filter() = arguments.list.filter();
  request.set_sheet_per_township(arguments.per_township);
  const auto made = office.ExportLedger(request);
  if (!made.ok()) return made.status();
  return Keep(run, arguments.out, made->file_name(), made->content(), made->rows());
}

absl::Status Notice(Invocation& run, FindingOffice& office, const FindingArguments& arguments) {
  const auto found = office.Find(arguments.finding);
  if (!found.ok()) return found.status();
  review::v1::RenderNoticeRequest request;
  request.set_space(found->row().space());
  request.set_finding_id(found->row().finding_id());
  const auto made = office.RenderNotice(request);
  if (!made.ok()) return made.status();
  return Keep(run, arguments.out, made->file_name(), made->content(), 1);
}

absl::Status Paper(Invocation& run, FindingOffice& office, const FindingArguments& arguments) {
  const size_t slash = arguments.visit.find('/');
  if (slash == std::string::npos) return absl::InvalidArgumentError("name the visit as SPACE/KEY");
  review::v1::RenderVisitRequest request;
  request.set_space(arguments.visit.substr(0, slash));
  request.set_key(KeyFromPeople(arguments.visit.substr(slash + 1)));
  const auto made = office.RenderVisit(request);
  if (!made.ok()) return made.status();
  return Keep(run, arguments.out, made->file_name(), made->content(), 1);
}

// A value of an enum from what people write: its short name in lower case, or its Chinese one.
template <typename Enum>
void AddEnum(CommandTable& table, CLI::App& sub, const char* option, Text about,
             const google::protobuf::EnumDescriptor* type, std::function<void(Enum)> set) {
  std::map<std::string, Enum> names;
  std::string prefix = type->value(0)->name();
  prefix = prefix.substr(0, prefix.size() - std::string("UNSPECIFIED").size());
  for (int i = 0; i < type->value_count(); ++i) {
    const std::string name = type->value(i)->name();
    std::string brief = name.substr(prefix.size());
    for (char& c : brief) c = c == '_' ? '-' : static_cast<char>(std::tolower(c));
    names[brief] = static_cast<Enum>(type->value(i)->number());
    names[EnumForPeople(name)] = static_cast<Enum>(type->value(i)->number());
  }
  sub.add_option_function<std::string>(
         option, [set, names](const std::string& value) { set(names.at(value)); },
         table.Words(about))
      ->check([names](const std::string& value) {
        return names.contains(value) ? std::string() : "unknown: " + value;
      });
}

void AddFilter(CommandTable& table, CLI::App& sub, const Arguments& arguments) {
  review::v1::FindingFilter& filter = *arguments->list.mutable_filter();
  AddEnum<review::v1::FindingView>(table, sub, "--view", Text::kOptionFindingView,
                                   review::v1::FindingView_descriptor(),
                                   [&filter](auto value) { filter.set_view(value); });
  AddEnum<records::v1::RectificationState>(table, sub, "--state", Text::kOptionState,
                                           records::v1::RectificationState_descriptor(),
                                           [&filter](auto value) { filter.set_state(value); });
  AddEnum<records::v1::FindingLevel>(table, sub, "--level", Text::kOptionLevel,
                                     records::v1::FindingLevel_descriptor(),
                                     [&filter](auto value) { filter.set_level(value); });
  AddEnum<review::v1::Light>(table, sub, "--light", Text::kOptionLight,
                             review::v1::Light_descriptor(),
                             [&filter](auto value) { filter.set_light(value); });
  AddVisitFilters(table, sub, filter);
  sub.add_option_function<std::string>(
      "--area", [&filter](const std::string& v) { filter.set_area(v); },
      table.Words(Text::kOptionArea));
}

void AddListing(CommandTable& table, CLI::App& review, const Arguments& arguments) {
  CLI::App* list = AddFindingWork(
      table, review, "findings", Text::kAboutFindings,
      "  dudao review findings --view todo\n  dudao review findings --light red --unit 140824103",
      [arguments](Invocation& run, FindingOffice& office) {
        return List(run, office, *arguments);
      });
  AddFilter(table, *list, arguments);
  review::v1::ListFindingsRequest& request = arguments->list;
  AddEnum<review::v1::FindingOrder>(table, *list, "--order", Text::kOptionFindingOrder,
                                    review::v1::FindingOrder_descriptor(),
                                    [&request](auto value) { request.set_order(value); });
  list->add_flag_callback(
      "--reversed", [&request] { request.set_reversed(true); }, table.Words(Text::kOptionReversed));
  list->add_option_function<int32_t>(
      "--page-size", [&request](const int32_t& v) { request.set_page_size(v); },
      table.Words(Text::kOptionPageSize));
  list->add_option_function<std::string>(
      "--page-token", [&request](const std::string& v) { request.set_page_token(v); },
      table.Words(Text::kOptionPageToken));
}

}  // namespace

CLI::App* AddFindingWork(CommandTable& table, CLI::App& parent, const char* name, Text about,
                         const std::string& examples, FindingWork work) {
  CLI::App* sub = table.Add(parent, name, about, examples);
  table.OnRun(sub, [work = std::move(work)](Invocation& run) {
    const auto office = OpenFindingOffice(run.session_file);
    if (!office.ok()) return run.console.Fail(office.status());
    const absl::Status done = work(run, **office);
    return done.ok() ? Exit::kOk : run.console.Fail(done);
  });
  return sub;
}

void TellFinding(Console& console, const review::v1::GetFindingResponse& finding) {
  TellRow(console, finding.row());
  for (const auto& step : finding.rectification().steps()) {
    console.Line("  " + LocalMoment(step.at_ms()) + "  " +
                 EnumForPeople(records::v1::RectificationState_Name(step.to())) + "  " + step.by() +
                 "  " + step.reason());
  }
  for (const auto& look : finding.look_backs()) {
    console.Line("  " + look.date() + "  " + look.visit_temp_no() + "  " + look.checker_id() +
                 "  " + EnumForPeople(records::v1::LookbackResult_Name(look.result())));
  }
  json out = {{"row", RowJson(finding.row())},
              {"rectification", MessageToJson(finding.rectification())},
              {"actions", json::array()},
              {"look_backs", json::array()},
              {"merged", json::array()},
              {"stale", finding.stale()},
              {"due_if_issued", finding.due_if_issued()},
              {"due_provisional", finding.due_provisional()}};
  for (const std::string& action : finding.actions()) out["actions"].push_back(action);
  for (const auto& look : finding.look_backs()) out["look_backs"].push_back(MessageToJson(look));
  for (const auto& merged : finding.merged()) out["merged"].push_back(RowJson(merged));
  console.Emit(out);
}

void AddFindingCommands(CommandTable& table, CLI::App& review) {
  auto arguments = std::make_shared<FindingArguments>();
  AddListing(table, review, arguments);
  const auto with_out = [&](CLI::App* sub) {
    sub->add_option("--out", arguments->out, table.Words(Text::kOptionDocumentOut));
    return sub;
  };
  CLI::App* show = AddFindingWork(table, review, "finding", Text::kAboutFinding,
                                  "  dudao review finding D2-0921-01-F1",
                                  [arguments](Invocation& run, FindingOffice& office) {
                                    const auto found = office.Find(arguments->finding);
                                    if (found.ok()) TellFinding(run.console, *found);
                                    return found.status();
                                  });
  CLI::App* notice =
      with_out(AddFindingWork(table, review, "notice", Text::kAboutNotice,
                              "  dudao review notice 稷督整〔2026〕1号 --out 通知书.docx",
                              [arguments](Invocation& run, FindingOffice& office) {
                                return Notice(run, office, *arguments);
                              }));
  for (CLI::App* sub : {show, notice})
    sub->add_option("FINDING", arguments->finding, table.Words(Text::kOptionFindingNamed))
        ->required();
  CLI::App* paper = with_out(AddFindingWork(table, review, "paper", Text::kAboutPaper,
                                            "  dudao review paper team-d2-2026/0x12ab",
                                            [arguments](Invocation& run, FindingOffice& office) {
                                              return Paper(run, office, *arguments);
                                            }));
  paper->add_option("VISIT", arguments->visit, table.Words(Text::kOptionVisit))->required();
  CLI::App* ledger =
      with_out(AddFindingWork(table, review, "export", Text::kAboutExport,
                              "  dudao review export findings --out 台账.xlsx --sheet-per-township",
                              [arguments](Invocation& run, FindingOffice& office) {
                                return Export(run, office, *arguments);
                              }));
  ledger->add_option("LEDGER", arguments->ledger, table.Words(Text::kOptionLedger))
      ->required()
      ->check(CLI::IsMember({"findings", "visits", "coverage", "access"}));
  ledger->add_flag("--sheet-per-township", arguments->per_township,
                   table.Words(Text::kOptionPerTownship));
  AddFilter(table, *ledger, arguments);
  AddFindingDecisions(table, review);
}

}  // namespace dudao::command
