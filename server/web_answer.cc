#include "web_answer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace dudao::server {
namespace {

WebHeaders MakeSafetyHeaders(bool tls) {
  WebHeaders headers = {
      {"Content-Security-Policy", ContentPolicy("")},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy",
       "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"},
  };
  if (tls) headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return headers;
}

}  // namespace

// What the pages need and nothing else: WebAssembly, workers, styles of their own, pictures they
// made.
std::string ContentPolicy(std::string_view pictures) {
  return absl::StrCat(
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' "
      "'unsafe-inline'; img-src 'self' data: blob:",
      pictures.empty() ? "" : " ", std::string(pictures),
      "; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
      "form-action 'none'; object-src 'none'");
}

WebAnswer TextAnswer(unsigned status, std::string text) {
  WebAnswer answer;
  answer.status = status;
  answer.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
  answer.body = std::make_shared<const std::string>(std::move(text));
  return answer;
}

const WebHeaders& SafetyHeaders(bool tls) {
  static const auto* const clear_text = new WebHeaders(MakeSafetyHeaders(false));
  static const auto* const encrypted = new WebHeaders(MakeSafetyHeaders(true));
  return tls ? *encrypted : *clear_text;
}

bool FromElsewhere(const WebOrigin& from, bool tls) {
  // "none": typed by the person. Browsers that do not send it send Origin.
  if (!from.fetch_site.empty() && from.fetch_site != "same-origin" && from.fetch_site != "none")
    return true;
  if (from.origin.empty()) return false;
  const std::string origin =
      absl::AsciiStrToLower(absl::string_view(from.origin.data(), from.origin.size()));
  const std::string host =
      absl::AsciiStrToLower(absl::string_view(from.host.data(), from.host.size()));
  if (host.empty()) return true;
  if (origin == absl::StrCat("https://", host)) return false;
  // In clear text the page may have come through a proxy that speaks TLS, or directly.
  return tls || origin != absl::StrCat("http://", host);
}

}  // namespace dudao::server
