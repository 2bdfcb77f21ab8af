#include "server_process.h"

#include <signal.h>

#include <filesystem>
#include <utility>

namespace dudao::command {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(30);
constexpr absl::Duration kStopLimit = absl::Seconds(30);

// "127.0.0.1:0" and what `file` holds: "127.0.0.1:4711".
absl::StatusOr<std::string> AddressIn(const std::string& file, const std::string& listen,
                                      Process& process) {
  auto port = AwaitFile(file, process, kStartLimit);
  if (!port.ok()) return port.status();
  while (!port->empty() && port->back() == '\n') port->pop_back();
  return listen.substr(0, listen.rfind(':')) + ":" + *port;
}

}  // namespace

absl::Status SetUpServer(const ServerProcessOptions& options, const std::string& admin,
                         const std::string& name, const std::string& password_file) {
  ProcessOptions process;
  process.command = {options.program.empty() ? OwnProgram() : options.program,
                     "setup",
                     "--data-dir",
                     options.data_directory,
                     "--admin",
                     admin,
                     "--name",
                     name,
                     "--password-file",
                     password_file};
  if (!options.now.empty()) process.command.insert(process.command.end(), {"--now", options.now});
  if (!options.log_file.empty()) process.stdout_file = options.log_file + ".setup";
  auto started = Process::Start(process);
  if (!started.ok()) return started.status();
  const auto code = started->Wait(kStartLimit);
  if (!code.ok()) return code.status();
  if (*code == 0) return absl::OkStatus();
  return absl::InternalError("dudao setup ended with " + std::to_string(*code));
}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    const ServerProcessOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.data_directory, error);
  if (error)
    return absl::UnavailableError("cannot create " + options.data_directory + ": " +
                                  error.message());
  const std::string port_file = options.data_directory + "/port";
  const std::string web_port_file = options.data_directory + "/web-port";
  std::filesystem::remove(port_file, error);
  std::filesystem::remove(web_port_file, error);
  ProcessOptions process;
  process.command = {options.program.empty() ? OwnProgram() : options.program,
                     "serve",
                     "--data-dir",
                     options.data_directory,
                     "--listen",
                     options.listen,
                     "--port-file",
                     port_file};
  if (!options.web_listen.empty())
    process.command.insert(process.command.end(),
                           {"--web-listen", options.web_listen, "--web-port-file", web_port_file});
  if (!options.log_file.empty()) {
    process.command.insert(process.command.end(), {"--log", options.log_file});
    process.stdout_file = options.log_file + ".out";
  }
  if (!options.now.empty()) process.command.insert(process.command.end(), {"--now", options.now});
  auto started = Process::Start(process);
  if (!started.ok()) return started.status();
  const auto address = AddressIn(port_file, options.listen, *started);
  // Written before the other one.
  const auto web = options.web_listen.empty() || !address.ok()
                       ? absl::StatusOr<std::string>(std::string())
                       : AddressIn(web_port_file, options.web_listen, *started);
  if (!address.ok() || !web.ok()) {
    const absl::Status& why = address.ok() ? web.status() : address.status();
    return absl::UnavailableError("the server did not start: " + std::string(why.message()) +
                                  (options.log_file.empty() ? "" : "; see " + options.log_file));
  }
  return std::unique_ptr<ServerProcess>(new ServerProcess(*std::move(started), *address, *web));
}

ServerProcess::~ServerProcess() {
  if (process_.Running()) Stop().IgnoreError();
}

absl::Status ServerProcess::Stop() {
  process_.Signal(SIGTERM);
  const auto code = process_.Wait(kStopLimit);
  if (!code.ok()) {
    process_.Kill();
    return code.status();
  }
  if (*code == 0) return absl::OkStatus();
  return absl::InternalError("the server ended with " + std::to_string(*code));
}

}  // namespace dudao::command
