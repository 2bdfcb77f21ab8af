// `dudao review findings`, `finding`, `decide-finding`, `answer`, `export`, `notice`, `paper`.
#pragma once

#include <memory>
#include <string>

#include "command_table.h"
#include "finding_office.h"

namespace dudao::command {

void AddFindingCommands(CommandTable& table, CLI::App& review);
// finding_decisions.cc
void AddFindingDecisions(CommandTable& table, CLI::App& review);

using FindingWork = std::function<absl::Status(Invocation&, FindingOffice&)>;
// A subcommand that calls the server in the name of the person who signed in.
CLI::App* AddFindingWork(CommandTable& table, CLI::App& parent, const char* name, Text about,
                         const std::string& examples, FindingWork work);
// A finding with what became of it and what may be done.
void TellFinding(Console& console, const review::v1::GetFindingResponse& finding);

}  // namespace dudao::command
