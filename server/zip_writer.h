// A zip file from a folder, or from parts in memory: deflate, UTF-8 names, no zip64.
//
// Source: APPNOTE.TXT 6.3.3 of PKWARE. Any thread. Errors: OUT_OF_RANGE (EXPORT_TOO_LARGE) beyond 4
// GiB or 65,535 files, and those of files.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dudao::server {

// Writes `zip` in one step: under a name of its own until it is whole.
absl::Status ZipFolder(const std::string& folder, const std::string& zip);

struct ZipPart {
  std::string name;
  std::string content;
};
// In this order.
absl::StatusOr<std::string> ZipParts(const std::vector<ZipPart>& parts);

}  // namespace dudao::server
