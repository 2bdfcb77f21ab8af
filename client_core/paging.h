// Pages and text filters of lists. Pure functions. Errors: INVALID_ARGUMENT with PAGE_TOKEN_INVALID
// or MALFORMED_REQUEST.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dudao/sync/crdt/ids.h"
#include "google/protobuf/message.h"

namespace dudao::client {

// 0 means 50; more than 1000 is cut; below 0 is an error.
absl::StatusOr<size_t> PageSize(int32_t wanted);

// Opaque tokens around a position, and back; empty for the first page.
std::string PageToken(std::string_view position);
absl::StatusOr<std::string> PageStart(std::string_view token);

std::string RecordIdToken(const sync::RecordId& id);
absl::StatusOr<sync::RecordId> RecordIdFromToken(std::string_view position);

// A key such that the keys after it begin at those that start with `prefix`, or a little before.
std::string JustBefore(std::string_view prefix);

// True where a string field of the message, at any depth, contains `lower` (ASCII letters in lower
// case).
bool HasText(const google::protobuf::Message& message, std::string_view lower);

}  // namespace dudao::client
