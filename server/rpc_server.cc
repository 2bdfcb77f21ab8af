#include "rpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "connection_watch.h"
#include "dudao/server/names.h"
#include "rate_limiter.h"
#include "reason.h"
#include "rpc_status.h"
#include "utf8.h"

namespace dudao::server {
namespace {

constexpr size_t kAddressMax = 64;
constexpr int kMetadataBytesMax = 16 << 10;
constexpr int kStreamsPerConnection = 32;
constexpr absl::Duration kHandshake = absl::Seconds(15);
constexpr absl::Duration kKeepaliveTime = absl::Minutes(2);
constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);
constexpr absl::Duration kPingsAtMostEvery = absl::Seconds(20);
constexpr absl::Duration kConnectionIdle = absl::Minutes(5);
constexpr absl::Duration kConnectionAge = absl::Hours(2);

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

// The caller's address. What comes from this machine may be a proxy of ours, which says whose call
// it hands on.
std::string PeerOf(const grpc::CallbackServerContext& context) {
  std::string address = AddressOf(context.peer());
  const bool from_here = address.starts_with("127.") || address == "::/64";
  const std::string behind = from_here ? MetadataOf(context, "x-real-ip") : std::string();
  return behind.empty() ? address : behind.substr(0, kAddressMax);
}

grpc::Status ToGrpc(const Outcome& outcome) {
  if (outcome.status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(outcome.status.code()), Utf8(EnglishOf(outcome.status)),
          StatusDetails(outcome.status, outcome.request_id)};
}

// What is under way, and until when it may be.
class OpenCalls {
 public:
  class Entry {
   public:
    virtual ~Entry() = default;
    virtual void Cut() = 0;
  };

  explicit OpenCalls(size_t most) : most_(most), thread_([this] { Run(); }) {}
  ~OpenCalls() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  OpenCalls(const OpenCalls&) = delete;
  OpenCalls& operator=(const OpenCalls&) = delete;

  // False where there are too many; it is counted all the same.
  bool Add(Entry* entry, absl::Time until) {
    const std::lock_guard lock(mutex_);
    until_[entry] = until;
    return until_.size() <= most_;
  }
  void Extend(Entry* entry, absl::Time until) {
    const std::lock_guard lock(mutex_);
    until_[entry] = until;
  }
  // Afterwards nobody touches the entry any more.
  void Remove(Entry* entry) {
    const std::lock_guard lock(mutex_);
    until_.erase(entry);
  }
  size_t size() const {
    const std::lock_guard lock(mutex_);
    return until_.size();
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      wake_.wait_for(lock, std::chrono::milliseconds(500));
      const absl::Time now = absl::Now();
      std::vector<Entry*> late;
      for (const auto& [entry, until] : until_) {
        if (until < now) late.push_back(entry);
      }
      for (Entry* entry : late) {
        const auto found = until_.find(entry);
        if (found == until_.end()) continue;
        found->second = absl::InfiniteFuture();
        entry->Cut();
      }
    }
  }

  const size_t most_;
  // Recursive: what is cut may end, and so remove itself, on the thread that cuts it.
  mutable std::recursive_mutex mutex_;
  std::condition_variable_any wake_;
  std::map<Entry*, absl::Time> until_;
  bool stopped_ = false;
  std::thread thread_;
};

// One unary call. Lives until gRPC says that it is done; the handler's thread finishes it exactly
// once.
class UnaryCall final : public grpc::ServerGenericBidiReactor, public OpenCalls::Entry {
 public:
  struct Parts {
    Dispatcher& dispatcher;
    Executor& executor;
    OpenCalls& open;
    ConnectionWatch& watch;
    absl::Duration receive_max;
    absl::Duration call_max;
  };
  UnaryCall(grpc::GenericCallbackServerContext& context, const Parts& parts)
      : context_(context),
        dispatcher_(parts.dispatcher),
        executor_(parts.executor),
        open_(parts.open),
        watch_(parts.watch),
        grpc_peer_(context.peer()),
        end_(absl::Now() + parts.call_max) {
    watch_.Began(grpc_peer_);
    incoming_.method = context.method();
    incoming_.credentials.session = MetadataOf(context, kSessionMetadata);
    incoming_.credentials.device = MetadataOf(context, kDeviceMetadata);
    incoming_.credentials.signature = MetadataOf(context, kSignatureMetadata);
    incoming_.peer = PeerOf(context);
    incoming_.abandoned = [this] {
      return cancelled_.load() || context_.deadline() < std::chrono::system_clock::now();
    };
    if (open_.Add(this, std::min(end_, absl::Now() + parts.receive_max))) {
      StartRead(&request_);
    } else {
      End(dispatcher_.Refuse(incoming_,
                             Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY")));
    }
  }

  void OnReadDone(bool ok) override {
    open_.Extend(this, end_);
    watch_.Arrived(grpc_peer_);
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
  void OnDone() override {
    open_.Remove(this);
    watch_.Ended(grpc_peer_);
    delete this;
  }
  void Cut() override { context_.TryCancel(); }

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
  OpenCalls& open_;
  ConnectionWatch& watch_;
  const std::string grpc_peer_;
  const absl::Time end_;
  Incoming incoming_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::atomic<bool> cancelled_{false};
};

std::shared_ptr<grpc::ServerCredentials> PortCredentials(const RpcOptions& options) {
  if (options.tls_certificate_file.empty()) return grpc::InsecureServerCredentials();
  namespace tls = grpc::experimental;
  tls::TlsServerCredentialsOptions settings(std::make_shared<tls::FileWatcherCertificateProvider>(
      options.tls_key_file, options.tls_certificate_file,
      static_cast<unsigned>(absl::ToInt64Seconds(options.tls_look_every))));
  settings.watch_identity_key_cert_pairs();
  settings.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  return tls::TlsServerCredentials(settings);
}

// What a stranger may cost.
void SetLimits(const RpcOptions& options, grpc::ServerBuilder& builder) {
  const auto set = [&](const char* name, absl::Duration value) {
    builder.AddChannelArgument(name, static_cast<int>(absl::ToInt64Milliseconds(value)));
  };
  builder.SetMaxReceiveMessageSize(options.message_bytes_max);
  builder.SetMaxSendMessageSize(options.message_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
  set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshake);
  set(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTime);
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeout);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kPingsAtMostEvery);
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kConnectionIdle);
  set(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAge);
  set(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, options.call_max);
  if (options.transport_bytes_max > 0) {
    grpc::ResourceQuota quota("dudao");
    quota.Resize(options.transport_bytes_max);
    builder.SetResourceQuota(quota);
  }
}

}  // namespace

class RpcServer::Service final : public grpc::CallbackGenericService {
 public:
  Service(const RpcOptions& options, Dispatcher& dispatcher, Executor& executor)
      : open_(options.calls_open_max),
        watch_(options.transport_bytes_max / 4),
        parts_{dispatcher, executor, open_, watch_, options.receive_max, options.call_max} {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new UnaryCall(*context, parts_);
  }
  size_t calls_open() const { return open_.size(); }
  ConnectionWatch& watch() { return watch_; }

 private:
  OpenCalls open_;
  ConnectionWatch watch_;
  const UnaryCall::Parts parts_;
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
  parts->service = std::make_unique<Service>(options, dispatcher, executor);
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(parts->service.get());
  SetLimits(options, builder);
  // Without this two servers could share a port, and neither would know.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(options.listen, PortCredentials(options), &parts->port);
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || parts->port == 0) {
    return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED", options.listen);
  }
  parts->service->watch().Watch(parts->port);
  if (auto* health = parts->server->GetHealthCheckService()) health->SetServingStatus(true);
  return std::unique_ptr<RpcServer>(new RpcServer(std::move(parts)));
}

int RpcServer::port() const { return parts_->port; }
size_t RpcServer::calls_open() const { return parts_->service->calls_open(); }
uint64_t RpcServer::connections_cut() const { return parts_->service->watch().cut(); }

void RpcServer::Shutdown(absl::Duration grace) {
  if (parts_->server == nullptr) return;
  if (auto* health = parts_->server->GetHealthCheckService()) health->SetServingStatus(false);
  parts_->server->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  parts_->server->Wait();
}

}  // namespace dudao::server
