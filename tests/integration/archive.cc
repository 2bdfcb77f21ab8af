#include "archive.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "import_files.h"

namespace dudao::integration {
namespace {

constexpr char kNow[] = "2026-09-22T20:00:00+08:00";

// Changes one byte in the middle of a stored file.
void Alter(const std::string& path) {
  std::string bytes = command::ReadWholeFile(path).value_or("");
  ASSERT_GT(bytes.size(), 1000U) << path;
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

std::string BackUp(County& county, const std::string& target) {
  const nlohmann::json done =
      DudaoOk(kNow, {"backup", "--data", county.folder(), "--to", target}).last();
  return done.value("backup", "");
}

void RestoreInto(const std::string& backup, const std::string& data_dir) {
  DudaoOk(kNow, {"restore", "--from", backup, "--data", data_dir});
}

void Verify(County& county, const std::string& target) {
  DudaoOk(kNow, {"verify", "--data", county.folder()});
  DudaoOk(kNow, {"export-audit", "--data", county.folder(), "--to", target});
  EXPECT_FALSE(std::filesystem::is_empty(target));
  // A copy with one altered byte is found out.
  const std::string forged = county.folder() + "-forged";
  EXPECT_TRUE(county.server().Stop().ok());
  std::filesystem::copy(county.folder(), forged, std::filesystem::copy_options::recursive);
  Alter(forged + "/spaces/team-d2-2026.db");
  const Outcome found = Dudao(kNow, {"verify", "--data", forged});
  EXPECT_EQ(found.code, 1);
  EXPECT_FALSE(found.errors.empty());
}

}  // namespace dudao::integration
