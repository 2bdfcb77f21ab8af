// The county for tests with real processes: a server that is started, killed and started again, and
// tablets that are commands.
//
// Every wait has a deadline and polls a file or a process; nothing sleeps and hopes. A command that
// must succeed fails the test with its output. Used by the test's thread; a Server may be restarted
// from another one.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fresh_server.h"
#include "office.h"
#include "server_process.h"
#include "tablet.h"

namespace dudao::integration {

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

// A server process of the county, set up with `dudao setup`, its administrator signed in.
class County {
 public:
  // `folder` is created below the test's own folder.
  explicit County(const std::string& folder, const std::string& now = "2026-09-21T08:00:00+08:00");

  // Starts the server again where it was, on the same port.
  void Restart();
  // SIGKILL.
  void Kill();
  // Ends the server, lets `restore` fill another folder, and goes on from that one at the same
  // address.
  void RestoreElsewhere(const std::string& folder, const std::function<void()>& restore);
  const std::string& address() const { return address_; }
  command::Office& office() { return *office_; }
  command::ServerProcess& server() { return *server_; }
  const std::string& folder() const { return folder_; }
  void ImportAll();

  // Session file of a person, who is signed in the first time they are asked for. "admin" is there.
  std::string SessionOf(const std::string& person);
  // An office command in the name of a person.
  Outcome Do(const std::string& person, const std::vector<std::string>& arguments);
  Outcome DoOk(const std::string& person, const std::vector<std::string>& arguments);
  // Signs the administrator in again, and everybody else when they are asked for next: after the
  // clock went on for longer than a session lasts.
  void SignInAgain();
  // Moves the moment at which the commands of the office start.
  void SetNow(const std::string& now) { office_now_ = now; }

  // A one-time code for a tablet of this person.
  std::string CodeFor(const std::string& person);
  // A tablet in this process, enrolled.
  std::unique_ptr<command::Tablet> EnrolledTablet(const std::string& file,
                                                  const std::string& person, client::Clock& clock);

 private:
  command::ServerProcessOptions OptionsFor(const std::string& listen) const;
  void Start(const std::string& listen);

  std::string folder_;
  std::string now_;
  std::string office_now_;
  std::string admin_session_;
  std::string address_;
  std::unique_ptr<command::ServerProcess> server_;
  std::unique_ptr<command::Office> office_;
};

// A tablet as a person uses it: each action is a command of its own.
class TerminalTablet {
 public:
  TerminalTablet(std::string file, std::string now)
      : file_(std::move(file)), now_(std::move(now)) {}

  // With a one-time code. `server`: where the tablet connects to; by default the county's address.
  void Enrol(County& county, const std::string& person, const std::string& server = "");
  void SetNow(const std::string& now) { now_ = now; }
  const std::string& file() const { return file_; }

  Outcome Do(const std::vector<std::string>& arguments) const;
  Outcome DoOk(const std::vector<std::string>& arguments) const;
  // Starts the command and kills it after so many milliseconds. True where it was still running.
  bool DoAndKill(const std::vector<std::string>& arguments, int after_ms) const;
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
