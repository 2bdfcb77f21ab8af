// A channel to the server: where it is, which certificate it must show, whose session calls carry.
//
// The channel exists as long as the object; it connects with the first call. Every call has a
// deadline. A tablet's calls carry what its core put into them and no session. Used by one thread.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "sync_loop.h"

namespace dudao::command {

struct ServerAddress {
  std::string target;       // host:port
  std::string certificate;  // PEM that the server's certificate must follow from; empty: clear text
};

class ServerLink {
 public:
  // `session`: of the person who calls; empty for a tablet and before signing in.
  explicit ServerLink(const ServerAddress& server, std::string session = "");
  ~ServerLink();

  // Carries a client core's calls as bytes.
  Carrier& carrier();
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Session and deadline for a call.
  void Prepare(grpc::ClientContext& context) const;

 private:
  class ByteCarrier;
  std::string session_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ByteCarrier> carrier_;
};

// A gRPC status with the server's reason before the message ("REASON: message"), as a status of
// ours.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace dudao::command
