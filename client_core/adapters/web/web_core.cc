#include "web_core.h"

#include <sqlite3.h>  // lint: allow the registration of its files
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dudao/client/slot_side_file.h"
#include "dudao/client/slot_vfs.h"
#include "host_file.h"

namespace dudao::client {
namespace {

constexpr const char* kDatabase = "dudao.db";
// The database with its journals; the copy that is kept before a migration, with its own; then the
// side files.
constexpr std::array<const char*, 8> kFiles = {"dudao.db",
                                               "dudao.db-journal",
                                               "dudao.db-wal",
                                               "dudao.db.before",
                                               "dudao.db.before-journal",
                                               "dudao.db.before-wal",
                                               "dudao.token",
                                               "dudao.keys"};
constexpr int kDatabaseFiles = 6;
constexpr int kTokenFile = 6;
constexpr int kVaultFile = 7;
constexpr size_t kTokenBytesMax = 64;
constexpr size_t kVaultBytesMax = 64 << 10;

struct WebFiles {
  HostFile token_file{kTokenFile};
  HostFile vault_file{kVaultFile};
  SlotSideFile token{token_file, kTokenBytesMax};
  SlotSideFile vault{vault_file, kVaultBytesMax};
};

WebFiles& Side() {
  static auto* const kSide = new WebFiles;
  return *kSide;
}

int64_t WallMs(void*) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

int RandomBytes(void*, uint8_t* out, size_t count) {
  constexpr size_t kAtOnce = 256;
  for (size_t done = 0; done < count; done += kAtOnce) {
    if (getentropy(out + done, std::min(count - done, kAtOnce)) != 0) return -1;
  }
  return 0;
}

int ReadFrom(SideFile& file, uint8_t* out, size_t capacity) {
  const absl::StatusOr<std::optional<std::string>> bytes = file.Read();
  if (!bytes.ok()) return -1;
  if (!bytes->has_value()) return 0;
  if ((*bytes)->size() > capacity) return -1;
  std::copy((*bytes)->begin(), (*bytes)->end(), out);
  return static_cast<int>((*bytes)->size());
}

int WriteTo(SideFile& file, const uint8_t* bytes, size_t size) {
  const auto* text = reinterpret_cast<const char*>(bytes);  // NOLINT: bytes as characters
  return file.Write(std::string_view(text, size)).ok() ? 0 : -1;
}

int ReadToken(void*, uint8_t* out, size_t capacity) {
  return ReadFrom(Side().token, out, capacity);
}
int WriteToken(void*, const uint8_t* bytes, size_t size) {
  return WriteTo(Side().token, bytes, size);
}
int ReadVault(void*, uint8_t* out, size_t capacity) {
  return ReadFrom(Side().vault, out, capacity);
}
int WriteVault(void*, const uint8_t* bytes, size_t size) {
  return WriteTo(Side().vault, bytes, size);
}

}  // namespace
}  // namespace dudao::client

extern "C" {

const char* dudao_web_file_name(int number) {
  const auto& files = dudao::client::kFiles;
  if (number < 0 || static_cast<size_t>(number) >= files.size()) return nullptr;
  return files[static_cast<size_t>(number)];
}

dudao_client_code dudao_web_open(const char* person_id, int role, const char* device_name,
                                 const char* app_version, const char* pin, dudao_client** client,
                                 dudao_client_bytes* error) {
  dudao_client_options options = {};
  options.abi_version = DUDAO_CLIENT_ABI_VERSION;
  options.database_path = dudao::client::kDatabase;
  options.person_id = person_id;
  options.role = role;
  options.device_name = device_name;
  options.app_version = app_version;
  options.pin = pin;
  options.seams = {nullptr,
                   dudao::client::WallMs,
                   dudao::client::RandomBytes,
                   dudao::client::ReadToken,
                   dudao::client::WriteToken,
                   dudao::client::ReadVault,
                   dudao::client::WriteVault};
  return dudao_client_open(&options, client, error);
}

// SQLite asks for its files the first time that it is used.
int sqlite3_os_init(void) {
  std::vector<dudao::client::Slot> slots;
  for (int i = 0; i < dudao::client::kDatabaseFiles; ++i) {
    slots.push_back(
        {dudao::client::kFiles[static_cast<size_t>(i)], new dudao::client::HostFile(i)});
  }
  return dudao::client::RegisterSlotVfs("opfs", std::move(slots), true) ? SQLITE_OK : SQLITE_ERROR;
}

int sqlite3_os_end(void) { return SQLITE_OK; }

}  // extern "C"
