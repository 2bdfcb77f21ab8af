// The map that the office looks at: the outline of its county and, where it has one, a source of
// tiles.
//
// Read once at the start from a JSON file (docs/operations.md, "The map"). What it says is checked,
// for it decides which other host the pages may ask for pictures. Pure values. Errors:
// INVALID_ARGUMENT (MAP_INVALID) with what is wrong.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace dudao::server {

struct WebMap {
  std::shared_ptr<const std::string> json;  // what pages get; null: they draw what they know
  std::string tile_origin;                  // "https://host", empty: no tiles
};

// An empty path: no map of its own.
absl::StatusOr<WebMap> ReadWebMap(const std::string& path);
absl::StatusOr<WebMap> ParseWebMap(const std::string& json);

}  // namespace dudao::server
