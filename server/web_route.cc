#include "web_route.h"

#include <poll.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dudao/server/names.h"
#include "permission.h"
#include "rate_limiter.h"
#include "web_frames.h"

namespace dudao::server {
namespace {

constexpr size_t kAddressMax = 64;
constexpr double kBytesPerSecondLeast = 1024;
constexpr char kPing[] = "/ping";

// True once the other end has closed its side.
bool HasGone(int fd) {
  pollfd look{fd, POLLRDHUP, 0};
  return poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

std::string_view TargetOf(const WebRequest& request) {
  return {request.target().data(), request.target().size()};
}

WebRoute Refused(WebAnswer answer) { return {WebStep::kRefuse, std::move(answer), false}; }

}  // namespace

WebRoute RouteOf(const WebRequest& request, WebFiles& files, bool tls) {
  const std::string_view target = TargetOf(request);
  const bool head = request.method() == http::verb::head;
  if (head || request.method() == http::verb::get) {
    if (target == kPing)
      return {WebStep::kAnswer, {204, {{"Cache-Control", "no-store"}}, nullptr}, head};
    return {WebStep::kAnswer,
            files.Answer({target, HeaderOf(request, http::field::accept_encoding),
                          HeaderOf(request, http::field::if_none_match)}),
            head};
  }
  if (request.method() != http::verb::post)
    return Refused({405, {{"Allow", "GET, HEAD, POST"}}, nullptr});
  const WebOrigin from{HeaderOf(request, http::field::origin), HeaderOf(request, http::field::host),
                       HeaderOf(request, "Sec-Fetch-Site")};
  if (FromElsewhere(from, tls))
    return Refused(TextAnswer(403, "只接受本站页面的请求 / only pages of this site may call\n"));
  if (target == EventsRule().method) return {WebStep::kNews, {}, false};
  if (!IsGrpcWeb(HeaderOf(request, http::field::content_type)))
    return Refused(TextAnswer(415, "application/grpc-web+proto\n"));
  return {WebStep::kCall, {}, false};
}

Incoming IncomingOf(const WebRequest& request, const std::string& address, int fd,
                    absl::Duration call_max) {
  Incoming incoming;
  incoming.door = Door::kWeb;
  incoming.method = std::string(TargetOf(request));
  incoming.credentials.session = std::string(HeaderOf(request, kSessionMetadata));
  incoming.credentials.device = std::string(HeaderOf(request, kDeviceMetadata));
  incoming.credentials.signature = std::string(HeaderOf(request, kSignatureMetadata));
  // What comes from this machine may be a proxy of ours, which says whose call it hands on.
  const std::string_view behind =
      IsHere(address) ? HeaderOf(request, "x-real-ip") : std::string_view();
  incoming.peer = behind.empty() ? address : std::string(behind.substr(0, kAddressMax));
  const absl::Time end =
      absl::Now() + std::min(call_max, TimeoutOf(HeaderOf(request, "grpc-timeout")));
  incoming.abandoned = [fd, end] { return absl::Now() >= end || HasGone(fd); };
  return incoming;
}

std::string AddressIn(const Tcp::endpoint& endpoint) {
  // As gRPC names it.
  const std::string address = endpoint.address().to_string();
  return AddressOf(endpoint.address().is_v4() ? absl::StrCat("ipv4:", address, ":0")
                                              : absl::StrCat("ipv6:[", address, "]:0"));
}

bool IsHere(const std::string& address) {
  return address.starts_with("127.") || address == "::/64";
}

absl::Duration TimeFor(size_t bytes, absl::Duration least, absl::Duration most) {
  return std::min(most, least + absl::Seconds(static_cast<double>(bytes) / kBytesPerSecondLeast));
}

}  // namespace dudao::server
