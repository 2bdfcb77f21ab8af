// `tablet list`, `show`, `history`, `drafts`, `board`, `check`, `status`: reading.
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "field_edit.h"
#include "tablet_commands.h"

namespace dudao::command {

std::string LocalMoment(int64_t unix_ms) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMillis(unix_ms),
                          absl::FixedTimeZone(8 * 60 * 60));
}

namespace {

using nlohmann::json;

using TabletWork =
    std::function<absl::Status(Invocation&, Tablet&, const std::vector<std::string>&)>;

// A subcommand with positional words, the first `required` of them compulsory.
void AddReading(CommandTable& table, CLI::App& parent, const std::string& database,
                const char* name, Text about, const std::string& examples,
                const std::vector<Text>& words, size_t required, TabletWork work) {
  CLI::App* sub = table.Add(parent, name, about, examples);
  auto given = std::make_shared<std::vector<std::string>>(words.size());
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string label = "WORD" + std::to_string(i + 1);
    CLI::Option* option = sub->add_option(label, (*given)[i], table.Words(words[i]));
    if (i < required) option->required();
  }
  table.OnRun(sub, [&database, given, work](Invocation& run) {
    return WithTablet(run, database, [&](Tablet& tablet) { return work(run, tablet, *given); });
  });
}

absl::Status List(Invocation& run, Tablet& tablet, const std::string& text) {
  client::v1::ListRecordsRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_type_id(kVisitType);
  request.set_text(text);
  request.set_page_size(1000);
  do {
    const auto page = tablet.core().ListRecords(request);
    if (!page.ok()) return page.status();
    for (const auto& summary : page->records()) {
      records::v1::Visit visit;
      if (!visit.ParseFromString(summary.message())) continue;
      const std::string state = EnumForPeople(records::v1::VisitState_Name(visit.state()));
      run.console.Line(visit.temp_no() + "  " + visit.visit_date() + "  " + visit.unit_code() +
                       "  " + state + (summary.has_conflict() ? "  !" : ""));
      run.console.Emit({{"key", KeyForPeople(summary.record().key())},
                        {"temp_no", visit.temp_no()},
                        {"visit_date", visit.visit_date()},
                        {"unit_code", visit.unit_code()},
                        {"state", records::v1::VisitState_Name(visit.state())},
                        {"has_conflict", summary.has_conflict()}});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status Show(Invocation& run, Tablet& tablet, const std::string& named) {
  const auto key = FindVisit(tablet, named);
  if (!key.ok()) return key.status();
  client::v1::GetRecordRequest request;
  *request.mutable_record() = tablet.VisitRef(*key);
  const auto got = tablet.core().GetRecord(request);
  if (!got.ok()) return got.status();
  const json visit = RecordToJson(kVisitType, got->message());
  json conflicts = json::array();
  for (const auto& conflict : got->conflicts()) conflicts.push_back(ConflictToJson(conflict));
  if (!run.console.json()) run.console.Line(visit.dump(2));
  run.console.Say(Text::kConflictsLeft, {std::to_string(conflicts.size())});
  run.console.Emit({{"key", KeyForPeople(*key)},
                    {"exists", got->exists()},
                    {"revision", got->revision()},
                    {"visit", visit},
                    {"conflicts", conflicts}});
  return absl::OkStatus();
}

absl::Status History(Invocation& run, Tablet& tablet, const std::string& named,
                     const std::string& path) {
  const auto key = FindVisit(tablet, named);
  if (!key.ok()) return key.status();
  client::v1::ListHistoryRequest request;
  *request.mutable_record() = tablet.VisitRef(*key);
  request.set_path(path);
  request.set_page_size(1000);
  do {
    const auto page = tablet.core().ListHistory(request);
    if (!page.ok()) return page.status();
    for (const auto& entry : page->entries()) {
      run.console.Line(LocalMoment(entry.time_ms()) + "  " + entry.author() + "  " + entry.path() +
                       " = " + (entry.absent() ? "-" : entry.text()));
      run.console.Emit({{"path", entry.path()},
                        {"value", ValueToJson(entry.value())},
                        {"text", entry.text()},
                        {"absent", entry.absent()},
                        {"author", entry.author()},
                        {"time_ms", entry.time_ms()},
                        {"resolves", entry.resolves()},
                        {"clock_doubt", entry.clock_doubt()}});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status Drafts(Invocation& run, Tablet& tablet) {
  const auto listed = tablet.core().ListDrafts({});
  if (!listed.ok()) return listed.status();
  for (const auto& draft : listed->drafts()) {
    const std::string key = KeyForPeople(draft.record().key());
    run.console.Say(Text::kDraftLine, {key, std::to_string(draft.pending_fields()),
                                       LocalMoment(draft.edited_at_ms())});
    run.console.Emit({{"key", key},
                      {"form", draft.form_id()},
                      {"pending_fields", draft.pending_fields()},
                      {"edited_at_ms", draft.edited_at_ms()}});
  }
  return absl::OkStatus();
}

absl::Status Board(Invocation& run, Tablet& tablet, const std::string& month) {
  client::v1::GetMonthBoardRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_office_space(tablet.profile().office_space);
  request.set_team_id(tablet.profile().team_id);
  request.set_month(month);
  const auto board = tablet.core().GetMonthBoard(request);
  if (!board.ok()) return board.status();
  const auto mark = [](bool met) { return std::string(met ? "✓" : "✗"); };
  run.console.Say(Text::kBoardLine,
                  {board->month(), tablet.profile().team_id, std::to_string(board->days_counted()),
                   std::to_string(board->quota()), mark(board->quota_met()),
                   mark(board->first_half_filled()), mark(board->second_half_filled())});
  for (const auto& visit : board->visits()) {
    run.console.Line("  " + visit.temp_no() + "  " + visit.visit_date() + "  " + visit.unit_code() +
                     "  " + EnumForPeople(records::v1::VisitState_Name(visit.state())) + "  " +
                     std::to_string(visit.minutes()) + " min" + (visit.counts() ? "" : "  -"));
  }
  json out = MessageToJson(*board);
  for (const char* name :
       {"days_counted", "quota_met", "first_half_filled", "second_half_filled"}) {
    if (!out.contains(name))
      out[name] = name == std::string("days_counted") ? json(0) : json(false);
  }
  run.console.Emit(out);
  return absl::OkStatus();
}

absl::Status Check(Invocation& run, Tablet& tablet, const std::string& named) {
  const auto key = FindVisit(tablet, named);
  if (!key.ok()) return key.status();
  client::v1::CheckVisitRequest request;
  *request.mutable_record() = tablet.VisitRef(*key);
  request.set_office_space(tablet.profile().office_space);
  const auto checked = tablet.core().CheckVisit(request);
  if (!checked.ok()) return checked.status();
  TellIssues(run.console, checked->issues());
  run.console.Say(checked->ready() ? Text::kReadyToSubmit : Text::kNotReady);
  json issues = json::array();
  for (const auto& issue : checked->issues()) issues.push_back(MessageToJson(issue));
  run.console.Emit({{"ready", checked->ready()}, {"issues", issues}});
  return absl::OkStatus();
}

absl::Status Status(Invocation& run, Tablet& tablet) {
  const auto status = tablet.core().GetStatus({});
  if (!status.ok()) return status.status();
  json out = MessageToJson(*status);
  out["spaces"] = json::array();
  for (const auto& space : status->spaces()) {
    const auto digest = tablet.Digest(space.space());
    if (!digest.ok()) return digest.status();
    out["spaces"].push_back({{"space", space.space()},
                             {"unsent_changes", space.unsent_changes()},
                             {"records", space.records()},
                             {"changes", space.changes()},
                             {"conflicts", space.conflicts()},
                             {"set_aside", space.set_aside_size()},
                             {"digest", Hex(*digest)}});
    run.console.Say(
        Text::kSpaceLine,
        {space.space(), std::to_string(space.records()), std::to_string(space.unsent_changes()),
         std::to_string(space.conflicts()), Hex(*digest).substr(0, 12)});
    for (const auto& aside : space.set_aside()) {
      run.console.Line(
          "  ! " + aside.reason() + "  " +
          (run.console.language() == Language::kEnglish ? aside.text_en() : aside.text_zh()));
    }
  }
  out["drafts"] = status->drafts();
  out["unsent_blobs"] = status->unsent_blobs();
  run.console.Say(Text::kTabletLine,
                  {status->person_id(), std::to_string(status->drafts()),
                   std::to_string(status->unsent_blobs()), HumanBytes(status->database_bytes())});
  run.console.Emit(out);
  return absl::OkStatus();
}

}  // namespace

void TellIssues(Console& console,
                const google::protobuf::RepeatedPtrField<client::v1::VisitIssue>& issues) {
  for (const auto& issue : issues) {
    const std::string mark = issue.blocking() ? "  ✗ " : "  - ";
    if (console.language() != Language::kEnglish) console.Line(mark + issue.text_zh());
    if (console.language() != Language::kChinese) console.Line(mark + issue.text_en());
  }
}

void AddReadingCommands(CommandTable& table, CLI::App& parent, const std::string& database) {
  using Words = std::vector<std::string>;
  AddReading(table, parent, database, "list", Text::kAboutTabletList,
             "  dudao tablet --tablet li.db list", {Text::kOptionText}, 0,
             [](Invocation& r, Tablet& t, const Words& w) { return List(r, t, w[0]); });
  AddReading(table, parent, database, "show", Text::kAboutTabletShow,
             "  dudao tablet --tablet li.db show D2-0921-01", {Text::kOptionVisit}, 1,
             [](Invocation& r, Tablet& t, const Words& w) { return Show(r, t, w[0]); });
  AddReading(table, parent, database, "history", Text::kAboutTabletHistory,
             "  dudao tablet --tablet li.db history D2-0921-01 'findings[f1].level'",
             {Text::kOptionVisit, Text::kOptionPath}, 1,
             [](Invocation& r, Tablet& t, const Words& w) { return History(r, t, w[0], w[1]); });
  AddReading(table, parent, database, "drafts", Text::kAboutTabletDrafts,
             "  dudao tablet --tablet li.db drafts", {}, 0,
             [](Invocation& r, Tablet& t, const Words&) { return Drafts(r, t); });
  AddReading(table, parent, database, "board", Text::kAboutTabletBoard,
             "  dudao tablet --tablet li.db board 2026-09", {Text::kOptionMonth}, 0,
             [](Invocation& r, Tablet& t, const Words& w) { return Board(r, t, w[0]); });
  AddReading(table, parent, database, "check", Text::kAboutTabletCheck,
             "  dudao tablet --tablet li.db check D2-0921-01", {Text::kOptionVisit}, 1,
             [](Invocation& r, Tablet& t, const Words& w) { return Check(r, t, w[0]); });
  AddReading(table, parent, database, "status", Text::kAboutTabletStatus,
             "  dudao tablet --tablet li.db status", {}, 0,
             [](Invocation& r, Tablet& t, const Words&) { return Status(r, t); });
}

}  // namespace dudao::command
