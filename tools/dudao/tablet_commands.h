// The pieces of `dudao tablet`. The actions read `database` (the --tablet option) when they run; it
// outlives them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "command_table.h"
#include "spaces.h"
#include "tablet.h"

namespace dudao::command {

// The tablet, unlocked with its PIN where one is set.
absl::StatusOr<std::unique_ptr<Tablet>> OpenTablet(Invocation& run, const std::string& database);

// Opens the tablet, does the work, reports an error.
Exit WithTablet(Invocation& run, const std::string& database,
                const std::function<absl::Status(Tablet&)>& work);

// The key of the visit that a person names: by temporary number (D2-0921-01) or key (0x...).
absl::StatusOr<std::string> FindVisit(Tablet& tablet, const std::string& named);

// Starts a visit and closes its form.
absl::StatusOr<client::v1::NewVisitResponse> NewVisit(Tablet& tablet, const std::string& unit_code,
                                                      const std::vector<std::string>& others,
                                                      const std::string& date);

// "2026-09-21 09:00:00" on the county's clock.
std::string LocalMoment(int64_t unix_ms);
void TellIssues(Console& console,
                const google::protobuf::RepeatedPtrField<client::v1::VisitIssue>& issues);
// One of several competing values as a person sees it; `number` is what to choose it by.
struct ShownValue {
  std::string text;
  std::string author;
  int64_t time_ms = 0;
  bool absent = false;
  bool clock_doubt = false;
  bool shown = false;
};
void TellValue(Console& console, int number, const ShownValue& value);
void TellConflict(Console& console, const std::string& record,
                  const client::v1::FieldConflict& conflict);
nlohmann::json ConflictToJson(const client::v1::FieldConflict& conflict);

void AddIdentityCommands(CommandTable& table, CLI::App& parent, const std::string& database);
void AddFormCommands(CommandTable& table, CLI::App& parent, const std::string& database);
void AddSyncCommands(CommandTable& table, CLI::App& parent, const std::string& database);
void AddReadingCommands(CommandTable& table, CLI::App& parent, const std::string& database);
void AddConflictCommands(CommandTable& table, CLI::App& parent, const std::string& database);
void AddWorkCommands(CommandTable& table, CLI::App& parent, const std::string& database);
void AddSubmitCommands(CommandTable& table, CLI::App& parent, const std::string& database);

}  // namespace dudao::command
