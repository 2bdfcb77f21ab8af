// From a record message to the operations that write it.
//
// Works on the message's wire bytes, so a value is written exactly as protobuf has it. Pure.
// Errors: INVALID_ARGUMENT for a message that is no record, a field without a merge kind, an
// unknown field (its kind is not known, and dropping it would lose data), or a keyed element
// without key.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/crdt/record.h"
#include "google/protobuf/message.h"

namespace dudao::sync {

// A write of each field that `message` has; counters become one increment of their value. The
// message must be a record.
absl::StatusOr<std::vector<Operation>> MessageToOps(const RecordId& record,
                                                    const google::protobuf::Message& message);

// Those of `ops` that would change what `record` shows (or settle a conflict): an import of what is
// already there writes nothing.
std::vector<Operation> OpsThatChange(const Record* record, std::vector<Operation> ops);

// Removals of the elements of top-level lists that `record` shows and `ops` do not write: with them
// the record shows what the message says and nothing more. `ops` are MessageToOps of the message.
std::vector<Operation> OpsThatRemove(const RecordId& id, const Record& record,
                                     const std::vector<Operation>& ops);

}  // namespace dudao::sync
