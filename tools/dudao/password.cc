#include "password.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "dudao/client/system_seams.h"
#include "private_file.h"

namespace dudao::command {
namespace {

// Turns the echo of a terminal off while it exists.
class NoEcho {
 public:
  NoEcho() : terminal_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!terminal_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    if (!terminal_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputc('\n', stderr);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool terminal_;
};

absl::StatusOr<std::string> FirstLine(std::string text) {
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (text.empty()) return absl::InvalidArgumentError("PASSWORD_EMPTY: no password given");
  return text;
}

}  // namespace

absl::StatusOr<std::string> TakePassword(const Console& console, const std::string& file,
                                         Text prompt) {
  if (!file.empty()) {
    const auto text = ReadPrivate(file);
    if (!text.ok()) return text.status();
    return FirstLine(*text);
  }
  if (isatty(STDIN_FILENO) == 1) {
    std::fputs(TextIn(console.language(), prompt, {}, " / ").c_str(), stderr);
    std::fflush(stderr);
  }
  const NoEcho quiet;
  std::string line;
  std::getline(std::cin, line);
  return FirstLine(line);
}

std::string MakePassword() {
  constexpr char kLetters[] = "23456789abcdefghjkmnpqrstuvwxyz";
  constexpr size_t kKinds = sizeof(kLetters) - 1;
  constexpr size_t kLength = 16;
  constexpr size_t kFair = 256 / kKinds * kKinds;  // bytes above would favour the first letters
  client::SystemRandom random;
  std::string out;
  while (out.size() < kLength + 3) {
    const auto byte = static_cast<unsigned char>(random.Bytes(1)[0]);
    if (byte >= kFair) continue;
    if (out.size() % 5 == 4) out += '-';
    out += kLetters[byte % kKinds];
  }
  return out;
}

}  // namespace dudao::command
