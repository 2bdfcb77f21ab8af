// A cell's value for people: text as it is, numbers in decimal, enums by name, messages as JSON,
// bytes in hex.
//
// Pure; cannot fail: a value that does not fit its field is shown as number or hex. Absent values
// give an empty text.
#pragma once

#include <string>

#include "dudao/sync/crdt/operation.h"
#include "google/protobuf/descriptor.h"

namespace dudao::sync {

// `field` may be null: a field that this version does not know.
std::string ValueText(const google::protobuf::FieldDescriptor* field, const Value& value);

}  // namespace dudao::sync
