#include "backup_mark.h"

#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr std::string_view kHeading = "dudao-backup 1";

}  // namespace

std::string BackupMarkPath(const std::string& data_dir) { return data_dir + ".backup"; }

absl::Status WriteBackupMark(const std::string& data_dir, int64_t begun_ms) {
  return WriteFile(BackupMarkPath(data_dir),
                   absl::StrCat(std::string(kHeading), "\n", begun_ms, "\n"));
}

int64_t LastBackupMs(const std::string& data_dir) {
  const auto text = ReadFile(BackupMarkPath(data_dir));
  if (!text.ok()) return 0;
  const std::vector<std::string> lines = absl::StrSplit(*text, '\n');
  int64_t begun_ms = 0;
  const bool fits = lines.size() == 3 && lines[0] == kHeading && lines[2].empty() &&
                    absl::SimpleAtoi(lines[1], &begun_ms) && begun_ms > 0;
  return fits ? begun_ms : 0;
}

}  // namespace dudao::server
