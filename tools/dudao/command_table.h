// The command line: subcommands with help and examples, and the one that was chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "command_clock.h"
#include "console.h"

namespace dudao::command {

// What every subcommand gets.
struct Invocation {
  Console console;
  CommandClock clock;
  std::string now;  // as given, to be handed on to child processes; empty for the machine's clock
  std::string session_file;  // where sign-in keeps the session
};

using Action = std::function<Exit(Invocation&)>;

class CommandTable {
 public:
  CommandTable(CLI::App& app, Language language) : app_(app), language_(language) {}

  CLI::App& root() { return app_; }
  // A text in the language of the help.
  std::string Words(Text id) const { return TextIn(language_, id, {}, " / "); }
  // A subcommand; `examples` are whole lines.
  CLI::App* Add(CLI::App& parent, const std::string& name, Text description,
                const std::string& examples);
  // What to do when it is chosen.
  void OnRun(CLI::App* subcommand, Action action);
  const Action& chosen() const { return chosen_; }

 private:
  CLI::App& app_;
  Language language_;
  Action chosen_;
};

void AddSetupCommand(CommandTable& table);
void AddServeCommand(CommandTable& table);
void AddSignInCommands(CommandTable& table);
void AddPeopleCommands(CommandTable& table);
void AddDeviceCommands(CommandTable& table);
void AddImportCommand(CommandTable& table);
void AddTabletCommands(CommandTable& table);
void AddReviewCommands(CommandTable& table);
void AddTrustCommands(CommandTable& table);
void AddPackageCommands(CommandTable& table);
void AddArchiveCommands(CommandTable& table);
void AddServerKeyCommands(CommandTable& table);
void AddScenarioCommand(CommandTable& table);
void AddReplayCommand(CommandTable& table);

}  // namespace dudao::command
