#include "rescue.h"

#include <cstdlib>
#include <filesystem>

#include "dudao/client/rescue.h"
#include "dudao/client/system_seams.h"
#include "dudao/server/office_key.h"
#include "import_files.h"

namespace dudao::command {
namespace {

namespace fs = std::filesystem;

// A folder that only we can read, gone with the object.
class OwnFolder {
 public:
  OwnFolder() {
    std::string name = (fs::temp_directory_path() / "dudao-rescue-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~OwnFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;

  // Empty where none could be made.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

absl::StatusOr<client::v1::ExportPackageResponse> RescuePackage(const std::string& database,
                                                                const std::string& data_dir,
                                                                client::Clock& clock) {
  const auto vault = ReadWholeFile(database + ".keys");
  if (!vault.ok()) return vault.status();
  const auto office = server::ReadOfficeKeys(data_dir);
  if (!office.ok()) return office.status();
  const OwnFolder folder;
  if (folder.path().empty()) return absl::UnavailableError("no room for a copy");
  client::SystemRandom random;
  client::RescueOptions options;
  options.database_path = database;
  options.copy_path = folder.path() + "/tablet.db";
  options.vault = *vault;
  options.seams.clock = &clock;
  options.seams.random = &random;
  client::v1::ExportPackageRequest request;
  request.set_include_files(true);
  absl::StatusOr<client::v1::ExportPackageResponse> made = absl::DataLossError("no key");
  for (const server::OfficeKey& key : *office) {
    options.office = {key.private_key, key.public_key};
    if (made = client::Rescue(options, request); made.ok()) break;
  }
  return made;
}

}  // namespace dudao::command
