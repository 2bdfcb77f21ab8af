#include "web_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "page.h"

namespace dudao::integration {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;

constexpr auto kStep = std::chrono::seconds(20);
constexpr size_t kFrameHead = 5;

}  // namespace

// Asynchronous below, so that every step has a limit.
struct WebClient::Link {
  Link() : tls(asio::ssl::context::tls_client), stream(io, tls), plain(io) {}

  beast::tcp_stream& lowest() { return encrypted ? beast::get_lowest_layer(stream) : plain; }
  template <typename Start>
  ErrorCode Do(Start start) {
    ErrorCode result = asio::error::would_block;
    lowest().expires_after(kStep);
    start([&result](ErrorCode error, auto&&...) { result = error; });
    io.restart();
    io.run();
    return result;
  }
  template <typename Action>
  ErrorCode OnStream(Action action) {
    return encrypted ? Do([&](auto done) { action(stream, done); })
                     : Do([&](auto done) { action(plain, done); });
  }

  asio::io_context io;
  asio::ssl::context tls;
  beast::ssl_stream<beast::tcp_stream> stream;
  beast::tcp_stream plain;
  beast::flat_buffer buffer;
  std::string seen;
  bool encrypted = false;
  bool open = false;
};

std::string WebReply::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

WebClient::WebClient(int port, const std::string& root_pem) : link_(std::make_unique<Link>()) {
  const asio::ip::tcp::endpoint to(asio::ip::address_v4::loopback(), static_cast<uint16_t>(port));
  link_->encrypted = !root_pem.empty();
  if (link_->encrypted) {
    link_->tls.add_certificate_authority(asio::buffer(root_pem));
    link_->stream.set_verify_mode(asio::ssl::verify_peer);
    link_->stream.set_verify_callback(asio::ssl::host_name_verification("localhost"));
  }
  ErrorCode error =
      link_->Do([&](auto done) { link_->lowest().async_connect(to, std::move(done)); });
  if (!error && link_->encrypted) {
    error = link_->Do([&](auto done) {
      link_->stream.async_handshake(asio::ssl::stream_base::client, std::move(done));
    });
  }
  link_->open = !error;
}

WebClient::~WebClient() = default;
WebClient::WebClient(WebClient&&) noexcept = default;
WebClient& WebClient::operator=(WebClient&&) noexcept = default;
bool WebClient::connected() const { return link_->open; }

bool WebClient::Begin(const std::string& method, const std::string& target,
                      const WebFields& fields) {
  http::request<http::empty_body> request;
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, "localhost");
  for (const auto& [name, value] : fields) request.set(name, value);
  request.prepare_payload();
  return !link_->OnStream(
      [&](auto& stream, auto done) { http::async_write(stream, request, std::move(done)); });
}

bool WebClient::ReadMore() {
  std::array<char, 4096> part{};
  size_t got = 0;
  const ErrorCode error = link_->OnStream([&](auto& stream, auto done) {
    stream.async_read_some(asio::buffer(part),
                           [&got, done](ErrorCode result, size_t bytes) mutable {
                             got = bytes;
                             done(result);
                           });
  });
  link_->seen.append(part.data(), got);
  return !error;
}

std::string WebClient::ReadUntil(const std::string& wanted) {
  while (link_->seen.find(wanted) == std::string::npos && ReadMore()) {
  }
  return link_->seen;
}

WebReply WebClient::Ask(const std::string& method, const std::string& target,
                        const WebFields& fields, const std::string& body) {
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, "localhost");
  for (const auto& [name, value] : fields) request.set(name, value);
  request.body() = body;
  request.prepare_payload();
  WebReply reply;
  if (!link_->open) return reply;
  // A server that refuses may answer before it has read everything.
  static_cast<void>(link_->OnStream(
      [&](auto& stream, auto done) { http::async_write(stream, request, std::move(done)); }));
  http::response_parser<http::string_body> parser;
  parser.body_limit(64 << 20);
  if (method == "HEAD") parser.skip(true);
  const ErrorCode error = link_->OnStream([&](auto& stream, auto done) {
    http::async_read(stream, link_->buffer, parser, std::move(done));
  });
  if (error) {
    link_->open = false;
    return reply;
  }
  const auto& got = parser.get();
  reply.status = static_cast<int>(got.result_int());
  for (const auto& field : got) {
    const std::string name(field.name_string().data(), field.name_string().size());
    reply.headers[absl::AsciiStrToLower(name)] =
        std::string(field.value().data(), field.value().size());
  }
  reply.body = got.body();
  if (!got.keep_alive()) link_->open = false;
  return reply;
}

WebCallReply WebClient::Call(const std::string& method, const std::string& message,
                             const WebFields& fields) {
  WebFields all = {{"Content-Type", "application/grpc-web+proto"}};
  all.insert(all.end(), fields.begin(), fields.end());
  return ReadWebAnswer(Ask("POST", method, all, WebFrame(message)));
}

std::string WebFrame(const std::string& message) {
  std::string frame(1, '\0');
  for (const int shift : {24, 16, 8, 0})
    frame += static_cast<char>((message.size() >> shift) & 0xff);
  return frame + message;
}

WebCallReply ReadWebAnswer(const WebReply& reply) {
  WebCallReply call;
  call.http = reply.status;
  if (reply.Header("content-type") != "application/grpc-web+proto") return call;
  std::string left = reply.body;
  while (left.size() >= kFrameHead) {
    size_t size = 0;
    for (size_t i = 1; i < kFrameHead; ++i) size = (size << 8) | static_cast<uint8_t>(left[i]);
    const std::string content = left.substr(kFrameHead, size);
    const bool trailers = (left[0] & '\x80') != 0;
    left.erase(0, kFrameHead + size);
    if (!trailers) {
      call.bytes = content;
      continue;
    }
    for (const absl::string_view line : absl::StrSplit(content, "\r\n")) {
      const std::pair<std::string, std::string> field =
          absl::StrSplit(line, absl::MaxSplits(": ", 1));
      if (field.first == "grpc-status")
        static_cast<void>(absl::SimpleAtoi(field.second, &call.status));
      if (field.first == "grpc-message") call.message = field.second;
      if (field.first == "grpc-status-details-bin")
        static_cast<void>(absl::Base64Unescape(field.second, &call.details));
    }
  }
  return call;
}

std::string SendRaw(int port, const std::string& bytes, int seconds) {
  const int fd = testing_support::ConnectLoopback(port, seconds);
  std::string all;
  if (fd < 0) return all;
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0) {
    std::array<char, 4096> part{};
    ssize_t n = 0;
    while ((n = recv(fd, part.data(), part.size(), 0)) > 0)
      all.append(part.data(), static_cast<size_t>(n));
  }
  close(fd);
  return all;
}

}  // namespace dudao::integration
