// The `dudao` command. See docs/command.md.
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "command_table.h"
#include "session.h"

namespace {

using dudao::command::CommandClock;
using dudao::command::CommandTable;
using dudao::command::Console;
using dudao::command::Exit;
using dudao::command::Invocation;
using dudao::command::Language;
using dudao::command::Text;

std::string EnvironmentOf(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Locale() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    if (const std::string value = EnvironmentOf(name); !value.empty()) return value;
  }
  return "";
}

// Help is made before the arguments are parsed, so its language is looked for first.
Language LanguageOf(int argc, char** argv) {
  std::string wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--lang" && i + 1 < argc) wanted = argv[i + 1];
    if (word.substr(0, 7) == "--lang=") wanted = word.substr(7);
  }
  return dudao::command::ChooseLanguage(wanted, Locale());
}

Exit Run(CommandTable& table, Language language, bool json, const std::string& now,
         const std::string& session_file) {
  Console console(language, json);
  const auto clock = CommandClock::StartingAt(now);
  if (!clock.ok()) {
    console.Fail(clock.status());
    return Exit::kUsage;
  }
  Invocation invocation{console, *clock, now, session_file};
  return table.chosen()(invocation);
}

}  // namespace

int main(int argc, char** argv) {
  const Language language = LanguageOf(argc, argv);
  CLI::App app;
  CommandTable table(app, language);
  app.name("dudao");
  app.description(table.Words(Text::kAboutDudao));
  app.require_subcommand(1);
  bool json = false;
  std::string lang;
  std::string now = EnvironmentOf("DUDAO_NOW");
  std::string session_file = dudao::command::DefaultSessionFile();
  app.add_flag("--json", json, table.Words(Text::kOptionJson));
  app.add_option("--lang", lang, table.Words(Text::kOptionLang))
      ->check(CLI::IsMember({"zh", "en", "both"}));
  app.add_option("--now", now, table.Words(Text::kOptionNow));
  app.add_option("--session", session_file, table.Words(Text::kOptionSession))
      ->envname("DUDAO_SESSION");
  dudao::command::AddSetupCommand(table);
  dudao::command::AddServeCommand(table);
  dudao::command::AddSignInCommands(table);
  dudao::command::AddPeopleCommands(table);
  dudao::command::AddDeviceCommands(table);
  dudao::command::AddImportCommand(table);
  dudao::command::AddTabletCommands(table);
  dudao::command::AddReviewCommands(table);
  dudao::command::AddTrustCommands(table);
  dudao::command::AddPackageCommands(table);
  dudao::command::AddArchiveCommands(table);
  dudao::command::AddServerKeyCommands(table);
  dudao::command::AddScenarioCommand(table);
  dudao::command::AddReplayCommand(table);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool help = app.exit(error, std::cout, std::cerr) == 0;
    return static_cast<int>(help ? Exit::kOk : Exit::kUsage);
  }
  return static_cast<int>(Run(table, language, json, now, session_file));
}
