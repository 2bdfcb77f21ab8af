// The chain that every call goes through, bytes in, bytes out: rule, caller, role, parse, space,
// handler, log.
//
// Knows nothing of gRPC, so that browsers can reach the same methods by another door. A method
// without a rule in permission.h cannot be added. Thread-safe once all methods are added. Nothing
// that a caller sends ends the process: what escapes a handler becomes INTERNAL.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access_log.h"
#include "call.h"
#include "call_auth.h"
#include "call_guard.h"
#include "counters.h"
#include "google/protobuf/message.h"
#include "log.h"
#include "permission.h"
#include "reason.h"
#include "spaces.h"

namespace dudao::server {

// By which door a call came.
enum class Door : uint8_t { kGrpc, kWeb };

struct Incoming {
  std::string method;
  Door door = Door::kGrpc;
  Credentials credentials;
  // Address of the caller without port.
  std::string peer;
  std::string bytes;
  // True once the caller no longer waits.
  std::function<bool()> abandoned;
};

struct Outcome {
  absl::Status status;
  std::string bytes;
  std::string request_id;
};

class Dispatcher {
 public:
  Dispatcher(Spaces& spaces, CallAuth& auth, CallGuard& guard, AccessLog& access,
             Counters& counters, Log& log, std::function<int64_t()> wall_ms);

  // `handler`: StatusOr<Response>(const Call&, const Request&). The space that the rule is about is
  // the request's field `space`.
  template <typename Request, typename Handler>
  void Add(std::string_view method, Handler handler) {
    AddAny(method, [this, handler](Running& run) -> absl::StatusOr<std::string> {
      Request request;
      if (!request.ParseFromArray(run.bytes.data(), static_cast<int>(run.bytes.size())))
        return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID");
      run.space = SpaceOf(request);
      if (absl::Status status = CheckSpace(run); !status.ok()) return status;
      auto response = handler(run.call, request);
      if (!response.ok()) return response.status();
      NoteView(run, request);
      return response->SerializeAsString();
    });
  }

  // For a handler that wants the bytes. `space_of` finds the space in them.
  using BytesHandler = std::function<absl::StatusOr<std::string>(
      const Call&, const std::string& space, std::string_view bytes)>;
  void AddBytes(std::string_view method, std::function<std::string(std::string_view)> space_of,
                BytesHandler handler);

  Outcome Run(const Incoming& incoming);
  // For what is no method, e.g. a stream of news: the same limits, caller and role as a call of
  // `rule`, the same line in the log, and no handler.
  Outcome Enter(const Incoming& incoming, const MethodRule& rule);
  // Logs and counts a call that was refused before it could run.
  Outcome Refuse(const Incoming& incoming, absl::Status status);
  std::vector<std::string> Methods() const;

 private:
  struct Running {
    const MethodRule* rule = nullptr;
    std::string_view bytes;
    std::string space;
    Call call;
  };
  using AnyHandler = std::function<absl::StatusOr<std::string>(Running&)>;

  void AddAny(std::string_view method, AnyHandler handler);
  static std::string SpaceOf(const google::protobuf::Message& request);
  // Of people who signed in; tablets read their own replica.
  void NoteView(const Running& run, const google::protobuf::Message& request);
  // May set Call::deliver_only.
  absl::Status CheckSpace(Running& run) const;
  // Limits, caller, role.
  absl::Status Admit(const Incoming& incoming, Running& run);
  absl::StatusOr<std::string> RunChain(const Incoming& incoming, Running& run);
  Outcome Finish(const Incoming& incoming, const Running& run, absl::StatusOr<std::string> answer,
                 int64_t micros);

  Spaces& spaces_;
  CallAuth& auth_;
  CallGuard& guard_;
  AccessLog& access_;
  Counters& counters_;
  Log& log_;
  const std::function<int64_t()> wall_ms_;
  std::map<std::string, AnyHandler, std::less<>> handlers_;
};

}  // namespace dudao::server
