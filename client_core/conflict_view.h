// Conflicts and dots as the API shows them. Pure functions.
#pragma once

#include <string>

#include "dudao/client/v1/record.pb.h"
#include "dudao/sync/crdt/record.h"
#include "google/protobuf/repeated_field.h"

namespace dudao::client {

void FillDot(const sync::Dot& dot, v1::Dot* out);

// Names one competing value.
std::string VersionName(const sync::Dot& dot);

// The value that a cell holds, as the API has it; nothing for presence.
void FillValue(const sync::RecordId& id, const sync::Path& path, sync::MergeKind kind,
               const sync::Value& value, v1::FieldValue* typed, std::string* text);

void FillConflicts(const sync::RecordId& id, const sync::Record& record, int64_t wall_ms,
                   google::protobuf::RepeatedPtrField<v1::FieldConflict>* out);

}  // namespace dudao::client
