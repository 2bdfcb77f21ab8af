#include "rpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "dudao/server/names.h"
#include "rate_limiter.h"
#include "reason.h"
#include "rpc_status.h"
#include "utf8.h"

namespace dudao::server {
namespace {

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()),
                 slice.size());  // NOLINT: bytes as characters
  }
  return bytes;
}

std::string MetadataOf(const grpc::CallbackServerContext& context, const char* name) {
  const auto& all = context.client_metadata();
  const auto found = all.find(name);
  return found == all.end() ? std::string()
                            : std::string(found->second.data(), found->second.size());
}

grpc::Status ToGrpc(const Outcome& outcome) {
  if (outcome.status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(outcome.status.code()), Utf8(EnglishOf(outcome.status)),
          StatusDetails(outcome.status, outcome.request_id)};
}

// One unary call. Lives until gRPC says that it is done; the handler's thread finishes it exactly
// once.
class UnaryCall final : public grpc::ServerGenericBidiReactor {
 public:
  UnaryCall(grpc::GenericCallbackServerContext& context, Dispatcher& dispatcher, Executor& executor)
      : context_(context), dispatcher_(dispatcher), executor_(executor) {
    incoming_.method = context.method();
    incoming_.credentials.session = MetadataOf(context, kSessionMetadata);
    incoming_.credentials.device = MetadataOf(context, kDeviceMetadata);
    incoming_.credentials.signature = MetadataOf(context, kSignatureMetadata);
    incoming_.peer = AddressOf(context.peer());
    incoming_.abandoned = [this] {
      return cancelled_.load() || context_.deadline() < std::chrono::system_clock::now();
    };
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    // No message, or one above the limit, which gRPC does not hand over.
    if (!ok)
      return End(dispatcher_.Refuse(
          incoming_, Error(absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE")));
    const bool taken = executor_.Submit([this] {
      incoming_.bytes = BytesOf(request_);
      request_.Clear();
      End(dispatcher_.Run(incoming_));
    });
    if (!taken)
      End(dispatcher_.Refuse(incoming_,
                             Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY")));
  }

  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override { delete this; }

 private:
  void End(const Outcome& outcome) {
    if (!outcome.status.ok()) return Finish(ToGrpc(outcome));
    const grpc::Slice slice(outcome.bytes);
    response_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  grpc::GenericCallbackServerContext& context_;
  Dispatcher& dispatcher_;
  Executor& executor_;
  Incoming incoming_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::atomic<bool> cancelled_{false};
};

std::shared_ptr<grpc::ServerCredentials> PortCredentials(const RpcOptions& options) {
  if (options.tls_certificate.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions ssl;
  ssl.pem_key_cert_pairs.push_back({options.tls_key, options.tls_certificate});
  return grpc::SslServerCredentials(ssl);
}

}  // namespace

class RpcServer::Service final : public grpc::CallbackGenericService {
 public:
  Service(Dispatcher& dispatcher, Executor& executor)
      : dispatcher_(dispatcher), executor_(executor) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new UnaryCall(*context, dispatcher_, executor_);
  }

 private:
  Dispatcher& dispatcher_;
  Executor& executor_;
};

struct RpcServer::Parts {
  std::unique_ptr<Service> service;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

RpcServer::RpcServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RpcServer::~RpcServer() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const RpcOptions& options,
                                                            Dispatcher& dispatcher,
                                                            Executor& executor) {
  // Both are process-wide switches of gRPC that the next builder reads.
  grpc::EnableDefaultHealthCheckService(true);
  static std::once_flag reflection_once;
  if (options.reflection)
    std::call_once(reflection_once,
                   [] { grpc::reflection::InitProtoReflectionServerBuilderPlugin(); });
  auto parts = std::make_unique<Parts>();
  parts->service = std::make_unique<Service>(dispatcher, executor);
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(parts->service.get());
  builder.SetMaxReceiveMessageSize(options.message_bytes_max);
  builder.SetMaxSendMessageSize(options.message_bytes_max);
  // Without this two servers could share a port, and neither would know.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(options.listen, PortCredentials(options), &parts->port);
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || parts->port == 0) {
    return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED", options.listen);
  }
  if (auto* health = parts->server->GetHealthCheckService()) health->SetServingStatus(true);
  return std::unique_ptr<RpcServer>(new RpcServer(std::move(parts)));
}

int RpcServer::port() const { return parts_->port; }

void RpcServer::Shutdown(absl::Duration grace) {
  if (parts_->server == nullptr) return;
  if (auto* health = parts_->server->GetHealthCheckService()) health->SetServingStatus(false);
  parts_->server->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  parts_->server->Wait();
}

}  // namespace dudao::server
