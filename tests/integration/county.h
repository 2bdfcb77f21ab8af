// The county for tests with real processes: a server that is started, killed and started again, and
// tablets that are commands.
//
// Every wait has a deadline and polls a file or a process; nothing sleeps and hopes. A command that
// must succeed fails the test with its output. Used by the test's thread; a Server may be restarted
// from another one.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "office.h"
#include "server_process.h"

namespace dudao::integration {

inline constexpr char kSecret[] = "county";

// What a command printed and how it ended.
struct Outcome {
  int code = 0;
  std::vector<nlohmann::json> lines;  // of standard output, each a JSON object
  std::string errors;                 // standard error

  nlohmann::json last() const { return lines.back(); }
};

// The program under test.
std::string Program();
// The checkout's data folder.
std::string DataFolder();

// Runs `dudao --json ARGUMENTS` to its end. `now` is the moment at which its clock starts.
Outcome Dudao(const std::string& now, const std::vector<std::string>& arguments);
// The same; a test failure unless it ends with 0.
Outcome DudaoOk(const std::string& now, const std::vector<std::string>& arguments);

// A folder of its own for one test, in which it runs; first member of a fixture.
class OwnFolder {
 public:
  OwnFolder();
  ~OwnFolder();

 private:
  std::string before_;
};

// A server process with the county's lists loaded.
class County {
 public:
  // `folder` is created below the test's own folder.
  explicit County(const std::string& folder, const std::string& now = "2026-09-21T08:00:00+08:00");

  // Starts the server again where it was, on the same port.
  void Restart();
  // SIGKILL.
  void Kill();
  const std::string& address() const { return address_; }
  command::Office& office() { return *office_; }
  command::ServerProcess& server() { return *server_; }
  void ImportAll();

 private:
  void Start(const std::string& listen);

  std::string folder_;
  std::string now_;
  std::string address_;
  std::unique_ptr<command::ServerProcess> server_;
  std::unique_ptr<command::Office> office_;
};

// A tablet as a person uses it: each action is a command of its own.
class TerminalTablet {
 public:
  TerminalTablet(std::string file, std::string now)
      : file_(std::move(file)), now_(std::move(now)) {}

  void Init(const std::string& person, const std::string& team, int index,
            const std::string& server, const std::string& role = "inspector");
  void SetNow(const std::string& now) { now_ = now; }
  const std::string& file() const { return file_; }

  Outcome Do(const std::vector<std::string>& arguments) const;
  Outcome DoOk(const std::vector<std::string>& arguments) const;
  // Arguments of a `tablet` command, for a process that is started on its own.
  std::vector<std::string> Command(const std::vector<std::string>& arguments) const;

  nlohmann::json Show(const std::string& visit) const { return DoOk({"show", visit}).last(); }
  // Conflict of a field as `show` prints it; null if there is none.
  nlohmann::json Conflict(const std::string& visit, const std::string& path) const;
  // Hex digest of the team's space.
  std::string TeamDigest() const;

 private:
  std::string file_;
  std::string now_;
};

// Writes a file with photo-like bytes; its path.
std::string WritePhoto(const std::string& path, uint64_t seed, size_t bytes);

// Hex digest of a space on the server.
std::string ServerDigest(command::Office& office, const std::string& space);

}  // namespace dudao::integration
