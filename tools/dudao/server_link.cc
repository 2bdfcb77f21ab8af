#include "server_link.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <utility>
#include <vector>

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

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());  // NOLINT: bytes
  }
  return bytes;
}

}  // namespace

class ServerLink::ByteCarrier final : public Carrier {
 public:
  explicit ByteCarrier(ServerLink& link) : link_(link), stub_(link.channel()) {}

  void Carry(const client::v1::OutgoingCall& call, client::v1::DeliverRequest& outcome) override {
    grpc::ClientContext context;
    link_.Prepare(context);
    if (call.deadline_ms() > 0) {
      context.set_deadline(std::chrono::system_clock::now() +
                           std::chrono::milliseconds(call.deadline_ms()));
    }
    const grpc::Slice slice(call.request());
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    grpc::CompletionQueue queue;
    const auto reader = stub_.PrepareUnaryCall(&context, call.method(), request, &queue);
    reader->StartCall();
    reader->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (status.ok()) {
      outcome.set_response(BytesOf(response));
      return;
    }
    outcome.mutable_error()->set_code(static_cast<int32_t>(status.error_code()));
    outcome.mutable_error()->set_message(status.error_message());
    outcome.mutable_error()->set_reason(ReasonOf(status));
  }

 private:
  ServerLink& link_;
  grpc::GenericStub stub_;
};

ServerLink::ServerLink(const std::string& server, Identity who) : who_(std::move(who)) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(server::kMessageBytesMax);
  arguments.SetMaxSendMessageSize(server::kMessageBytesMax);
  // Each link is a connection of its own: tablets do not share one.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
  carrier_ = std::make_unique<ByteCarrier>(*this);
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
