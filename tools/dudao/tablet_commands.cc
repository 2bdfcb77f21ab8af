// `dudao tablet ...`: a tablet in a terminal, over one database file.
#include "tablet_commands.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "command_table.h"
#include "dudao/client/reason.h"
#include "failure.h"
#include "field_edit.h"
#include "password.h"

namespace dudao::command {

using nlohmann::json;

namespace {

// Where the PIN is read from; lives as long as the command line, like the name of the database.
std::string& PinFile() {
  static auto& file = *new std::string();
  return file;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tablet>> OpenTablet(Invocation& run, const std::string& database) {
  const auto profile = LoadProfile(database);
  if (!profile.ok()) return profile.status();
  if (PinFile().empty()) {
    auto tablet = Tablet::Open(database, *profile, run.clock);
    const bool asks = Explain(tablet.status()).reason == client::kPinNeeded;
    if (!asks || isatty(STDIN_FILENO) != 1) return tablet;
  }
  const auto pin = TakePassword(run.console, PinFile(), Text::kPromptPin);
  if (!pin.ok()) return pin.status();
  return Tablet::Open(database, *profile, run.clock, *pin);
}

Exit WithTablet(Invocation& run, const std::string& database,
                const std::function<absl::Status(Tablet&)>& work) {
  const auto tablet = OpenTablet(run, database);
  if (!tablet.ok()) return run.console.Fail(tablet.status());
  const absl::Status done = work(**tablet);
  return done.ok() ? Exit::kOk : run.console.Fail(done);
}

absl::StatusOr<std::string> FindVisit(Tablet& tablet, const std::string& named) {
  if (named.rfind("0x", 0) == 0) return KeyFromPeople(named);
  client::v1::ListRecordsRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_type_id(kVisitType);
  request.set_page_size(1000);
  while (true) {
    const auto page = tablet.core().ListRecords(request);
    if (!page.ok()) return page.status();
    for (const auto& summary : page->records()) {
      records::v1::Visit visit;
      const bool read = visit.ParseFromString(summary.message());
      if (summary.record().key() == named || (read && visit.temp_no() == named))
        return summary.record().key();
    }
    if (page->next_page_token().empty())
      return absl::NotFoundError("no visit " + named + " on this tablet");
    request.set_page_token(page->next_page_token());
  }
}

json ConflictToJson(const client::v1::FieldConflict& conflict) {
  json out = {{"path", conflict.path()}, {"values", json::array()}};
  for (const auto& value : conflict.values()) {
    out["values"].push_back({{"version", value.version()},
                             {"value", ValueToJson(value.value())},
                             {"text", value.text()},
                             {"absent", value.absent()},
                             {"author", value.author()},
                             {"time_ms", value.time_ms()},
                             {"clock_doubt", value.clock_doubt()},
                             {"shown", value.shown()}});
  }
  return out;
}

namespace {

json PlaceToJson(const records::v1::Place& place) {
  return {{"code", place.code()}, {"name", place.display_name()}, {"parent", place.parent_code()}};
}

absl::StatusOr<std::vector<records::v1::Place>> SearchPlaces(Tablet& tablet,
                                                             const std::string& text) {
  client::v1::SearchPlacesRequest request;
  request.set_office_space(tablet.profile().office_space);
  request.set_text(text);
  const auto found = tablet.core().SearchPlaces(request);
  if (!found.ok()) return found.status();
  return std::vector<records::v1::Place>(found->places().begin(), found->places().end());
}

void AddSearch(CommandTable& table, CLI::App& parent, const std::string& database) {
  CLI::App* sub = table.Add(parent, "search", Text::kAboutTabletSearch,
                            "  dudao tablet --tablet li.db search zdc");
  auto text = std::make_shared<std::string>();
  sub->add_option("TEXT", *text, table.Words(Text::kOptionPlace))->required();
  table.OnRun(sub, [&database, text](Invocation& run) {
    return WithTablet(run, database, [&](Tablet& tablet) -> absl::Status {
      const auto places = SearchPlaces(tablet, *text);
      if (!places.ok()) return places.status();
      for (const auto& place : *places) {
        run.console.Line(place.code() + "  " + place.display_name());
        run.console.Emit(PlaceToJson(place));
      }
      return absl::OkStatus();
    });
  });
}

// The one place that is meant: a code, or a text that only one place answers to.
absl::StatusOr<std::string> PlaceMeant(Invocation& run, Tablet& tablet, const std::string& text) {
  const auto places = SearchPlaces(tablet, text);
  if (!places.ok()) return places.status();
  if (places->empty()) return absl::NotFoundError("no place answers to \"" + text + "\"");
  std::vector<records::v1::Place> exact;
  for (const auto& place : *places) {
    const bool same = place.code() == text || place.display_name() == text ||
                      place.pinyin_initials() == text || place.pinyin_full() == text;
    if (same) exact.push_back(place);
  }
  const auto& candidates = exact.empty() ? *places : exact;
  if (candidates.size() == 1) return candidates.front().code();
  run.console.Say(Text::kSeveralPlaces, {text});
  for (const auto& place : candidates)
    run.console.Line("  " + place.code() + "  " + place.display_name());
  return absl::FailedPreconditionError("several places answer to \"" + text + "\"; give the code");
}

void AddNewVisit(CommandTable& table, CLI::App& parent, const std::string& database) {
  CLI::App* sub = table.Add(parent, "new-visit", Text::kAboutTabletNewVisit,
                            "  dudao tablet --tablet li.db new-visit 140824103200 --inspector p08\n"
                            "  dudao tablet --tablet li.db new-visit zdc");
  auto place = std::make_shared<std::string>();
  auto others = std::make_shared<std::vector<std::string>>();
  auto date = std::make_shared<std::string>();
  sub->add_option("VILLAGE", *place, table.Words(Text::kOptionPlace))->required();
  sub->add_option("--inspector", *others, table.Words(Text::kOptionInspector));
  sub->add_option("--date", *date, table.Words(Text::kOptionDate));
  table.OnRun(sub, [&database, place, others, date](Invocation& run) {
    return WithTablet(run, database, [&](Tablet& tablet) -> absl::Status {
      const auto code = PlaceMeant(run, tablet, *place);
      if (!code.ok()) return code.status();
      const auto made = NewVisit(tablet, *code, *others, *date);
      if (!made.ok()) return made.status();
      const std::string key = KeyForPeople(made->record().key());
      run.console.Say(Text::kVisitStarted, {made->visit().temp_no(), key});
      json visit = MessageToJson(made->visit());
      run.console.Emit({{"key", key}, {"temp_no", made->visit().temp_no()}, {"visit", visit}});
      return absl::OkStatus();
    });
  });
}

}  // namespace

absl::StatusOr<client::v1::NewVisitResponse> NewVisit(Tablet& tablet, const std::string& unit_code,
                                                      const std::vector<std::string>& others,
                                                      const std::string& date) {
  client::v1::NewVisitRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_office_space(tablet.profile().office_space);
  request.set_team_id(tablet.profile().team_id);
  request.set_unit_code(unit_code);
  request.set_visit_date(date);
  if (!others.empty()) request.add_inspector_ids(tablet.profile().person_id);
  for (const std::string& person : others) request.add_inspector_ids(person);
  auto made = tablet.core().NewVisit(request);
  if (!made.ok()) return made.status();
  client::v1::CloseFormRequest close;
  close.set_form_id(made->form_id());
  const auto closed = tablet.core().CloseForm(close);
  if (!closed.ok()) return closed.status();
  return made;
}

void AddTabletCommands(CommandTable& table) {
  CLI::App* tablet = table.Add(
      table.root(), "tablet", Text::kAboutTablet,
      "  dudao tablet --tablet li.db enrol ABCD-EFGH-JKMN --server 127.0.0.1:7447\n"
      "  dudao tablet --tablet li.db sync\n"
      "  dudao tablet --tablet li.db new-visit 140824103200 --inspector p08\n"
      "  dudao tablet --tablet li.db edit D2-0921-01 'check_items[B5].result=NO' note=雨天");
  tablet->require_subcommand(1);
  // Lives as long as the command line: the actions read it after parsing.
  static std::string& database = *new std::string();
  tablet->add_option("--tablet", database, table.Words(Text::kOptionTablet))
      ->required()
      ->envname("DUDAO_TABLET");
  tablet->add_option("--pin-file", PinFile(), table.Words(Text::kOptionPinFile))
      ->envname("DUDAO_PIN_FILE");
  AddIdentityCommands(table, *tablet, database);
  AddSearch(table, *tablet, database);
  AddNewVisit(table, *tablet, database);
  AddFormCommands(table, *tablet, database);
  AddSyncCommands(table, *tablet, database);
  AddReadingCommands(table, *tablet, database);
  AddWorkCommands(table, *tablet, database);
  AddConflictCommands(table, *tablet, database);
  AddSubmitCommands(table, *tablet, database);
}

}  // namespace dudao::command
