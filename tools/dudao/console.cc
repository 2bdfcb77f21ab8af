#include "console.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "failure.h"

namespace dudao::command {
namespace {

void Put(FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fputc('\n', stream);
  std::fflush(stream);
}

}  // namespace

Console::Console(Language language, bool json) : language_(language), json_(json) {}

void Console::Say(Text id, const std::vector<std::string>& values) {
  Line(TextIn(language_, id, values));
}

void Console::Line(std::string_view line) { Put(json_ ? stderr : stdout, line); }

void Console::Emit(const nlohmann::json& object) {
  if (!json_) return;
  Put(stdout, object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Exit Console::Fail(const absl::Status& status) {
  const FailureText text = Explain(status);
  const std::string code =
      text.reason.empty() ? absl::StatusCodeToString(status.code()) : text.reason;
  if (language_ != Language::kEnglish) Put(stderr, ChineseText(Text::kFailed, {text.zh, code}));
  if (language_ != Language::kChinese) Put(stderr, EnglishText(Text::kFailed, {text.en, code}));
  Emit({{"error",
         {{"code", absl::StatusCodeToString(status.code())},
          {"reason", text.reason},
          {"message", text.en},
          {"message_zh", text.zh}}}});
  return Exit::kFailure;
}

Exit Console::Fail(Text id, const std::vector<std::string>& values) {
  Put(stderr, TextIn(language_, id, values));
  Emit({{"error",
         {{"message_zh", ChineseText(id, values)}, {"message_en", EnglishText(id, values)}}}});
  return Exit::kFailure;
}

Progress::Progress(const Console& console, Text what, uint64_t total)
    : title_(TextIn(console.language(), what, {}, " ")),
      total_(std::max<uint64_t>(total, 1)),
      terminal_(isatty(STDERR_FILENO) == 1),
      started_(std::chrono::steady_clock::now()),
      drawn_(started_) {
  if (terminal_) Draw(false);
}

Progress::~Progress() { Draw(true); }

void Progress::Advance(uint64_t by) {
  done_ += by;
  const auto now = std::chrono::steady_clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(80) : std::chrono::milliseconds(2000);
  if (now - drawn_ < pause) return;
  drawn_ = now;
  Draw(false);
}

void Progress::Draw(bool last) {
  const uint64_t done = std::min(done_, total_);
  const auto passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_);
  constexpr uint64_t kWidth = 30;
  if (terminal_) {
    const auto filled = static_cast<size_t>(kWidth * done / total_);
    const std::string bar = std::string(filled, '#') + std::string(kWidth - filled, '.');
    std::fprintf(stderr, "\r[%s] %3d%% %6.1fs  %s%s", bar.c_str(),
                 static_cast<int>(100 * done / total_), passed.count(), title_.c_str(),
                 last ? "\n" : "");
  } else {
    std::fprintf(stderr, "%3d%% %6.1fs  %s\n", static_cast<int>(100 * done / total_),
                 passed.count(), title_.c_str());
  }
  std::fflush(stderr);
}

std::string HumanBytes(uint64_t bytes) {
  char text[32];
  if (bytes >= 1000 * 1000) {
    std::snprintf(text, sizeof text, "%.2f MB", static_cast<double>(bytes) / 1e6);
  } else if (bytes >= 1000) {
    std::snprintf(text, sizeof text, "%.1f kB", static_cast<double>(bytes) / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%d B", static_cast<int>(bytes));
  }
  return text;
}

}  // namespace dudao::command
