#include "tcp_listener.h"

#include <boost/asio/post.hpp>
#include <chrono>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "dudao/sync/crdt/status_macros.h"
#include "reason.h"

namespace dudao::server {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kPause = std::chrono::milliseconds(200);

absl::StatusOr<Tcp::endpoint> EndpointOf(const std::string& listen, bool any_address,
                                         std::string_view what) {
  const size_t colon = listen.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
      port > 65535) {
    return Error(absl::StatusCode::kInvalidArgument, "OPTIONS_INVALID", what);
  }
  std::string host = listen.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  ErrorCode error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return Error(absl::StatusCode::kInvalidArgument, "OPTIONS_INVALID", what);
  if (!address.is_loopback() && !any_address)
    return Error(absl::StatusCode::kFailedPrecondition, "CLEAR_TEXT_REFUSED", what);
  return Tcp::endpoint(address, static_cast<uint16_t>(port));
}

}  // namespace

TcpListener::TcpListener(asio::io_context& io, Hooks hooks)
    : io_(io),
      hooks_(std::move(hooks)),
      strand_(asio::make_strand(io)),
      acceptor_(strand_),
      pause_(strand_) {}

absl::Status TcpListener::Open(const std::string& listen, bool any_address, std::string_view what) {
  DUDAO_ASSIGN(const Tcp::endpoint endpoint, EndpointOf(listen, any_address, what));
  ErrorCode error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED", listen);
  port_ = acceptor_.local_endpoint(error).port();
  return absl::OkStatus();
}

void TcpListener::Start() {
  asio::post(strand_, [this] {
    if (!accepting_) Accept();
  });
}

void TcpListener::SomebodyLeft() { Start(); }

void TcpListener::Close() {
  asio::post(strand_, [this] {
    ErrorCode ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
}

void TcpListener::Accept() {
  if (!acceptor_.is_open()) return;
  accepting_ = true;
  acceptor_.async_accept(asio::make_strand(io_), [this](ErrorCode error, Tcp::socket socket) {
    accepting_ = false;
    if (!error) hooks_.visitor(std::move(socket));
    if (error == asio::error::operation_aborted) return;
    if (error) return Later();
    if (hooks_.has_room()) Accept();
  });
}

// No descriptors left, mostly: not to be asked again at once.
void TcpListener::Later() {
  pause_.expires_after(kPause);
  pause_.async_wait([this](ErrorCode error) {
    if (!error && !accepting_) Accept();
  });
}

}  // namespace dudao::server
