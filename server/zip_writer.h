// A zip file from a folder: deflate, UTF-8 names, no zip64.
//
// Source: APPNOTE.TXT 6.3.3 of PKWARE. Any thread. Errors: OUT_OF_RANGE (EXPORT_TOO_LARGE) beyond 4
// GiB or 65,535 files, and those of files.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace dudao::server {

// Writes `zip` in one step: under a name of its own until it is whole.
absl::Status ZipFolder(const std::string& folder, const std::string& zip);

}  // namespace dudao::server
