#include <vector>

#include "dudao/client/grpc_channel.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dudao::client {
namespace {

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& buffer) {
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

// What the server says beyond the code.
void ReadDetails(const std::string& details, CallResult& result) {
  google::rpc::Status status;
  if (details.empty() || !status.ParseFromString(details)) return;
  for (const auto& detail : status.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::LocalizedMessage localized;
    if (detail.UnpackTo(&info)) {
      result.reason = info.reason();
      result.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (detail.UnpackTo(&localized)) {
      if (!result.text.empty()) result.text += " / ";
      result.text += localized.message();
    }
  }
}

}  // namespace

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& target,
                                           const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.message_bytes_max);
  arguments.SetMaxSendMessageSize(options.message_bytes_max);
  if (options.own_connection) arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(target, ChannelCredentials(options), arguments);
}

GrpcChannel::GrpcChannel(std::shared_ptr<grpc::Channel> channel, Metadata always)
    : stub_(std::move(channel)), always_(std::move(always)) {}

GrpcChannel::~GrpcChannel() {
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

CallResult GrpcChannel::Call(const std::string& method, const std::string& request,
                             absl::Duration deadline, const Metadata& headers) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  for (const auto& [name, value] : always_) context.AddMetadata(name, value);
  for (const auto& [name, value] : headers) context.AddMetadata(name, value);
  CallResult result;
  {
    const absl::MutexLock lock(&mutex_);
    if (cancelled_) {
      result.status = grpc::Status(grpc::StatusCode::CANCELLED, "cancelled here");
      return result;
    }
    out_ = &context;
  }
  const auto call = stub_.PrepareUnaryCall(&context, method, ToBuffer(request), &queue_);
  grpc::ByteBuffer response;
  call->StartCall();
  call->Finish(&response, &result.status, this);
  void* tag = nullptr;
  bool ok = false;
  queue_.Next(&tag, &ok);
  {
    const absl::MutexLock lock(&mutex_);
    out_ = nullptr;
  }
  ++traffic_.messages_up;
  traffic_.bytes_up += request.size();
  if (!result.status.ok()) {
    ReadDetails(result.status.error_details(), result);
    return result;
  }
  result.response = ToString(response);
  ++traffic_.messages_down;
  traffic_.bytes_down += result.response.size();
  return result;
}

void GrpcChannel::Cancel() {
  const absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  if (out_ != nullptr) out_->TryCancel();
}

bool GrpcChannel::cancelled() const {
  const absl::MutexLock lock(&mutex_);
  return cancelled_;
}

void GrpcChannel::Wait(absl::Duration duration) {
  const absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), duration);
}

}  // namespace dudao::client
