// The parts of a zip file that somebody sends, read from memory and believed in nothing.
//
// Opens files as spreadsheet programs write them: one disk, stored or deflated, no zip64, no
// encryption. The central directory is the only list of parts; each local header must agree with
// it, parts may neither overlap one another nor the directory, and names are unique. What a part
// unpacks to is limited three times: by the size that it declares, by the ratio to its packed size,
// and, while it is unpacked, by the declared size again, which it must meet exactly together with
// its checksum. The file's bytes must outlive the reader. Source: APPNOTE.TXT 6.3.3 of PKWARE.
// Not thread-safe. Errors: INVALID_ARGUMENT, IMPORT_BOOK_DAMAGED, IMPORT_BOOK_OLD (encrypted) or
// IMPORT_BOOK_TOO_LARGE.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dudao::server {

class ZipReader {
 public:
  static constexpr size_t kPartsMax = 512;
  static constexpr uint64_t kPartBytesMax = 32 << 20;
  // Of all parts together, and of all that one reader unpacks.
  static constexpr uint64_t kTotalBytesMax = 64 << 20;
  // A part of more than 1 MiB unpacks to at most so many times its packed size; sheets of repeated
  // cells stay below 100.
  static constexpr uint64_t kRatioMax = 250;

  static absl::StatusOr<ZipReader> Open(std::string_view file);

  bool Has(const std::string& name) const { return parts_.count(name) != 0; }
  // The content of a part; a name that is not there is IMPORT_BOOK_DAMAGED.
  absl::StatusOr<std::string> Read(const std::string& name);

 private:
  struct Part {
    std::string_view packed;
    uint64_t size = 0;
    uint32_t crc = 0;
    bool deflated = false;
  };
  std::map<std::string, Part> parts_;
  uint64_t unpacked_ = 0;
};

}  // namespace dudao::server
