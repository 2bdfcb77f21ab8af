// Values between the API (typed) and the wire (protobuf bytes).
//
// Pure functions. Errors: INVALID_ARGUMENT with VALUE_UNFIT, VALUE_TOO_LONG, TEXT_NOT_UTF8.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "dudao/client/v1/value.pb.h"
#include "dudao/sync/crdt/operation.h"
#include "google/protobuf/descriptor.h"

namespace dudao::client {

// The value as it stands on the wire of this field; one element of a repeated field.
absl::StatusOr<sync::Value> EncodeValue(const google::protobuf::FieldDescriptor& field,
                                        const v1::FieldValue& value);

// The other way. A field that is not known (null) or does not fit is shown as integer or bytes.
v1::FieldValue DecodeValue(const google::protobuf::FieldDescriptor* field,
                           const sync::Value& value);

}  // namespace dudao::client
