#include "server_process.h"

#include <signal.h>

#include <filesystem>
#include <utility>

namespace dudao::command {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(30);
constexpr absl::Duration kStopLimit = absl::Seconds(30);

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
  std::filesystem::remove(port_file, error);
  ProcessOptions process;
  process.command = {options.program.empty() ? OwnProgram() : options.program,
                     "serve",
                     "--data-dir",
                     options.data_directory,
                     "--listen",
                     options.listen,
                     "--port-file",
                     port_file};
  if (!options.log_file.empty()) {
    process.command.insert(process.command.end(), {"--log", options.log_file});
    process.stdout_file = options.log_file + ".out";
  }
  if (!options.now.empty()) process.command.insert(process.command.end(), {"--now", options.now});
  auto started = Process::Start(process);
  if (!started.ok()) return started.status();
  const auto port = AwaitFile(port_file, *started, kStartLimit);
  if (!port.ok()) {
    return absl::UnavailableError(
        "the server did not start: " + std::string(port.status().message()) +
        (options.log_file.empty() ? "" : "; see " + options.log_file));
  }
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  std::string digits = *port;
  while (!digits.empty() && digits.back() == '\n') digits.pop_back();
  return std::unique_ptr<ServerProcess>(
      new ServerProcess(*std::move(started), host + ":" + digits));
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
