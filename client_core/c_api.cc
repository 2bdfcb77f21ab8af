#include "dudao/client/c_api.h"

#include <cstddef>
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
constexpr size_t kVaultBytesMax = 64 << 10;

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

using ReadBytes = int (*)(void*, uint8_t*, size_t);
using WriteBytes = int (*)(void*, const uint8_t*, size_t);

class HostSideFile final : public SideFile {
 public:
  HostSideFile(void* host, ReadBytes read, WriteBytes write, size_t bytes_max)
      : host_(host), read_(read), write_(write), bytes_max_(bytes_max) {}
  absl::StatusOr<std::optional<std::string>> Read() override {
    std::string bytes(bytes_max_, '\0');
    auto* out = reinterpret_cast<uint8_t*>(bytes.data());  // NOLINT: characters as bytes
    const int size = read_(host_, out, bytes.size());
    if (size < 0 || static_cast<size_t>(size) > bytes.size())
      return absl::UnavailableError("the host could not read a file beside the database");
    if (size == 0) return std::nullopt;
    bytes.resize(static_cast<size_t>(size));
    return std::optional<std::string>(std::move(bytes));
  }
  absl::Status Write(std::string_view bytes) override {
    const auto* data =
        reinterpret_cast<const uint8_t*>(bytes.data());  // NOLINT: characters as bytes
    if (write_(host_, data, bytes.size()) == 0) return absl::OkStatus();
    return absl::UnavailableError("the host could not write a file beside the database");
  }

 private:
  void* host_;
  ReadBytes read_;
  WriteBytes write_;
  size_t bytes_max_;
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

// What the caller's version of the struct has; the rest is null. Nothing beyond it is read.
dudao_client_options Known(const dudao_client_options& from) {
  constexpr size_t kSeamsOfVersion1 = offsetof(dudao_client_seams, read_vault);
  constexpr size_t kVersion1 = offsetof(dudao_client_options, seams) + kSeamsOfVersion1;
  dudao_client_options known;
  std::memset(&known, 0, sizeof known);
  std::memcpy(&known, &from, from.abi_version == 1 ? kVersion1 : sizeof known);
  return known;
}

bool IsComplete(const dudao_client_options& options) {
  const dudao_client_seams& seams = options.seams;
  return options.database_path != nullptr && seams.wall_ms != nullptr &&
         (options.person_id != nullptr || options.abi_version > 1) &&
         seams.random_bytes != nullptr &&
         (seams.read_token == nullptr) == (seams.write_token == nullptr) &&
         (seams.read_vault == nullptr) == (seams.write_vault == nullptr);
}

bool IsKnownVersion(const dudao_client_options& options) {
  return options.abi_version >= 1 && options.abi_version <= DUDAO_CLIENT_ABI_VERSION;
}

const char* OrEmpty(const char* text) { return text == nullptr ? "" : text; }

}  // namespace
}  // namespace dudao::client

struct dudao_client {
  explicit dudao_client(const dudao_client_seams& seams)
      : clock(seams),
        random(seams),
        token(seams.host, seams.read_token, seams.write_token, dudao::client::kTokenBytesMax),
        vault(seams.host, seams.read_vault, seams.write_vault, dudao::client::kVaultBytesMax) {}

  dudao::client::HostClock clock;
  dudao::client::HostRandom random;
  dudao::client::HostSideFile token;
  dudao::client::HostSideFile vault;
  std::unique_ptr<dudao::client::Client> client;
};

namespace dudao::client {
namespace {

Options ToOptions(const dudao_client_options& from, dudao_client& host) {
  Options options;
  options.database_path = from.database_path;
  options.person_id = OrEmpty(from.person_id);
  options.pin = OrEmpty(from.pin);
  options.device_name = OrEmpty(from.device_name);
  if (from.office_space != nullptr) options.office_space = from.office_space;
  if (from.app_version != nullptr) options.app_version = from.app_version;
  options.tablet_index = from.tablet_index;
  if (from.role != 0) options.role = static_cast<records::v1::PersonRole>(from.role);
  options.seams.clock = &host.clock;
  options.seams.random = &host.random;
  if (from.seams.read_token != nullptr) options.seams.incarnation = &host.token;
  if (from.seams.read_vault != nullptr) options.seams.vault = &host.vault;
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
    const absl::Status malformed =
        Error(absl::StatusCode::kInvalidArgument, dudao::client::kMalformedRequest);
    if (options == nullptr || client == nullptr || !dudao::client::IsKnownVersion(*options))
      return HandOutError(malformed, error);
    const dudao_client_options known = dudao::client::Known(*options);
    if (!dudao::client::IsComplete(known)) return HandOutError(malformed, error);
    auto opened = std::make_unique<dudao_client>(known.seams);
    auto core = dudao::client::Client::Open(dudao::client::ToOptions(known, *opened));
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
