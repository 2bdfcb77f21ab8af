#include "dudao/client/client.h"

#include <functional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "core.h"
#include "dudao/client/reason.h"

namespace dudao::client {
namespace {

using Handler = std::function<absl::Status(Client&, std::string_view, std::string*)>;

template <typename Request, typename Response>
Handler HandlerOf(absl::StatusOr<Response> (Client::*method)(const Request&)) {
  return [method](Client& client, std::string_view bytes, std::string* out) -> absl::Status {
    Request request;
    if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, request.GetTypeName());
    }
    absl::StatusOr<Response> response = (client.*method)(request);
    if (!response.ok()) return response.status();
    out->clear();
    response->AppendToString(out);
    return absl::OkStatus();
  };
}

const absl::flat_hash_map<std::string_view, Handler>& Handlers() {
  static const auto* const kHandlers = new absl::flat_hash_map<std::string_view, Handler>{
#define DUDAO_ENTRY(Method) {#Method, HandlerOf(&Client::Method)},
      DUDAO_CLIENT_METHODS(DUDAO_ENTRY)
#undef DUDAO_ENTRY
  };
  return *kHandlers;
}

}  // namespace

Client::Client(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Client::~Client() = default;

absl::StatusOr<std::unique_ptr<Client>> Client::Open(const Options& options) {
  absl::StatusOr<std::unique_ptr<Core>> core = Core::Open(options);
  if (!core.ok()) return core.status();
  return std::unique_ptr<Client>(new Client(*std::move(core)));
}

// What is in memory goes with the key.
void Client::CloseIfDestroyed() {
  if (core_->usable().ok()) return;
  closed_ = core_->usable();
  core_.reset();
}

#define DUDAO_FORWARD(Method)                                                               \
  absl::StatusOr<v1::Method##Response> Client::Method(const v1::Method##Request& request) { \
    if (core_ == nullptr) return closed_;                                                   \
    auto response = core_->Method(request);                                                 \
    CloseIfDestroyed();                                                                     \
    return response;                                                                        \
  }
DUDAO_CLIENT_METHODS(DUDAO_FORWARD)
#undef DUDAO_FORWARD

absl::Status Client::Call(std::string_view method, std::string_view request,
                          std::string* response) {
  const auto it = Handlers().find(method);
  if (it == Handlers().end()) {
    return Error(absl::StatusCode::kUnimplemented, kMethodUnknown, method.substr(0, 60));
  }
  constexpr size_t kRequestBytesMax = 64u << 20;
  if (request.size() > kRequestBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "over 64 MiB");
  }
  return it->second(*this, request, response);
}

}  // namespace dudao::client
