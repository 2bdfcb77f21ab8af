// Accepts TCP connections for an HTTP listener, and knows on which addresses clear text is
// harmless.
//
// Lives on an io_context of its owner's; each connection gets a strand of its own. While there is
// no room, newcomers wait in the kernel's queue. Does not: read, write, TLS. Start and Close from
// one thread; SomebodyLeft from any thread while the io_context lives. Errors of Open:
// INVALID_ARGUMENT (OPTIONS_INVALID) an address that makes no sense, FAILED_PRECONDITION
// (CLEAR_TEXT_REFUSED) one that is not loopback, UNAVAILABLE (LISTEN_FAILED).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>  // NOLINT: before asio, whose awaitable.hpp forgets it

#include "absl/status/status.h"

namespace dudao::server {

class TcpListener {
 public:
  using Tcp = boost::asio::ip::tcp;
  struct Hooks {
    std::function<bool()> has_room;
    std::function<void(Tcp::socket)> visitor;
  };
  TcpListener(boost::asio::io_context& io, Hooks hooks);

  // `listen`: "127.0.0.1:9447", "[::1]:9447"; port 0 takes a free one. `what` names it in errors.
  absl::Status Open(const std::string& listen, bool any_address, std::string_view what);
  void Start();
  void SomebodyLeft();
  void Close();
  int port() const { return port_; }

 private:
  void Accept();
  void Later();

  boost::asio::io_context& io_;
  const Hooks hooks_;
  boost::asio::strand<boost::asio::io_context::executor_type> strand_;
  Tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  bool accepting_ = false;
  int port_ = 0;
};

}  // namespace dudao::server
