// What the path texts of the API ("check_items[B5].result") mean, by the record types of
// sync/schema.
//
// Compiled paths are cached. Not synchronised. Errors: INVALID_ARGUMENT with TYPE_UNKNOWN,
// PATH_UNKNOWN, KEY_INVALID, TEXT_NOT_UTF8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/crdt/utf8.h"
#include "google/protobuf/descriptor.h"

namespace dudao::client {

using sync::IsUtf8;

// What a path means.
struct FieldTarget {
  // The message that holds the field: empty path, or a keyed element.
  sync::Path parent;
  // Parent plus field, plus key where there is one. Empty for the record itself.
  sync::Path path;
  // Null for the record itself.
  const google::protobuf::FieldDescriptor* field = nullptr;
  sync::MergeKind kind = sync::MergeKind::kKeyed;
  // True where the path ends in a key (or is the record itself): it says whether something is
  // there.
  bool element = true;
  // The key, for elements.
  std::string key;
  uint32_t max_bytes = 0;
};

// Longest value of a field in bytes.
uint32_t MaxBytesOf(const google::protobuf::FieldDescriptor& field);

class Schema {
 public:
  // Valid until the next call of Compile.
  absl::StatusOr<const FieldTarget*> Compile(uint32_t type_id, std::string_view text);

 private:
  absl::flat_hash_map<std::pair<uint32_t, std::string>, FieldTarget> compiled_;
};

}  // namespace dudao::client
