#include "dudao/client/c_api.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dudao/client/client.h"
#include "dudao/client/reason.h"

namespace dudao::client {
namespace {

constexpr size_t kTokenBytesMax = 64;

class HostClock final : public Clock {
 public:
  explicit HostClock(const dudao_client_seams& seams) : seams_(seams) {}
  int64_t WallMs() override { return seams_.wall_ms(seams_.host); }

 private:
  dudao_client_seams seams_;
};

class HostRandom final : public Random {
 public:
  explicit HostRandom(const dudao_client_seams& seams) : seams_(seams) {}
  std::string Bytes(size_t count) override {
    std::string bytes(count, '\0');
    auto* out = reinterpret_cast<uint8_t*>(bytes.data());  // NOLINT: characters as bytes
    // Without randomness two replicas could become one; going on would be worse than stopping.
    if (seams_.random_bytes(seams_.host, out, count) != 0) std::abort();
    return bytes;
  }

 private:
  dudao_client_seams seams_;
};

class HostSideFile final : public SideFile {
 public:
  explicit HostSideFile(const dudao_client_seams& seams) : seams_(seams) {}
  absl::StatusOr<std::optional<std::string>> Read() override {
    std::array<uint8_t, kTokenBytesMax> buffer{};
    const int size = seams_.read_token(seams_.host, buffer.data(), buffer.size());
    if (size < 0 || size > static_cast<int>(buffer.size())) {
      return absl::UnavailableError("the host could not read the incarnation token");
    }
    if (size == 0) return std::nullopt;
    return std::optional<std::string>(std::string(buffer.begin(), buffer.begin() + size));
  }
  absl::Status Write(std::string_view bytes) override {
    const auto* data =
        reinterpret_cast<const uint8_t*>(bytes.data());  // NOLINT: characters as bytes
    if (seams_.write_token(seams_.host, data, bytes.size()) == 0) return absl::OkStatus();
    return absl::UnavailableError("the host could not write the incarnation token");
  }

 private:
  dudao_client_seams seams_;
};

dudao_client_code HandOut(std::string_view bytes, dudao_client_bytes* out) {
  out->size = bytes.size();
  out->data = static_cast<uint8_t*>(std::malloc(bytes.empty() ? 1 : bytes.size()));
  if (out->data == nullptr) {
    out->size = 0;
    return DUDAO_CLIENT_RESOURCE_EXHAUSTED;
  }
  std::memcpy(out->data, bytes.data(), bytes.size());
  return DUDAO_CLIENT_OK;
}

dudao_client_code HandOutError(const absl::Status& status, dudao_client_bytes* out) {
  if (out != nullptr) HandOut(ToRpcStatus(status), out);
  return static_cast<dudao_client_code>(status.code());
}

// Nothing that is thrown below (memory, a library) may reach the host's frames.
template <typename Body>
dudao_client_code Guarded(dudao_client_bytes* error, Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return DUDAO_CLIENT_RESOURCE_EXHAUSTED;
  } catch (...) {
    try {
      return HandOutError(Error(absl::StatusCode::kInternal, kInternal), error);
    } catch (...) {
      return DUDAO_CLIENT_INTERNAL;
    }
  }
}

bool IsComplete(const dudao_client_options& options) {
  const dudao_client_seams& seams = options.seams;
  return options.abi_version == DUDAO_CLIENT_ABI_VERSION && options.database_path != nullptr &&
         options.person_id != nullptr && seams.wall_ms != nullptr &&
         seams.random_bytes != nullptr &&
         (seams.read_token == nullptr) == (seams.write_token == nullptr);
}

const char* OrEmpty(const char* text) { return text == nullptr ? "" : text; }

}  // namespace
}  // namespace dudao::client

struct dudao_client {
  explicit dudao_client(const dudao_client_seams& seams)
      : clock(seams), random(seams), side_file(seams) {}

  dudao::client::HostClock clock;
  dudao::client::HostRandom random;
  dudao::client::HostSideFile side_file;
  std::unique_ptr<dudao::client::Client> client;
};

namespace dudao::client {
namespace {

Options ToOptions(const dudao_client_options& from, dudao_client& host) {
  Options options;
  options.database_path = from.database_path;
  options.person_id = from.person_id;
  options.device_name = OrEmpty(from.device_name);
  if (from.office_space != nullptr) options.office_space = from.office_space;
  if (from.app_version != nullptr) options.app_version = from.app_version;
  options.tablet_index = from.tablet_index;
  if (from.role != 0) options.role = static_cast<records::v1::PersonRole>(from.role);
  options.seams.clock = &host.clock;
  options.seams.random = &host.random;
  if (from.seams.read_token != nullptr) options.seams.incarnation = &host.side_file;
  return options;
}

}  // namespace
}  // namespace dudao::client

using dudao::client::Error;
using dudao::client::Guarded;
using dudao::client::HandOut;
using dudao::client::HandOutError;

extern "C" {

dudao_client_code dudao_client_open(const dudao_client_options* options, dudao_client** client,
                                    dudao_client_bytes* error) {
  if (error != nullptr) *error = {nullptr, 0};
  if (client != nullptr) *client = nullptr;
  return Guarded(error, [&] {
    if (options == nullptr || client == nullptr || !dudao::client::IsComplete(*options)) {
      return HandOutError(
          Error(absl::StatusCode::kInvalidArgument, dudao::client::kMalformedRequest), error);
    }
    auto opened = std::make_unique<dudao_client>(options->seams);
    auto core = dudao::client::Client::Open(dudao::client::ToOptions(*options, *opened));
    if (!core.ok()) return HandOutError(core.status(), error);
    opened->client = *std::move(core);
    *client = opened.release();
    return DUDAO_CLIENT_OK;
  });
}

dudao_client_code dudao_client_call(dudao_client* client, const char* method,
                                    const uint8_t* request, size_t request_size,
                                    dudao_client_bytes* response) {
  if (response != nullptr) *response = {nullptr, 0};
  return Guarded(response, [&] {
    if (client == nullptr || method == nullptr || response == nullptr ||
        (request == nullptr && request_size > 0)) {
      return HandOutError(
          Error(absl::StatusCode::kInvalidArgument, dudao::client::kMalformedRequest), response);
    }
    const auto* bytes = reinterpret_cast<const char*>(request);  // NOLINT: bytes as characters
    std::string out;
    const absl::Status status = client->client->Call(
        method, request_size == 0 ? std::string_view() : std::string_view(bytes, request_size),
        &out);
    return status.ok() ? HandOut(out, response) : HandOutError(status, response);
  });
}

dudao_client_code dudao_client_poll(dudao_client* client, dudao_client_bytes* response) {
  return dudao_client_call(client, "Poll", nullptr, 0, response);
}

void dudao_client_close(dudao_client* client) {
  const std::unique_ptr<dudao_client> owned(client);
  try {
    if (owned != nullptr) owned->client.reset();
  } catch (
      ...) {  // NOLINT: a close that fails loses nothing, and the host cannot do anything about it
  }
}

void dudao_client_free(dudao_client_bytes* bytes) {
  if (bytes == nullptr) return;
  std::free(bytes->data);
  *bytes = {nullptr, 0};
}

}  // extern "C"
