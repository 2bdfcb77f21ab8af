#include "rescue.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include "dudao/client/client.h"
#include "dudao/client/system_seams.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/server/office_box.h"
#include "import_files.h"

namespace dudao::command {
namespace {

namespace fs = std::filesystem;

// What the office's copy of a database key is bound to (docs/client.md).
constexpr char kOfficeBoxBound[] = "dudao.database-key.1";

// A vault that lives only as long as the rescue: it holds the opened key, which never touches a
// disk.
class OpenedVault final : public client::SideFile {
 public:
  explicit OpenedVault(const client::v1::KeyVault& vault) : bytes_(vault.SerializeAsString()) {}
  absl::StatusOr<std::optional<std::string>> Read() override { return bytes_; }
  absl::Status Write(std::string_view bytes) override {
    bytes_ = std::string(bytes);
    return absl::OkStatus();
  }

 private:
  std::optional<std::string> bytes_;
};

// A folder that only we can read, gone with the object.
class OwnCopy {
 public:
  OwnCopy() {
    std::string name = (fs::temp_directory_path() / "dudao-rescue-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ~OwnCopy() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  OwnCopy(const OwnCopy&) = delete;
  OwnCopy& operator=(const OwnCopy&) = delete;

  absl::StatusOr<std::string> Of(const std::string& database) const {
    if (folder_.empty()) return absl::UnavailableError("no room for a copy");
    std::error_code error;
    const std::string copy = folder_ + "/tablet.db";
    fs::copy_file(database, copy, error);
    if (error) return absl::NotFoundError("cannot read " + database + ": " + error.message());
    // The write-ahead log is there where the tablet did not end in order.
    if (fs::exists(database + "-wal", error))
      fs::copy_file(database + "-wal", copy + "-wal", error);
    if (error) return absl::UnavailableError("cannot copy " + database + "-wal");
    return copy;
  }

 private:
  std::string folder_;
};

absl::StatusOr<client::v1::KeyVault> OpenVault(const std::string& database,
                                               const std::string& data_dir) {
  const auto bytes = ReadWholeFile(database + ".keys");
  if (!bytes.ok()) return bytes.status();
  client::v1::KeyVault vault;
  if (!vault.ParseFromString(*bytes))
    return absl::DataLossError("VAULT_DAMAGED: " + database + ".keys");
  if (vault.office_box().empty())
    return absl::FailedPreconditionError("OFFICE_COPY_MISSING: " + database + ".keys");
  auto key = server::OpenOfficeBox(data_dir, kOfficeBoxBound, vault.office_box());
  if (!key.ok()) return key.status();
  vault.set_plain_key(*std::move(key));
  vault.clear_pin();
  vault.clear_destroyed();
  return vault;
}

}  // namespace

absl::StatusOr<client::v1::ExportPackageResponse> RescuePackage(const std::string& database,
                                                                const std::string& data_dir,
                                                                client::Clock& clock) {
  const auto vault = OpenVault(database, data_dir);
  if (!vault.ok()) return vault.status();
  const OwnCopy copy;
  const auto path = copy.Of(database);
  if (!path.ok()) return path.status();
  client::SystemRandom random;
  OpenedVault opened(*vault);
  client::Options options;
  options.database_path = *path;
  options.seams.clock = &clock;
  options.seams.random = &random;
  options.seams.vault = &opened;
  const auto core = client::Client::Open(options);
  if (!core.ok()) return core.status();
  client::v1::ExportPackageRequest request;
  request.set_include_files(true);
  return (*core)->ExportPackage(request);
}

}  // namespace dudao::command
