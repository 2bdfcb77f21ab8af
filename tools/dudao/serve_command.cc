// `dudao serve`.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "command_table.h"
#include "dudao/server/server.h"
#include "process.h"
#include "spaces.h"

namespace dudao::command {
namespace {

struct ServeArguments {
  server::Options options;
  std::string port_file;
  std::string web_port_file;
};

// Where `deploy/install` puts the web apps, or where the build does.
std::string WebRootBesideProgram() {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(OwnProgram()).parent_path();
  const fs::path installed = folder.parent_path() / "share/dudao/web";
  std::error_code ignored;
  return fs::exists(installed, ignored) ? installed.string()
                                        : (folder / "../../web").lexically_normal().string();
}

// Whoever waits for the file never sees half of it.
bool WriteWhole(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  {
    std::ofstream out(fresh);
    out << text << '\n';
    if (!out.flush()) return false;
  }
  return std::rename(fresh.c_str(), path.c_str()) == 0;
}

void WritePort(const std::string& path, int port) {
  if (!path.empty() && !WriteWhole(path, std::to_string(port)))
    std::fprintf(stderr, "cannot write %s\n", path.c_str());
}

std::string AddressWith(const std::string& listen, int port) {
  return listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port);
}

void TellReady(Console& console, const ServeArguments& arguments, const server::Server& server) {
  const std::string address = AddressWith(arguments.options.listen, server.port());
  nlohmann::json ready = {{"ready", true}, {"address", address}, {"port", server.port()}};
  console.Say(Text::kServerReady, {address});
  if (server.web_port() != 0) {
    const std::string web = AddressWith(arguments.options.web_listen, server.web_port());
    console.Say(Text::kWebReady, {web});
    ready["web_address"] = web;
    ready["web_port"] = server.web_port();
    WritePort(arguments.web_port_file, server.web_port());
  }
  WritePort(arguments.port_file, server.port());
  console.Emit(ready);
}

Exit RunServe(Invocation& run, ServeArguments& arguments) {
  if (!run.clock.is_machines()) {
    arguments.options.wall_ms = [clock = run.clock]() mutable { return clock.WallMs(); };
  }
  const absl::Status ended = server::RunServer(
      arguments.options,
      [&](const server::Server& server) { TellReady(run.console, arguments, server); });
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
  options.listen = kServerDefault;
  sub->add_option("--data-dir", options.data_dir, table.Words(Text::kOptionDataDir))->required();
  sub->add_option("--listen", options.listen, table.Words(Text::kOptionListen));
  sub->add_option("--public-address", options.public_address,
                  table.Words(Text::kOptionPublicAddress));
  sub->add_flag("--allow-clear-text", options.allow_clear_text,
                table.Words(Text::kOptionClearText));
  sub->add_option("--tls-certificate", options.tls_certificate_file,
                  table.Words(Text::kOptionTlsCertificate));
  sub->add_option("--tls-key", options.tls_key_file, table.Words(Text::kOptionTlsKey));
  sub->add_option("--public-certificate", options.public_certificate_file,
                  table.Words(Text::kOptionPublicCertificate));
  sub->add_option("--tls-name", options.tls_names, table.Words(Text::kOptionTlsName));
  sub->add_option("--metrics-listen", options.metrics_listen,
                  table.Words(Text::kOptionMetricsListen));
  sub->add_option("--web-listen", options.web_listen, table.Words(Text::kOptionWebListen));
  options.web_root = WebRootBesideProgram();
  sub->add_option("--web-root", options.web_root, table.Words(Text::kOptionWebRoot));
  sub->add_option("--map", options.map_file, table.Words(Text::kOptionMap));
  sub->add_option("--notice-prefix", options.notice_prefix, table.Words(Text::kOptionNoticePrefix));
  sub->add_flag("--reflection", options.reflection, table.Words(Text::kOptionReflection));
  sub->add_option("--log", options.log_file, table.Words(Text::kOptionLog));
  sub->add_option("--port-file", arguments->port_file, table.Words(Text::kOptionPortFile));
  sub->add_option("--web-port-file", arguments->web_port_file,
                  table.Words(Text::kOptionWebPortFile));
  table.OnRun(sub, [arguments](Invocation& run) { return RunServe(run, *arguments); });
}

}  // namespace dudao::command
