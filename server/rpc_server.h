// gRPC in front of a dispatcher: the only source that knows gRPC.
//
// Every method comes in over one byte-level service, so that a message is parsed once and no method
// is written twice. gRPC's threads only hand over; handlers run on the executor. Health
// (grpc.health.v1) is served beside it. Thread-safe.
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
  std::string tls_certificate;  // PEM; empty: clear text
  std::string tls_key;
  bool reflection = false;
  int message_bytes_max = 0;
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
  // Takes no new calls and returns when those under way have ended; after `grace` they are cut.
  void Shutdown(absl::Duration grace);

 private:
  class Service;
  struct Parts;
  explicit RpcServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace dudao::server
