// A real server, set up and started as a process of this same program. Used by `scenario` and
// `replay`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "process.h"

namespace dudao::command {

struct ServerProcessOptions {
  std::string program;  // the dudao command; empty for the program that is running
  std::string data_directory;
  std::string listen = "127.0.0.1:0";
  std::string web_listen;  // empty: no door for browsers
  std::string log_file;
  std::string now;  // the moment at which its clock starts; empty for the machine's
};

// Runs `dudao setup` for the data folder; `password_file` holds the first administrator's password
// (mode 0600).
absl::Status SetUpServer(const ServerProcessOptions& options, const std::string& admin,
                         const std::string& name, const std::string& password_file);

class ServerProcess {
 public:
  // Returns once it answers.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const ServerProcessOptions& options);
  ~ServerProcess();

  const std::string& address() const { return address_; }
  // Of the browsers' door; empty where there is none.
  const std::string& web_address() const { return web_address_; }
  Process& process() { return process_; }
  // Asks it to end, and waits.
  absl::Status Stop();

 private:
  ServerProcess(Process process, std::string address, std::string web_address)
      : process_(std::move(process)),
        address_(std::move(address)),
        web_address_(std::move(web_address)) {}
  Process process_;
  std::string address_;
  std::string web_address_;
};

}  // namespace dudao::command
