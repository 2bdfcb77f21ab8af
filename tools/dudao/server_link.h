// A channel to the server: identity on every call, a deadline on every call.
//
// The channel exists as long as the object. Used by one thread.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "sync_loop.h"

namespace dudao::command {

// Who calls. In this version a name and a shared secret.
struct Identity {
  std::string person_id;
  std::string secret;
  std::string device;
};

class ServerLink {
 public:
  // `server` is host:port.
  ServerLink(const std::string& server, Identity who);
  ~ServerLink();

  // Carries a client core's calls as bytes.
  Carrier& carrier();
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Identity and deadline for a call.
  void Prepare(grpc::ClientContext& context) const;

 private:
  class ByteCarrier;
  Identity who_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ByteCarrier> carrier_;
};

// A gRPC status with the server's reason, as a status of ours.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace dudao::command
