#include "replay/bench_server.h"

#include <utility>

#include "fresh_server.h"
#include "spaces.h"

namespace dudao::command {
namespace {

// Everybody as people of one team, so that the server knows who calls.
std::string PeopleCsv(const std::vector<std::string>& people) {
  std::string csv = "person_id,name,home_department,team_id,role\n";
  for (const std::string& name : people) {
    csv +=
        name + "," + name + ",bench,D1," + (name == people.front() ? "lead" : "inspector") + "\n";
  }
  return csv;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BenchServer>> BenchServer::Start(
    const std::string& directory, const std::vector<std::string>& people,
    const std::string& program) {
  ServerProcessOptions options;
  options.program = program;
  options.data_directory = directory + "/server";
  options.log_file = directory + "/server.log";
  auto started = StartFreshServer(options);
  if (!started.ok()) return started.status();
  std::unique_ptr<BenchServer> server(new BenchServer());
  server->process_ = std::move(started->process);
  server->office_ = std::move(started->admin);
  const auto imported = server->office_->ImportPeople(PeopleCsv(people), kProgrammeYear);
  if (!imported.ok()) return imported.status();
  if (!imported->problems.empty()) return absl::InternalError(imported->problems.front().en);
  if (const absl::Status made = server->office_->CreateSpace(kBenchSpace, ""); !made.ok())
    return made;
  return server;
}

absl::Status BenchServer::Enrol(const std::string& database, const std::string& person) {
  TabletProfile profile;
  profile.server.target = process_->address();
  profile.device_name = person;
  profile.office_space = kOfficeSpace;
  CommandClock clock;
  const auto tablet = Tablet::Open(database, profile, clock);
  if (!tablet.ok()) return tablet.status();
  const auto code = EnrolmentCode(*office_, person);
  if (!code.ok()) return code.status();
  return (*tablet)->Enrol(*code);
}

}  // namespace dudao::command
