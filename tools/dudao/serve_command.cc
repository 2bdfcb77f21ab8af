// `dudao serve`.
#include <cstdio>
#include <fstream>
#include <memory>

#include "command_table.h"
#include "dudao/server/server.h"
#include "spaces.h"

namespace dudao::command {
namespace {

struct ServeArguments {
  server::Options options;
  std::string port_file;
};

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
  sub->add_flag("--reflection", options.reflection, table.Words(Text::kOptionReflection));
  sub->add_option("--log", options.log_file, table.Words(Text::kOptionLog));
  sub->add_option("--port-file", arguments->port_file, table.Words(Text::kOptionPortFile));
  table.OnRun(sub, [arguments](Invocation& run) { return RunServe(run, *arguments); });
}

}  // namespace dudao::command
