// One connection of the web door, in clear text or TLS, from its handshake to its end.
//
// Kept alive by what it waits for; all of it runs on the strand of its socket. Requests are
// answered one after the other. What is to be done with a request is decided here; what it means is
// not.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>  // NOLINT: before asio, whose awaitable.hpp forgets it

#include "live_streams.h"
#include "web_crowd.h"
#include "web_files.h"
#include "web_server.h"

namespace dudao::server {

// What all connections of a door share; it outlives them.
struct WebDoor {
  WebDoor(const WebOptions& given, const WebServer::Parts& parts)
      : options(given),
        dispatcher(parts.dispatcher),
        executor(parts.executor),
        files(given.root, given.map),
        crowd(given.connections_max, given.address_connections_max),
        streams({parts.auth, parts.spaces, parts.revisions, parts.wall_ms}, given.streams_max) {}

  const WebOptions options;
  Dispatcher& dispatcher;
  Executor& executor;
  WebFiles files;
  WebCrowd crowd;
  LiveStreams streams;
  std::atomic<size_t> running{0};     // calls that the executor holds
  std::atomic<size_t> body_bytes{0};  // of requests on their way
  std::atomic<bool> closing{false};
  std::atomic<uint64_t> pages{0};
};

// Takes the connection over. `tls`: null for clear text.
void ServeConnection(WebDoor& door, boost::asio::ip::tcp::socket socket,
                     std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace dudao::server
