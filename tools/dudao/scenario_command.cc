// `dudao scenario`: a real server process, and a day of field work against it.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "absl/time/clock.h"
#include "command_table.h"
#include "dudao/domain/civil.h"
#include "fresh_server.h"
#include "import_files.h"
#include "scenario/county_day.h"
#include "server_process.h"
#include "spaces.h"

namespace dudao::command {
namespace {

namespace fs = std::filesystem;

constexpr char kDayBegins[] = "2026-09-21T08:30:00+08:00";
constexpr int kMorningSeconds = (8 * 60 + 30) * 60;
constexpr int64_t kWeekMs = int64_t{7} * 24 * 60 * 60 * 1000;

struct ScenarioArguments {
  std::string data_dir;
  std::string data;
  std::string listen = "127.0.0.1:0";
  std::string web_listen = "127.0.0.1:8480";
  uint64_t seed = 1;
  int weeks = 0;
  bool keep_serving = false;
};

// The day that is played. One that people go on with afterwards was yesterday, so that what they do
// next is dated today.
absl::StatusOr<CommandClock> DayClock(const std::string& now, const ScenarioArguments& arguments) {
  if (!now.empty() || !arguments.keep_serving)
    return CommandClock::StartingAt(now.empty() ? kDayBegins : now);
  const absl::CivilDay yesterday = domain::LocalDay(CommandClock().WallMs()) - 1;
  CommandClock clock;
  clock.SetTo(domain::UnixMs(absl::CivilSecond(yesterday) + kMorningSeconds));
  return clock;
}

// A folder of its own in each run: an earlier day stays as it is.
std::string FreshFolder(const std::string& data_dir) {
  for (int day = 1;; ++day) {
    const fs::path folder = fs::path(data_dir) / ("day-" + std::to_string(day));
    if (!fs::exists(folder)) return folder.string();
  }
}

struct DayFiles {
  explicit DayFiles(const std::string& folder)
      : server(folder + "/server"),
        tablets(folder + "/tablets"),
        clock(folder + "/clock"),
        log(folder + "/server.log"),
        admin_session(folder + "/server.admin-session"),
        admin_password(folder + "/server.admin-password"),
        reviewer_session(folder + "/reviewer.session") {}
  std::string server, tablets, clock, log, admin_session, admin_password, reviewer_session;
};

// The address where it is free, else the same with port 0.
std::string FreeAddress(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  const std::string host = listen.substr(0, colon);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(listen.c_str() + colon + 1)));
  if (colon == std::string::npos || inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    return listen;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool is_free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                       0;  // NOLINT: sockets
  close(fd);
  return is_free ? listen : host + ":0";
}

void TellCommands(Console& console, const ServerProcess& server, const DayFiles& files,
                  const std::string& password) {
  const std::string program = OwnProgram();
  const std::string& address = server.address();
  // By this name browsers let a page keep its data although there is no TLS.
  const std::string page = "http://localhost" +
                           server.web_address().substr(server.web_address().rfind(':')) +
                           "/office/";
  console.Say(Text::kServingOn, {address});
  console.Say(Text::kServingWeb, {page, kOfficeReviewer, password});
  console.Say(Text::kServingSignIn, {kOfficeReviewer, password, files.reviewer_session});
  console.Line("  export DUDAO_SESSION=" + files.reviewer_session);
  console.Line("  " + program + " sign-in --server " + address + " --person " + kOfficeReviewer);
  console.Line("  " + program + " review list --team D2");
  console.Line("  " + program + " review list --text 楼梯 --only-conflicts");
  console.Line("  " + program + " aside list --team D4 --all");
  console.Line("  " + program + " --session " + files.admin_session + " device list");
  console.Line("  " + program + " --session " + files.admin_session + " control list");
  console.Line("  " + program + " tablet --tablet " + files.tablets + "/p06.db conflicts");
  console.Line("  " + program + " tablet --tablet " + files.tablets + "/p06.db delivery");
  console.Emit({{"serving", address},
                {"web", page},
                {"reviewer", kOfficeReviewer},
                {"password", password},
                {"session", files.reviewer_session}});
}

// Ctrl-C reaches the server too: it belongs to the same terminal.
void ServeUntilAsked(ServerProcess& server) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  while (server.process().Running()) {
    const timespec pause{0, 200 * 1000 * 1000};
    if (sigtimedwait(&signals, nullptr, &pause) > 0) return;
  }
}

Exit RunScenario(Invocation& run, const ScenarioArguments& arguments) {
  const auto data = FindData(arguments.data);
  if (!data.ok()) return run.console.Fail(data.status());
  const std::string folder = FreshFolder(arguments.data_dir);
  const DayFiles files(folder);
  const auto clock = DayClock(run.now, arguments);
  if (!clock.ok()) return run.console.Fail(clock.status());
  run.clock = *clock;
  run.clock.Shift(-kWeekMs * arguments.weeks);
  fs::create_directories(folder);
  if (const absl::Status published = run.clock.Publish(files.clock); !published.ok())
    return run.console.Fail(published);
  ServerProcessOptions options;
  options.data_directory = files.server;
  options.listen = arguments.listen;
  if (arguments.keep_serving) options.web_listen = FreeAddress(arguments.web_listen);
  options.log_file = files.log;
  options.now = "@" + files.clock;
  const auto server = StartFreshServer(options);
  if (!server.ok()) return run.console.Fail(server.status());
  const ServerAddress address{server->process->address(), ""};
  run.console.Say(Text::kDayBegins, {folder, address.target, std::to_string(arguments.seed)});
  CountyDay day(run.console, run.clock, *server->admin,
                {address, files.tablets, *data, files.reviewer_session, files.admin_session,
                 files.admin_password, files.clock, files.server, arguments.seed, arguments.weeks});
  const absl::Status played = day.Play();
  if (!played.ok()) return run.console.Fail(played);
  day.report().Tell(run.console);
  run.console.Emit(day.report().ToJson());
  if (arguments.keep_serving) {
    if (run.now.empty()) {  // from here on it is now
      if (const absl::Status now = day.ReturnToNow(); !now.ok()) return run.console.Fail(now);
    }
    TellCommands(run.console, *server->process, files, day.reviewer_password());
    ServeUntilAsked(*server->process);
  }
  if (const absl::Status stopped = server->process->Stop(); !stopped.ok())
    return run.console.Fail(stopped);
  return day.report().wrong.empty() ? Exit::kOk : Exit::kFailure;
}

}  // namespace

void AddScenarioCommand(CommandTable& table) {
  CLI::App* sub = table.Add(
      table.root(), "scenario", Text::kAboutScenario,
      "  dudao scenario --data-dir run\n  dudao scenario --data-dir run --keep-serving --seed 7");
  auto arguments = std::make_shared<ScenarioArguments>();
  sub->add_option("--data-dir", arguments->data_dir, table.Words(Text::kOptionDataDir))->required();
  sub->add_option("--data", arguments->data, table.Words(Text::kOptionData));
  sub->add_option("--listen", arguments->listen, table.Words(Text::kOptionListen));
  sub->add_option("--web-listen", arguments->web_listen, table.Words(Text::kOptionDayWebListen));
  sub->add_option("--seed", arguments->seed, table.Words(Text::kOptionSeed));
  sub->add_option("--weeks", arguments->weeks, table.Words(Text::kOptionWeeks))
      ->check(CLI::Range(0, 8));
  sub->add_flag("--keep-serving", arguments->keep_serving, table.Words(Text::kOptionKeepServing));
  table.OnRun(sub, [arguments](Invocation& run) { return RunScenario(run, *arguments); });
}

}  // namespace dudao::command
