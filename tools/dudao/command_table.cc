#include "command_table.h"

#include <utility>

namespace dudao::command {

CLI::App* CommandTable::Add(CLI::App& parent, const std::string& name, Text description,
                            const std::string& examples) {
  CLI::App* sub = parent.add_subcommand(name, Words(description));
  sub->fallthrough();  // --json, --lang and --now may stand anywhere
  if (!examples.empty()) sub->footer(Words(Text::kExamples) + "\n" + examples);
  return sub;
}

void CommandTable::OnRun(CLI::App* subcommand, Action action) {
  subcommand->callback([this, action = std::move(action)] { chosen_ = action; });
}

}  // namespace dudao::command
