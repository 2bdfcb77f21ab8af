// Reading, extending and hashing the files of the blob store. Private to it.
//
// Errors: RESOURCE_EXHAUSTED (STORAGE_FULL), UNAVAILABLE (STORAGE_BUSY), DATA_LOSS
// (STORAGE_DAMAGED) for bytes that should be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dudao::server {

// Writes `data` at `offset`, the file's present end, and makes it durable. After an error the file
// may be longer; nothing that was there is changed.
absl::Status AppendDurably(const std::string& path, int64_t offset, std::string_view data);
absl::StatusOr<std::string> ReadPiece(const std::string& path, int64_t offset, size_t bytes);
// SHA-256, 32 bytes, read in pieces.
absl::StatusOr<std::string> HashOfFile(const std::string& path);

}  // namespace dudao::server
