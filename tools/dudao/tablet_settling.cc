// `tablet sync`, `conflicts`, `resolve`, `submit`, `supplement`: coming together.
#include <algorithm>
#include <memory>

#include "absl/status/status.h"
#include "field_edit.h"
#include "tablet_commands.h"

namespace dudao::command {
namespace {

using nlohmann::json;

struct SyncArguments {
  bool without_files = false;
  std::vector<std::string> spaces;
};

Exit Sync(Invocation& run, const std::string& database, const SyncArguments& arguments) {
  const auto tablet = OpenTablet(run, database);
  if (!tablet.ok()) return run.console.Fail(tablet.status());
  const auto outcome = (*tablet)->Sync(arguments.spaces, !arguments.without_files);
  if (!outcome.ok()) return run.console.Fail(outcome.status());
  const auto& progress = outcome->progress;
  run.console.Say(
      outcome->finished.ok() ? Text::kSynced : Text::kSyncIncomplete,
      {std::to_string(progress.changes_sent()), std::to_string(progress.changes_received()),
       std::to_string(progress.blobs_sent()), HumanBytes(progress.bytes_up()),
       HumanBytes(progress.bytes_down())});
  for (const auto& space : outcome->finished.spaces()) {
    if (!space.ok())
      run.console.Line("  " + space.space() + ": " + space.reason() + " " + space.message());
    for (const auto& aside : space.set_aside()) {
      run.console.Say(Text::kSetAside, {aside.reason(), aside.text_zh(), aside.text_en()});
    }
  }
  run.console.Emit(SyncToJson(*outcome));
  return outcome->finished.ok() ? Exit::kOk : Exit::kFailure;
}

void AddSync(CommandTable& table, CLI::App& parent, const std::string& database) {
  CLI::App* sub =
      table.Add(parent, "sync", Text::kAboutTabletSync, "  dudao tablet --tablet li.db sync");
  auto arguments = std::make_shared<SyncArguments>();
  sub->add_flag("--no-files", arguments->without_files, table.Words(Text::kOptionNoFiles));
  sub->add_option("--space", arguments->spaces, table.Words(Text::kOptionSpaceName));
  table.OnRun(sub,
              [&database, arguments](Invocation& run) { return Sync(run, database, *arguments); });
}

absl::Status TellConflicts(Invocation& run, Tablet& tablet) {
  client::v1::ListConflictsRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_page_size(1000);
  size_t count = 0;
  do {
    const auto page = tablet.core().ListConflicts(request);
    if (!page.ok()) return page.status();
    for (const auto& entry : page->records()) {
      const std::string key = KeyForPeople(entry.record().key());
      const auto visit = tablet.ReadVisit(entry.record().key());
      const std::string name = visit.ok() ? visit->temp_no() : key;
      for (const auto& conflict : entry.conflicts()) {
        ++count;
        TellConflict(run.console, name, conflict);
        json out = ConflictToJson(conflict);
        out["key"] = key;
        out["visit"] = name;
        run.console.Emit(out);
      }
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  run.console.Say(Text::kConflictsLeft, {std::to_string(count)});
  return absl::OkStatus();
}

struct ResolveArguments {
  std::string visit;
  std::string path;
  std::string choice;
};

// N: the N-th value as `conflicts` lists them, or "=value" for another one.
absl::Status Choose(const client::v1::FieldConflict& conflict, const std::string& choice,
                    client::v1::ResolveConflictRequest& request) {
  if (!choice.empty() && choice[0] == '=') {
    const auto* field = FieldAt(kVisitType, conflict.path());
    if (field == nullptr) return absl::InvalidArgumentError("no field " + conflict.path());
    auto value = ParseValue(*field, choice.substr(1));
    if (!value.ok()) return value.status();
    *request.mutable_value() = *std::move(value);
    return absl::OkStatus();
  }
  const int number = std::atoi(choice.c_str());
  if (number < 1 || number > conflict.values_size()) {
    return absl::InvalidArgumentError("choose 1 to " + std::to_string(conflict.values_size()) +
                                      ", or =value");
  }
  request.set_version(conflict.values(number - 1).version());
  return absl::OkStatus();
}

absl::Status Resolve(Invocation& run, Tablet& tablet, const ResolveArguments& arguments) {
  const auto key = FindVisit(tablet, arguments.visit);
  if (!key.ok()) return key.status();
  client::v1::GetRecordRequest get;
  *get.mutable_record() = tablet.VisitRef(*key);
  const auto got = tablet.core().GetRecord(get);
  if (!got.ok()) return got.status();
  client::v1::ResolveConflictRequest request;
  *request.mutable_record() = get.record();
  request.set_path(arguments.path);
  request.mutable_basis()->set_context(got->context());
  const auto& conflicts = got->conflicts();
  const auto found = std::find_if(conflicts.begin(), conflicts.end(), [&](const auto& conflict) {
    return conflict.path() == arguments.path;
  });
  if (found == conflicts.end()) return absl::NotFoundError("no conflict at " + arguments.path);
  if (const absl::Status chosen = Choose(*found, arguments.choice, request); !chosen.ok())
    return chosen;
  const auto resolved = tablet.core().ResolveConflict(request);
  if (!resolved.ok()) return resolved.status();
  run.console.Say(Text::kResolved, {arguments.path, std::to_string(resolved->conflicts_size())});
  run.console.Emit({{"resolved", arguments.path}, {"conflicts_left", resolved->conflicts_size()}});
  return absl::OkStatus();
}

void AddResolve(CommandTable& table, CLI::App& parent, const std::string& database) {
  CLI::App* sub =
      table.Add(parent, "resolve", Text::kAboutTabletResolve,
                "  dudao tablet --tablet li.db resolve D2-0921-01 'findings[f1].level' 1\n"
                "  dudao tablet --tablet li.db resolve D2-0921-01 note '=雨天，路滑'");
  auto arguments = std::make_shared<ResolveArguments>();
  sub->add_option("VISIT", arguments->visit, table.Words(Text::kOptionVisit))->required();
  sub->add_option("PATH", arguments->path, table.Words(Text::kOptionPath))->required();
  sub->add_option("CHOICE", arguments->choice, table.Words(Text::kOptionChoice))->required();
  table.OnRun(sub, [&database, arguments](Invocation& run) {
    return WithTablet(run, database,
                      [&](Tablet& tablet) { return Resolve(run, tablet, *arguments); });
  });
}

absl::Status Submit(Invocation& run, Tablet& tablet, const std::string& named) {
  const auto key = FindVisit(tablet, named);
  if (!key.ok()) return key.status();
  client::v1::SubmitVisitRequest request;
  *request.mutable_record() = tablet.VisitRef(*key);
  request.set_office_space(tablet.profile().office_space);
  const auto submitted = tablet.core().SubmitVisit(request);
  if (!submitted.ok()) return submitted.status();
  TellIssues(run.console, submitted->issues());
  json issues = json::array();
  for (const auto& issue : submitted->issues()) issues.push_back(MessageToJson(issue));
  run.console.Emit({{"submitted", submitted->submitted()}, {"issues", issues}});
  if (!submitted->submitted())
    return absl::FailedPreconditionError("VISIT_NOT_SUBMITTED: " + named);
  run.console.Say(Text::kSubmitted, {named});
  return absl::OkStatus();
}

struct SupplementArguments {
  std::string visit;
  std::string text;
  std::string finding;
};

absl::Status Supplement(Invocation& run, Tablet& tablet, const SupplementArguments& arguments) {
  const auto key = FindVisit(tablet, arguments.visit);
  if (!key.ok()) return key.status();
  client::v1::AddSupplementRequest request;
  *request.mutable_record() = tablet.VisitRef(*key);
  request.set_text(arguments.text);
  request.set_finding_id(arguments.finding);
  const auto added = tablet.core().AddSupplement(request);
  if (!added.ok()) return added.status();
  run.console.Say(Text::kSupplemented, {arguments.visit});
  run.console.Emit({{"supplement", added->supplement_id()}});
  return absl::OkStatus();
}

}  // namespace

void TellValue(Console& console, int number, const ShownValue& value) {
  std::string text = EnumForPeople(value.text);
  if (value.absent) text = TextIn(console.language(), Text::kValueAbsent, {}, " ");
  if (text.empty()) text = TextIn(console.language(), Text::kValuePresent, {}, " ");
  console.Line("  " + std::to_string(number) + (value.shown ? " * " : "   ") + text + "  (" +
               value.author + ", " + LocalMoment(value.time_ms) + (value.clock_doubt ? " ?" : "") +
               ")");
}

void TellConflict(Console& console, const std::string& record,
                  const client::v1::FieldConflict& conflict) {
  console.Line(record + "  " + (conflict.path().empty() ? "*" : conflict.path()));
  int number = 0;
  for (const auto& value : conflict.values()) {
    TellValue(console, ++number,
              {value.text(), value.author(), value.time_ms(), value.absent(), value.clock_doubt(),
               value.shown()});
  }
}

void AddSyncCommands(CommandTable& table, CLI::App& parent, const std::string& database) {
  AddSync(table, parent, database);
}

void AddConflictCommands(CommandTable& table, CLI::App& parent, const std::string& database) {
  CLI::App* sub = table.Add(parent, "conflicts", Text::kAboutTabletConflicts,
                            "  dudao tablet --tablet li.db conflicts");
  table.OnRun(sub, [&database](Invocation& run) {
    return WithTablet(run, database, [&](Tablet& tablet) { return TellConflicts(run, tablet); });
  });
  AddResolve(table, parent, database);
}

void AddSubmitCommands(CommandTable& table, CLI::App& parent, const std::string& database) {
  CLI::App* submit = table.Add(parent, "submit", Text::kAboutTabletSubmit,
                               "  dudao tablet --tablet li.db submit D2-0921-01");
  auto visit = std::make_shared<std::string>();
  submit->add_option("VISIT", *visit, table.Words(Text::kOptionVisit))->required();
  table.OnRun(submit, [&database, visit](Invocation& run) {
    return WithTablet(run, database, [&](Tablet& tablet) { return Submit(run, tablet, *visit); });
  });
  CLI::App* supplement =
      table.Add(parent, "supplement", Text::kAboutTabletSupplement,
                "  dudao tablet --tablet li.db supplement D2-0921-01 已补交照片 --finding f1");
  auto arguments = std::make_shared<SupplementArguments>();
  supplement->add_option("VISIT", arguments->visit, table.Words(Text::kOptionVisit))->required();
  supplement->add_option("TEXT", arguments->text, table.Words(Text::kOptionWords))->required();
  supplement->add_option("--finding", arguments->finding, table.Words(Text::kOptionFinding));
  table.OnRun(supplement, [&database, arguments](Invocation& run) {
    return WithTablet(run, database,
                      [&](Tablet& tablet) { return Supplement(run, tablet, *arguments); });
  });
}

}  // namespace dudao::command
