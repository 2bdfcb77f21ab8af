// From the API's edits to operations, by the merge kinds of the schema.
//
// Pure but for the schema's cache. Errors: INVALID_ARGUMENT with PATH_UNKNOWN, ACTION_UNFIT,
// VALUE_UNFIT, VALUE_TOO_LONG, TEXT_NOT_UTF8, KEY_INVALID, FIELDS_UNKNOWN; FAILED_PRECONDITION with
// FIELD_ISSUED, FIELD_FIXED, FIELD_LIFECYCLE.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "dudao/client/v1/value.pb.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/crdt/record.h"
#include "google/protobuf/message.h"
#include "schema.h"

namespace dudao::client {

// Who edits: a person through fields, or a use case that has asked the rules of the trade.
enum class Hand { kPerson, kRules };

// Appends the operations of one edit.
absl::Status CompileEdit(Schema& schema, const sync::RecordId& record, const v1::FieldEdit& edit,
                         Hand hand, std::vector<sync::Operation>& out);

// Appends a write of each field that `message` has; `at` is the record itself or a keyed element.
absl::Status CompileMessage(const sync::RecordId& record, const sync::Path& at,
                            const google::protobuf::Message& message, Hand hand,
                            std::vector<sync::Operation>& out);

// The operation that says that a record, element or set element is there, or is not.
sync::Operation Presence(const sync::RecordId& record, const sync::Path& path, bool present);

// True where `record` shows just what the operation would write.
bool ShowsAlready(const sync::Record& record, const sync::Operation& op);

// Drops writes of fixed fields that change nothing, and refuses those that would.
absl::Status CheckFixed(const sync::Record& record, std::vector<sync::Operation>& ops);

}  // namespace dudao::client
