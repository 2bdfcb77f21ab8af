// gRPC in front of a dispatcher: the only source that knows gRPC.
//
// Every method comes in over one byte-level service, so that a message is parsed once and no method
// is written twice. gRPC's threads only hand over; handlers run on the executor. Health
// (grpc.health.v1) is served beside it. Files of a certificate that are replaced are taken up
// within a minute. Whoever is slow, silent or too much is cut: handshakes, requests and answers
// have limits of time and size here, so that none of them waits on a handler's thread. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dispatcher.h"
#include "executor.h"

namespace dudao::server {

struct RpcOptions {
  std::string listen;
  std::string tls_certificate_file;  // PEM; empty: clear text
  std::string tls_key_file;
  absl::Duration tls_look_every = absl::Minutes(1);
  bool reflection = false;
  int message_bytes_max = 0;
  absl::Duration receive_max;  // for a request to arrive
  absl::Duration call_max;     // for a call to end
  size_t calls_open_max = 0;
  size_t transport_bytes_max = 0;
};

class RpcServer {
 public:
  // UNAVAILABLE (LISTEN_FAILED) where the port cannot be had.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const RpcOptions& options,
                                                          Dispatcher& dispatcher,
                                                          Executor& executor);
  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  int port() const;
  // Calls that have begun and not ended.
  size_t calls_open() const;
  // Connections that were ended because they sent and never called.
  uint64_t connections_cut() const;
  // Takes no new calls and returns when those under way have ended; after `grace` they are cut.
  void Shutdown(absl::Duration grace);

 private:
  class Service;
  struct Parts;
  explicit RpcServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace dudao::server
