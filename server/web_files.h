// The files of the two web apps, as browsers ask for them.
//
// `<root>/office/...` and `<root>/tablet/...`, read when asked for and kept in memory until they
// change on the disk; `.br` and `.gz` beside a file are its compressed forms. A path of a page,
// which has no dot, gets the app's index.html. Nothing outside the root is ever read: names are of
// a few plain characters, nothing hidden, nothing encoded, and links that lead out count as absent.
// Where no apps were built, a page says how to build them. Does not: know sockets, compress.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "web_answer.h"
#include "web_map.h"

namespace dudao::server {

struct WebQuestion {
  std::string_view target;           // as it stands in the request line
  std::string_view accept_encoding;  // empty: none
  std::string_view if_none_match;    // empty: none
};

class WebFiles {
 public:
  // A folder that need not exist. `map`: what the office's pages draw on (web_map.h).
  explicit WebFiles(const std::string& root, WebMap map = {});

  WebAnswer Answer(const WebQuestion& question);

 private:
  struct File {
    int64_t changed_ns = 0;
    uint64_t size = 0;
    std::string tag;
    std::shared_ptr<const std::string> content;
  };
  // `path` below the root.
  std::optional<File> Read(const std::string& path);
  std::optional<WebAnswer> Found(const std::string& path, std::string_view type,
                                 std::string_view cache_control, const WebQuestion& question);

  const std::string root_;
  const WebMap map_;
  absl::Mutex mutex_;
  std::map<std::string, File, std::less<>> files_ ABSL_GUARDED_BY(mutex_);
  uint64_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace dudao::server
