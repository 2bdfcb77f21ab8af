// The record types that this version knows, as the generated descriptors tell them.
//
// Purpose: from type numbers to messages, and from canonical paths to texts such as
// "findings[f1].level". A type or field that is not known is shown by number and never an error:
// replicas of other versions write it. Thread-safe after construction. Nothing fails.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dudao/sync/crdt/operation.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dudao::sync {

// The merge kind of a record's field. REQUIRES: the schema check has passed for its file.
MergeKind KindOf(const google::protobuf::FieldDescriptor& field);

// The message of a record type; null for a type that this version does not know.
const google::protobuf::Descriptor* FindRecordType(uint32_t type_id);
// The type number of a record message; 0 for a message that is no record.
uint32_t RecordTypeOf(const google::protobuf::Descriptor& message);
// An empty message of the type, or null.
std::unique_ptr<google::protobuf::Message> NewRecordMessage(uint32_t type_id);

// The field that a path ends in; null where it is not known or the path is empty.
const google::protobuf::FieldDescriptor* FieldOf(uint32_t type_id, const Path& path);
// The path for people: names, with keys in brackets ("]" and "\" escaped by "\").
std::string PathText(uint32_t type_id, const Path& path);

}  // namespace dudao::sync
