// Unary calls with ready-made bytes over gRPC, for the calls that the client core hands out.
//
// Knows no service: method name, request bytes, headers, answer bytes. Every call has a deadline.
// It does not retry; the core does, because it knows what may be repeated, and which signature must
// be a new one. Counts messages and their payload bytes, without framing and headers. Threading:
// Call from one thread at a time; Cancel from any. Ownership: shares the channel. Errors: the
// call's gRPC status; reason and metadata of its ErrorInfo are in CallResult.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace dudao::client {

// Names and values of metadata; names in lower case.
using Metadata = std::vector<std::pair<std::string, std::string>>;

struct ChannelOptions {
  bool tls = false;
  // PEM that the server's certificate must follow from: an authority's, or the server's own. Pinned
  // so, the dates in certificates do not count, because a tablet's clock may be anything; the name
  // does. Empty: the authorities of the system, dates included.
  std::string root_certificates;
  // A connection of its own, not shared with other channels of the process to the same server.
  bool own_connection = false;
  // Largest message, either way: the largest segment, with room for the rest.
  int message_bytes_max = 20 << 20;
};

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const ChannelOptions& options);

// A channel to "host:port" with our limits on message sizes. Does not connect yet.
std::shared_ptr<grpc::Channel> OpenChannel(const std::string& target,
                                           const ChannelOptions& options = {});

struct Traffic {
  uint64_t messages_up = 0;
  uint64_t messages_down = 0;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
};

struct CallResult {
  grpc::Status status;
  std::string response;
  std::string reason;  // UPPER_SNAKE_CASE, of the server's ErrorInfo; empty where there is none
  std::map<std::string, std::string> metadata;  // of the same ErrorInfo
  // What the server says to people, each language once; empty where it says nothing.
  std::string text;
};

class GrpcChannel {
 public:
  // `always` goes with every call.
  explicit GrpcChannel(std::shared_ptr<grpc::Channel> channel, Metadata always = {});
  ~GrpcChannel();
  GrpcChannel(const GrpcChannel&) = delete;
  GrpcChannel& operator=(const GrpcChannel&) = delete;

  // `method` as "/package.Service/Method".
  CallResult Call(const std::string& method, const std::string& request, absl::Duration deadline,
                  const Metadata& headers = {});
  // Ends the call that is out, and makes every later one fail with CANCELLED.
  void Cancel();
  bool cancelled() const;
  // Waits, or less long where Cancel is called.
  void Wait(absl::Duration duration);

  const Traffic& traffic() const { return traffic_; }

 private:
  grpc::GenericStub stub_;
  Metadata always_;
  grpc::CompletionQueue queue_;
  Traffic traffic_;
  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* out_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace dudao::client
