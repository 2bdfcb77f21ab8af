// `dudao serve`.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "command_table.h"
#include "dudao/client/system_seams.h"
#include "dudao/server/server.h"
#include "field_edit.h"
#include "import_files.h"
#include "spaces.h"

namespace dudao::command {
namespace {

constexpr char kListenDefault[] = "127.0.0.1:7447";
constexpr size_t kSecretBytes = 18;

struct ServeArguments {
  server::Options options;
  std::string users_file;
  std::string port_file;
};

// Whoever waits for the file never sees half of it.
bool WriteWhole(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  {
    std::ofstream out(fresh);
    std::error_code ignored;
    std::filesystem::permissions(
        fresh, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
    out << text << '\n';
    if (!out.flush()) return false;
  }
  return std::rename(fresh.c_str(), path.c_str()) == 0;
}

// The shared secret: as given, or kept in the data folder since the first start.
absl::StatusOr<std::string> SecretOf(const server::Options& options) {
  if (!options.shared_secret.empty()) return options.shared_secret;
  std::error_code error;
  std::filesystem::create_directories(options.data_dir, error);
  const std::string path = options.data_dir + "/secret";
  if (const auto kept = ReadWholeFile(path); kept.ok() && kept->size() > 1)
    return kept->substr(0, kept->find('\n'));
  const std::string fresh = Hex(client::SystemRandom().Bytes(kSecretBytes));
  if (!WriteWhole(path, fresh)) return absl::UnavailableError("cannot write " + path);
  return fresh;
}

absl::Status AddUsers(ServeArguments& arguments) {
  server::Options& options = arguments.options;
  if (!arguments.users_file.empty()) {
    const auto text = ReadWholeFile(arguments.users_file);
    if (!text.ok()) return text.status();
    auto users = server::ParseUsers(*text);
    if (!users.ok()) return users.status();
    options.users = *std::move(users);
    return absl::OkStatus();
  }
  const auto secret = SecretOf(options);
  if (!secret.ok()) return secret.status();
  options.shared_secret = *secret;
  options.users.push_back({kOfficeAdmin, *secret, records::v1::PERSON_ROLE_ADMIN, ""});
  return absl::OkStatus();
}

void TellReady(Console& console, const ServeArguments& arguments, int port) {
  const std::string& listen = arguments.options.listen;
  const std::string address = listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port);
  if (!arguments.port_file.empty() && !WriteWhole(arguments.port_file, std::to_string(port))) {
    std::fprintf(stderr, "cannot write %s\n", arguments.port_file.c_str());
  }
  console.Say(Text::kServerReady, {address});
  console.Emit({{"ready", true}, {"address", address}, {"port", port}});
}

Exit RunServe(Invocation& run, ServeArguments& arguments) {
  if (const absl::Status added = AddUsers(arguments); !added.ok()) return run.console.Fail(added);
  if (!run.clock.is_machines()) {
    arguments.options.wall_ms = [clock = run.clock]() mutable { return clock.WallMs(); };
  }
  const absl::Status ended = server::RunServer(
      arguments.options, [&](int port) { TellReady(run.console, arguments, port); });
  if (!ended.ok()) return run.console.Fail(ended);
  run.console.Say(Text::kServerEnded);
  return Exit::kOk;
}

}  // namespace

void AddServeCommand(CommandTable& table) {
  CLI::App* sub = table.Add(table.root(), "serve", Text::kAboutServe,
                            "  dudao serve --data-dir /var/lib/dudao\n  dudao serve --data-dir run "
                            "--listen 127.0.0.1:0 --port-file run/port");
  auto arguments = std::make_shared<ServeArguments>();
  server::Options& options = arguments->options;
  options.listen = kListenDefault;
  sub->add_option("--data-dir", options.data_dir, table.Words(Text::kOptionDataDir))->required();
  sub->add_option("--listen", options.listen, table.Words(Text::kOptionListen));
  sub->add_option("--secret", options.shared_secret, table.Words(Text::kOptionServerSecret))
      ->envname("DUDAO_SECRET");
  sub->add_option("--users", arguments->users_file, table.Words(Text::kOptionUsers));
  sub->add_flag("--allow-clear-text", options.allow_clear_text,
                table.Words(Text::kOptionClearText));
  sub->add_flag("--reflection", options.reflection, table.Words(Text::kOptionReflection));
  sub->add_option("--log", options.log_file, table.Words(Text::kOptionLog));
  sub->add_option("--port-file", arguments->port_file, table.Words(Text::kOptionPortFile));
  table.OnRun(sub, [arguments](Invocation& run) { return RunServe(run, *arguments); });
}

}  // namespace dudao::command
