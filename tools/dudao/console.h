// What the command prints: one JSON object a line on stdout with --json, texts for people
// otherwise; progress on stderr.
//
// With --json texts for people go to stderr, so that stdout holds JSON alone. Progress is a bar
// where stderr is a terminal and a line now and then otherwise. Used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "language.h"

namespace dudao::command {

// Exit codes of the command.
enum class Exit : int { kOk = 0, kFailure = 1, kUsage = 2 };

class Console {
 public:
  Console(Language language, bool json);

  bool json() const { return json_; }
  Language language() const { return language_; }

  // A text for people.
  void Say(Text id, const std::vector<std::string>& values = {});
  // A line for people that is in no language: a value, a table row.
  void Line(std::string_view line);
  // For machines; printed only with --json.
  void Emit(const nlohmann::json& object);
  // What went wrong. With --json also an object with `error`.
  Exit Fail(const absl::Status& status);
  Exit Fail(Text id, const std::vector<std::string>& values = {});

 private:
  Language language_;
  bool json_;
};

// How far a long piece of work has come. Finishes its line on destruction.
class Progress {
 public:
  Progress(const Console& console, Text what, uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Advance(uint64_t by = 1);

 private:
  void Draw(bool last);

  std::string title_;
  uint64_t total_;
  uint64_t done_ = 0;
  bool terminal_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
};

// "12.3 MB", "340 KB", "12 B".
std::string HumanBytes(uint64_t bytes);

}  // namespace dudao::command
