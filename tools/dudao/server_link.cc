#include "server_link.h"

#include <grpcpp/create_channel.h>

#include <chrono>
#include <utility>

#include "dudao/client/grpc_channel.h"
#include "dudao/server/names.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dudao::command {
namespace {

constexpr std::chrono::seconds kDeadline(60);

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return "";
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

}  // namespace

class ServerLink::ByteCarrier final : public Carrier {
 public:
  ByteCarrier(const std::shared_ptr<grpc::Channel>& channel, const Identity& who)
      : channel_(channel, {who.person_id, who.secret}) {}

  void Carry(const client::v1::OutgoingCall& call, client::v1::DeliverRequest& outcome) override {
    client::CallResult result =
        channel_.Call(call.method(), call.request(), absl::Milliseconds(call.deadline_ms()));
    if (result.status.ok()) {
      outcome.set_response(std::move(result.response));
      return;
    }
    outcome.mutable_error()->set_code(static_cast<int32_t>(result.status.error_code()));
    outcome.mutable_error()->set_message(result.status.error_message());
    outcome.mutable_error()->set_reason(result.reason);
  }

 private:
  client::GrpcChannel channel_;
};

ServerLink::ServerLink(const std::string& server, Identity who) : who_(std::move(who)) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(server::kMessageBytesMax);
  arguments.SetMaxSendMessageSize(server::kMessageBytesMax);
  // Each link is a connection of its own: tablets do not share one.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
  carrier_ = std::make_unique<ByteCarrier>(channel_, who_);
}

ServerLink::~ServerLink() = default;

Carrier& ServerLink::carrier() { return *carrier_; }

void ServerLink::Prepare(grpc::ClientContext& context) const {
  context.AddMetadata(server::kUserMetadata, who_.person_id);
  context.AddMetadata(server::kSecretMetadata, who_.secret);
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string reason = ReasonOf(status);
  std::string message = status.error_message();
  if (!reason.empty()) message = reason + ": " + message;
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), message);
}

}  // namespace dudao::command
