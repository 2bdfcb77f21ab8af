// A child process: started, watched, signalled, waited for. Used by `scenario`, `replay` and the
// integration tests.
//
// A child that is still running is killed on destruction, and by the kernel if this process dies.
// Used by one thread. Errors: UNAVAILABLE where it could not be started, DEADLINE_EXCEEDED where it
// did not end in time.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace dudao::command {

struct ProcessOptions {
  std::vector<std::string> command;      // program and arguments
  std::vector<std::string> environment;  // "NAME=value", added to ours
  std::string stdin_file;                // empty: ours; may be a named pipe
  std::string stdout_file;               // empty: ours
  std::string stderr_file;               // empty: ours
};

class Process {
 public:
  static absl::StatusOr<Process> Start(const ProcessOptions& options);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal);
  // Exit code, or 128 + signal.
  absl::StatusOr<int> Wait(absl::Duration limit);
  // SIGKILL, and waits until it is gone.
  void Kill();

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
  std::optional<int> exit_;
};

// The program that is running now.
std::string OwnProgram();

// Waits until the file is there and not empty; its text. FAILED_PRECONDITION where `process` ended
// meanwhile.
absl::StatusOr<std::string> AwaitFile(const std::string& path, Process& process,
                                      absl::Duration limit);

}  // namespace dudao::command
