#include "anchor_keeper.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "anchor.h"
#include "archive_files.h"
#include "backup.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr absl::Duration kBetween = absl::Minutes(5);

}  // namespace

AnchorKeeper::AnchorKeeper(std::string data_dir, std::function<int64_t()> wall_ms, Log& log)
    : data_dir_(std::move(data_dir)), wall_ms_(std::move(wall_ms)), log_(log) {
  Write();
  thread_ = std::thread([this] { Run(); });
}

AnchorKeeper::~AnchorKeeper() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
  Write();
}

void AnchorKeeper::Write() {
  const auto anchor = MakeAnchor(data_dir_, wall_ms_());
  const absl::Status written =
      anchor.ok() ? WriteAnchor(AnchorPath(data_dir_), *anchor) : anchor.status();
  if (!written.ok()) log_.Event("warning", "anchor", std::string(written.message()));
}

void AnchorKeeper::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stop_), kBetween)) return;
    }
    Write();
  }
}

absl::StatusOr<bool> WasPutBack(const std::string& data_dir, int64_t now_ms, Log& log) {
  const std::string mark = absl::StrCat(data_dir, "/", kRestoredMark);
  if (std::filesystem::exists(mark)) return true;
  const std::string path = AnchorPath(data_dir);
  absl::StatusOr<std::optional<Anchor>> anchor = ReadAnchor(path);
  std::string why;
  if (anchor.ok()) {
    if (!*anchor) return false;
    const auto behind = Behind(data_dir, **anchor);
    if (behind.ok() && !*behind) return false;
    // A folder of an earlier layout cannot even be asked.
    why = behind.ok()
              ? absl::StrCat((*behind)->reason, " ", (*behind)->space, " ", (*behind)->detail)
              : std::string(behind.status().message());
  } else {
    why = std::string(anchor.status().message());
  }
  log.Event("warning", "folder_put_back", why);
  const absl::Status noted = NoteRestored(data_dir, now_ms);
  if (!noted.ok()) log.Event("warning", "folder_put_back", std::string(noted.message()));
  DUDAO_TRY(WriteFile(mark, "1\n"));
  DUDAO_TRY(RenameDurably(path, absl::StrCat(path, ".before-", now_ms)));
  return true;
}

absl::Status ForgetPutBack(const std::string& data_dir) {
  std::error_code error;
  std::filesystem::remove(absl::StrCat(data_dir, "/", kRestoredMark), error);
  return error ? FileError(error.value(), kRestoredMark) : SyncFolder(data_dir);
}

}  // namespace dudao::server
