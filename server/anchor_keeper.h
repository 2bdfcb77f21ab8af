// Writes the anchor (anchor.h) every few minutes and at the end, and notices at the start that the
// folder is not the one it was.
//
// Thread-safe. Owns one thread. Trouble with writing goes to the log; the server works on. Errors
// of WasPutBack: those of files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "log.h"

namespace dudao::server {

class AnchorKeeper {
 public:
  AnchorKeeper(std::string data_dir, std::function<int64_t()> wall_ms, Log& log);
  // Writes once more.
  ~AnchorKeeper();
  AnchorKeeper(const AnchorKeeper&) = delete;
  AnchorKeeper& operator=(const AnchorKeeper&) = delete;

  void Write();

 private:
  void Run();

  const std::string data_dir_;
  const std::function<int64_t()> wall_ms_;
  Log& log_;
  absl::Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// True where the folder was restored, or lacks something that the anchor knows: then what it once
// confirmed may be gone, and its spaces must take new replica ids and histories. Stays true until
// ForgetPutBack. What the anchor said is kept beside it.
absl::StatusOr<bool> WasPutBack(const std::string& data_dir, int64_t now_ms, Log& log);
absl::Status ForgetPutBack(const std::string& data_dir);

}  // namespace dudao::server
