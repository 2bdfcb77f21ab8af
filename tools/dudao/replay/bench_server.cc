#include "replay/bench_server.h"

#include <utility>

#include "spaces.h"

namespace dudao::command {
namespace {

constexpr char kSecret[] = "bench";  // of a server that lives as long as the measurement

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
  options.secret = kSecret;
  auto started = ServerProcess::Start(options);
  if (!started.ok()) return started.status();
  std::unique_ptr<BenchServer> server(new BenchServer());
  server->process_ = *std::move(started);
  server->office_ = std::make_unique<Office>(server->process_->address(),
                                             Identity{kOfficeAdmin, kSecret, "bench"});
  const auto imported = server->office_->ImportPeople(PeopleCsv(people), kProgrammeYear);
  if (!imported.ok()) return imported.status();
  if (!imported->problems.empty()) return absl::InternalError(imported->problems.front().en);
  if (const absl::Status made = server->office_->CreateSpace(kBenchSpace, ""); !made.ok())
    return made;
  return server;
}

TabletProfile BenchServer::ProfileOf(const std::string& person) const {
  TabletProfile profile;
  profile.server = process_->address();
  profile.person_id = person;
  profile.secret = kSecret;
  profile.device_name = person;
  profile.office_space = kOfficeSpace;
  profile.team_space = kBenchSpace;
  return profile;
}

}  // namespace dudao::command
