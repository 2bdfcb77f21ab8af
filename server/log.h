// The server's log: one JSON object a line, never any content of records.
//
// Thread-safe. A line that cannot be written is lost, nothing else. Calls of nobody that is known
// are written a hundred times a second at most, and then only counted: a stranger does not fill the
// disk.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

// One call, as it ended.
struct CallLine {
  std::string_view request_id;
  std::string_view method;
  std::string_view door;
  std::string_view user;
  std::string_view space;
  std::string_view code;
  std::string_view reason;
  std::string_view detail;
  size_t bytes_in = 0;
  size_t bytes_out = 0;
  int64_t micros = 0;
};

class Log {
 public:
  // Empty path: standard error. "none": nowhere.
  static absl::StatusOr<std::unique_ptr<Log>> Open(const std::string& path,
                                                   std::function<int64_t()> wall_ms);
  ~Log();

  void Call(const CallLine& line);
  // Something that is not a call: start, stop, trouble.
  void Event(std::string_view level, std::string_view event, std::string_view detail);

 private:
  Log(std::FILE* file, bool owned, std::function<int64_t()> wall_ms);
  void Write(const std::string& line);
  // False for what strangers may not write any more this second.
  bool MayWrite(const CallLine& line, int64_t now_ms, std::string& suppressed);

  std::function<int64_t()> wall_ms_;
  absl::Mutex mutex_;
  int64_t strangers_second_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t strangers_lines_ ABSL_GUARDED_BY(mutex_) = 0;  // within that second
  std::FILE* file_ ABSL_GUARDED_BY(mutex_);
  const bool owned_;
};

}  // namespace dudao::server
