#include "web_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dudao/sync/trust/suite.h"

namespace dudao::server {
namespace {

constexpr uint64_t kFileBytesMax = uint64_t{32} << 20;
constexpr uint64_t kKeptBytesMax = uint64_t{128} << 20;
constexpr size_t kPathMax = 1024;
constexpr size_t kTagBytes = 12;
constexpr char kForGood[] = "public, max-age=31536000, immutable";
constexpr char kAskAgain[] = "no-cache";

constexpr std::array<std::string_view, 2> kApps = {"office", "tablet"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes = {{
    {"html", "text/html; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"wasm", "application/wasm"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"ico", "image/x-icon"},
    {"woff2", "font/woff2"},
    {"txt", "text/plain; charset=utf-8"},
}};

constexpr char kNoApps[] =
    R"html(<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>督导 Dudao</title>
<style>body{font:16px/1.7 sans-serif;max-width:42em;margin:3em auto;padding:0 1em}code{background:#eee;padding:0 .3em}</style>
<h1>督导</h1>
<p>服务器在运行，但这里没有网页程序。请在代码目录中运行 <code>make web</code> 生成后刷新本页；如文件在别处，请用
<code>dudao serve --web-root 目录</code> 指明，目录中应有 <code>office/index.html</code> 和 <code>tablet/index.html</code>。</p>
<h1 lang="en">Dudao</h1>
<p lang="en">The server runs, but there are no web apps here. Run <code>make web</code> in the checkout and load this page again; if the
files are elsewhere, name the folder that holds <code>office/index.html</code> and <code>tablet/index.html</code> with
<code>dudao serve --web-root FOLDER</code>.</p></html>
)html";

bool IsPlain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
         c == '~' || c == '@' || c == '+';
}

// The parts of a path that could be a file of ours; nothing for any other.
std::optional<std::vector<std::string>> PartsOf(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path.empty() || path.front() != '/' || path.size() > kPathMax) return std::nullopt;
  std::vector<std::string> parts = absl::StrSplit(std::string(path.substr(1)), '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    if (part.empty() && i + 1 < parts.size()) return std::nullopt;
    if (!part.empty() && part.front() == '.') return std::nullopt;
    if (!std::all_of(part.begin(), part.end(), IsPlain)) return std::nullopt;
  }
  return parts;
}

std::string_view TypeOf(std::string_view name) {
  const std::string_view ending = name.substr(name.rfind('.') + 1);
  for (const auto& [known, type] : kTypes) {
    if (known == ending) return type;
  }
  return {};
}

// RFC 9110, 12.5.3, as far as browsers use it.
bool Accepts(std::string_view accept_encoding, std::string_view coding) {
  for (const absl::string_view item :
       absl::StrSplit(absl::string_view(accept_encoding.data(), accept_encoding.size()), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(item, ';');
    const absl::string_view name = absl::StripAsciiWhitespace(parts[0]);
    if (!absl::EqualsIgnoreCase(name, absl::string_view(coding.data(), coding.size()))) continue;
    if (parts.size() < 2) return true;
    absl::string_view weight = absl::StripAsciiWhitespace(parts[1]);
    double q = 1;
    return !absl::ConsumePrefix(&weight, "q=") || !absl::SimpleAtod(weight, &q) || q > 0;
  }
  return false;
}

bool Matches(std::string_view if_none_match, std::string_view tag) {
  for (const absl::string_view item :
       absl::StrSplit(absl::string_view(if_none_match.data(), if_none_match.size()), ',')) {
    absl::string_view one = absl::StripAsciiWhitespace(item);
    absl::ConsumePrefix(&one, "W/");
    if (one == "*" || std::string_view(one.data(), one.size()) == tag) return true;
  }
  return false;
}

WebAnswer Redirect(std::string_view to) {
  WebAnswer answer = TextAnswer(302, absl::StrCat(std::string(to), "\n"));
  answer.headers.emplace_back("Location", std::string(to));
  return answer;
}

WebAnswer NoApps() {
  WebAnswer answer = TextAnswer(404, kNoApps);
  answer.headers[0].second = "text/html; charset=utf-8";
  return answer;
}

std::string ReadAll(int fd, uint64_t size) {
  std::string content(size, '\0');
  size_t at = 0;
  while (at < content.size()) {
    const ssize_t n = read(fd, content.data() + at, content.size() - at);
    if (n <= 0) break;
    at += static_cast<size_t>(n);
  }
  content.resize(at);
  return content;
}

}  // namespace

WebFiles::WebFiles(const std::string& root, WebMap map)
    : root_(std::filesystem::absolute(root.empty() ? "." : root).lexically_normal().string()),
      map_(std::move(map)) {}

std::optional<WebFiles::File> WebFiles::Read(const std::string& path) {
  std::error_code error;
  const std::filesystem::path root = std::filesystem::canonical(root_, error);
  if (error) return std::nullopt;
  const std::string real = std::filesystem::canonical(root / path, error).string();
  if (error || !real.starts_with(absl::StrCat(root.string(), "/"))) return std::nullopt;
  const int fd = open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  struct stat now {};
  std::optional<File> file;
  if (fstat(fd, &now) == 0 && S_ISREG(now.st_mode) &&
      static_cast<uint64_t>(now.st_size) <= kFileBytesMax) {
    const int64_t changed_ns = now.st_mtim.tv_sec * int64_t{1'000'000'000} + now.st_mtim.tv_nsec;
    absl::MutexLock lock(&mutex_);
    const auto known = files_.find(real);
    if (known != files_.end() && known->second.changed_ns == changed_ns &&
        known->second.size == static_cast<uint64_t>(now.st_size)) {
      file = known->second;
    } else {
      file = File{changed_ns, static_cast<uint64_t>(now.st_size), "", nullptr};
      file->content = std::make_shared<const std::string>(ReadAll(fd, file->size));
      const std::string hash = sync::Digest(sync::kDefaultSuite, *file->content);
      file->tag = absl::StrCat("\"", absl::BytesToHexString(hash.substr(0, kTagBytes)), "\"");
      // All of it is needed again only rarely: after another build, the old names are not.
      if (kept_bytes_ + file->size > kKeptBytesMax) {
        files_.clear();
        kept_bytes_ = 0;
      }
      kept_bytes_ += file->size;
      files_[real] = *file;
    }
  }
  close(fd);
  return file;
}

std::optional<WebAnswer> WebFiles::Found(const std::string& path, std::string_view type,
                                         std::string_view cache_control,
                                         const WebQuestion& question) {
  std::optional<File> file = Read(path);
  if (!file) return std::nullopt;
  WebAnswer answer;
  answer.headers = {{"Content-Type", std::string(type)},
                    {"Cache-Control", std::string(cache_control)},
                    {"Vary", "Accept-Encoding"}};
  for (const auto& [coding, ending] : {std::pair{"br", ".br"}, std::pair{"gzip", ".gz"}}) {
    if (!Accepts(question.accept_encoding, coding)) continue;
    std::optional<File> packed = Read(path + ending);
    if (!packed) continue;
    answer.headers.emplace_back("Content-Encoding", coding);
    file = std::move(packed);
    break;
  }
  answer.headers.emplace_back("ETag", file->tag);
  if (Matches(question.if_none_match, file->tag)) {
    answer.status = 304;
  } else {
    answer.body = file->content;
  }
  return answer;
}

WebAnswer WebFiles::Answer(const WebQuestion& question) {
  const WebAnswer absent = TextAnswer(404, "没有这个文件 / no such file\n");
  const auto parts = PartsOf(question.target);
  if (!parts) return absent;
  if (parts->size() == 1 && parts->front().empty()) return Redirect("/office/");
  const std::string& app = parts->front();
  if (std::find(kApps.begin(), kApps.end(), app) == kApps.end()) return absent;
  if (parts->size() == 1) return Redirect(absl::StrCat("/", app, "/"));
  if (parts->back().find('.') == std::string::npos) {
    auto page = Found(absl::StrCat(app, "/index.html"), TypeOf("index.html"), kAskAgain, question);
    if (!page) return NoApps();
    // Pictures of the map's host, for the office's pages alone.
    if (app == kApps[0] && !map_.tile_origin.empty())
      page->headers.emplace_back("Content-Security-Policy", ContentPolicy(map_.tile_origin));
    return *std::move(page);
  }
  if (app == kApps[0] && parts->size() == 2 && parts->back() == "map.json") {
    WebAnswer answer = TextAnswer(200, map_.json == nullptr ? "{}" : *map_.json);
    answer.headers[0].second = "application/json";
    return answer;
  }
  const std::string_view type = TypeOf(parts->back());
  if (type.empty()) return absent;
  const bool hashed = parts->size() > 2 && (*parts)[1] == "assets";
  std::string path = app;
  for (size_t i = 1; i < parts->size(); ++i) absl::StrAppend(&path, "/", (*parts)[i]);
  auto found = Found(path, type, hashed ? kForGood : kAskAgain, question);
  return found ? *std::move(found) : absent;
}

}  // namespace dudao::server
