#include <utility>

#include "dudao/sync/log/segment.h"

namespace dudao::sync {

std::vector<std::string> JoinSegments(std::string_view space, std::vector<std::string> segments,
                                      size_t bytes_max) {
  if (segments.size() < 2) return segments;
  std::vector<std::string> joined;
  std::vector<Change> changes;
  std::vector<std::string> parts;  // what `changes` came from
  size_t bytes = 0;
  const auto close = [&] {
    if (parts.size() == 1) joined.push_back(std::move(parts.front()));
    if (parts.size() > 1) joined.push_back(EncodeSegment(space, changes));
    parts.clear();
    changes.clear();
    bytes = 0;
  };
  for (std::string& segment : segments) {
    auto decoded = DecodeSegment(space, segment);
    if (!decoded.ok() || bytes + segment.size() > bytes_max) close();
    bytes += segment.size();
    parts.push_back(std::move(segment));
    if (!decoded.ok()) {
      close();
      continue;
    }
    changes.insert(changes.end(), std::make_move_iterator(decoded->begin()),
                   std::make_move_iterator(decoded->end()));
  }
  close();
  return joined;
}

}  // namespace dudao::sync
