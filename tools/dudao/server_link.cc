#include "server_link.h"

#include <chrono>
#include <utility>

#include "dudao/client/grpc_channel.h"
#include "dudao/client/sync_pump.h"
#include "dudao/server/names.h"
#include "failure.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dudao::command {
namespace {

constexpr std::chrono::seconds kDeadline(60);

FailureText TextsOf(const grpc::Status& status) {
  FailureText text{"", "", status.error_message()};
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return text;
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::LocalizedMessage localized;
    if (detail.UnpackTo(&info)) text.reason = info.reason();
    if (!detail.UnpackTo(&localized)) continue;
    (localized.locale() == "en" ? text.en : text.zh) = localized.message();
  }
  return text;
}

}  // namespace

class ServerLink::ByteCarrier final : public Carrier {
 public:
  explicit ByteCarrier(const std::shared_ptr<grpc::Channel>& channel) : channel_(channel) {}

  void Carry(const client::v1::OutgoingCall& call, client::v1::DeliverRequest& outcome) override {
    outcome = client::CarryOut(channel_, call);
  }

 private:
  client::GrpcChannel channel_;
};

ServerLink::ServerLink(const ServerAddress& server, std::string session)
    : session_(std::move(session)) {
  client::ChannelOptions options;
  options.tls = !server.certificate.empty();
  options.root_certificates = server.certificate;
  options.message_bytes_max = server::kMessageBytesMax;
  options.own_connection = true;  // tablets do not share one
  channel_ = client::OpenChannel(server.target, options);
  carrier_ = std::make_unique<ByteCarrier>(channel_);
}

ServerLink::~ServerLink() = default;

Carrier& ServerLink::carrier() { return *carrier_; }

void ServerLink::Prepare(grpc::ClientContext& context) const {
  if (!session_.empty()) context.AddMetadata(server::kSessionMetadata, session_);
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const FailureText text = TextsOf(status);
  std::string message = text.en;
  if (!text.reason.empty()) message = text.reason + ": " + message;
  absl::Status out(static_cast<absl::StatusCode>(status.error_code()), message);
  return text.zh.empty() ? out : WithTexts(std::move(out), text);
}

}  // namespace dudao::command
