// The browsers' door: HTTP/1.1 with gRPC-Web calls, the files of the web apps, and a stream of
// news.
//
// A call is handed to the dispatcher as bytes and runs on the executor, as one that came by gRPC;
// no method is known here. Everything else runs on two threads of its own, none of which waits for
// a handler, a disk under load or a slow peer. Each stage of a connection has its own limit of time
// (handshake, head, body by its size, answer by its size, idle), and when there are too many, the
// one that was waited for longest goes. Does not: HTTP/2 (a proxy in front may), cookies, CORS, any
// method but GET, HEAD and POST. Thread-safe; Shutdown, or the destructor, returns when nothing of
// it runs. Errors of Start: those of TcpListener and TlsContext.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "call_auth.h"
#include "dispatcher.h"
#include "executor.h"
#include "log.h"
#include "metrics.h"
#include "revisions.h"
#include "spaces.h"
#include "web_map.h"

namespace dudao::server {

struct WebOptions {
  std::string listen;
  std::string root;  // folder of the web apps
  WebMap map;
  std::string tls_certificate_file;  // PEM; empty: clear text
  std::string tls_key_file;
  absl::Duration tls_look_every = absl::Minutes(1);
  bool any_address = false;      // clear text outside loopback
  size_t message_bytes_max = 0;  // of a request
  size_t body_bytes_max = 0;     // of all requests on their way
  size_t connections_max = 0;
  size_t address_connections_max = 0;
  size_t streams_max = 0;
  absl::Duration head_max = absl::Seconds(15);  // for a handshake, and for the head of a request
  absl::Duration idle_max = absl::Seconds(90);  // between requests
  absl::Duration receive_max;                   // for a body to arrive, at most
  absl::Duration call_max;                      // for a call to end
  absl::Duration beat_every = absl::Seconds(25);
};

class WebServer {
 public:
  struct Parts {
    Dispatcher& dispatcher;
    Executor& executor;
    CallAuth& auth;
    Spaces& spaces;
    Revisions& revisions;
    Log& log;
    std::function<int64_t()> wall_ms;
  };
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(const WebOptions& options, Parts parts);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  int port() const;
  void Figures(MetricsText& text) const;
  // Takes no new connections and returns when the calls under way have ended; their callers are
  // waited for until `grace` is over. REQUIRES: the executor still runs.
  void Shutdown(absl::Duration grace);

 private:
  class State;
  explicit WebServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dudao::server
