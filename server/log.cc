#include "log.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr uint64_t kStrangersLines = 100;
constexpr int64_t kMsPerSecond = 1000;

void Field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  absl::StrAppend(&out, ",\"", std::string(name), "\":\"");
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string Opening(int64_t wall_ms) {
  return absl::StrCat(
      "{\"time\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(wall_ms), absl::UTCTimeZone()),
      "\"");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Log>> Log::Open(const std::string& path,
                                               std::function<int64_t()> wall_ms) {
  if (path.empty()) return std::unique_ptr<Log>(new Log(stderr, false, std::move(wall_ms)));
  if (path == "none") return std::unique_ptr<Log>(new Log(nullptr, false, std::move(wall_ms)));
  std::FILE* file = std::fopen(path.c_str(), "ae");
  if (file == nullptr) return FileError(errno, "log");
  return std::unique_ptr<Log>(new Log(file, true, std::move(wall_ms)));
}

Log::Log(std::FILE* file, bool owned, std::function<int64_t()> wall_ms)
    : wall_ms_(std::move(wall_ms)), file_(file), owned_(owned) {}

Log::~Log() {
  if (owned_) std::fclose(file_);
}

bool Log::MayWrite(const CallLine& line, int64_t now_ms, std::string& suppressed) {
  if (!line.user.empty()) return true;
  absl::MutexLock lock(&mutex_);
  if (now_ms / kMsPerSecond != strangers_second_) {
    if (strangers_lines_ > kStrangersLines)
      suppressed = absl::StrCat(strangers_lines_ - kStrangersLines, " calls");
    strangers_second_ = now_ms / kMsPerSecond;
    strangers_lines_ = 0;
  }
  return ++strangers_lines_ <= kStrangersLines;
}

void Log::Call(const CallLine& line) {
  const int64_t now_ms = wall_ms_();
  std::string suppressed;
  const bool may = MayWrite(line, now_ms, suppressed);
  if (!suppressed.empty()) Event("warning", "calls_not_logged", suppressed);
  if (!may) return;
  std::string out = Opening(now_ms);
  Field(out, "level", line.code == "OK" ? "info" : "warn");
  Field(out, "request", line.request_id);
  Field(out, "method", line.method);
  Field(out, "door", line.door);
  Field(out, "user", line.user);
  Field(out, "space", line.space);
  Field(out, "code", line.code);
  Field(out, "reason", line.reason);
  Field(out, "detail", line.detail);
  absl::StrAppend(&out, ",\"bytes_in\":", line.bytes_in, ",\"bytes_out\":", line.bytes_out,
                  ",\"us\":", line.micros, "}\n");
  Write(out);
}

void Log::Event(std::string_view level, std::string_view event, std::string_view detail) {
  std::string out = Opening(wall_ms_());
  Field(out, "level", level);
  Field(out, "event", event);
  Field(out, "detail", detail);
  out += "}\n";
  Write(out);
}

void Log::Write(const std::string& line) {
  absl::MutexLock lock(&mutex_);
  if (file_ == nullptr) return;
  std::fwrite(line.data(), 1, line.size(), file_);
  std::fflush(file_);
}

}  // namespace dudao::server
