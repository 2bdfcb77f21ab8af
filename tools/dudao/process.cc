#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/time/clock.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it so

namespace dudao::command {
namespace {

constexpr absl::Duration kPollPause = absl::Milliseconds(2);
constexpr int kExecFailed = 127;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> Environment(const std::vector<std::string>& added) {
  std::vector<std::string> out = added;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& other : added) replaced = replaced || other.rfind(name, 0) == 0;
    if (!replaced) out.push_back(text);
  }
  return out;
}

int OpenForChild(const std::string& path) {
  if (path.empty()) return -1;
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

int ExitOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

absl::StatusOr<Process> Process::Start(const ProcessOptions& options) {
  std::vector<std::string> command = options.command;
  std::vector<std::string> environment = Environment(options.environment);
  const std::vector<char*> argv = Pointers(command);
  const std::vector<char*> envp = Pointers(environment);
  const int out = OpenForChild(options.stdout_file);
  const int err = OpenForChild(options.stderr_file);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {  // only async-signal-safe calls from here
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(kExecFailed);
    if (!options.stdin_file.empty()) {
      // Here and not before the fork: opening a named pipe waits for its writer.
      const int in = open(options.stdin_file.c_str(), O_RDONLY);
      if (in < 0) _exit(kExecFailed);
      dup2(in, STDIN_FILENO);
      close(in);
    }
    if (out >= 0) dup2(out, STDOUT_FILENO);
    if (err >= 0) dup2(err, STDERR_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(kExecFailed);
  }
  if (out >= 0) close(out);
  if (err >= 0) close(err);
  if (pid < 0) return absl::UnavailableError(std::string("fork: ") + std::strerror(errno));
  return Process(pid);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_(std::exchange(other.exit_, std::nullopt)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  Kill();
  pid_ = std::exchange(other.pid_, -1);
  exit_ = std::exchange(other.exit_, std::nullopt);
  return *this;
}

Process::~Process() { Kill(); }

bool Process::Running() {
  if (pid_ < 0 || exit_.has_value()) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_ = ExitOf(status);
  return false;
}

void Process::Signal(int signal) {
  if (Running()) kill(pid_, signal);
}

absl::StatusOr<int> Process::Wait(absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (Running()) {
    if (absl::Now() >= until) return absl::DeadlineExceededError("the process has not ended");
    absl::SleepFor(kPollPause);
  }
  if (!exit_.has_value()) return absl::FailedPreconditionError("no process");
  return *exit_;
}

void Process::Kill() {
  if (!Running()) return;
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_ = ExitOf(status);
}

std::string OwnProgram() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

absl::StatusOr<std::string> AwaitFile(const std::string& path, Process& process,
                                      absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (absl::Now() < until) {
    std::ifstream in(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (!text.empty()) return text;
    if (!process.Running())
      return absl::FailedPreconditionError("the process ended before " + path + " was there");
    absl::SleepFor(kPollPause);
  }
  return absl::DeadlineExceededError(path + " did not appear");
}

}  // namespace dudao::command
