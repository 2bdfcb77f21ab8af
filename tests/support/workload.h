// Random operations on a small set of records, shared by property tests, simulation and fuzzers.
#pragma once

#include <vector>

#include "dudao/sync/crdt/operation.h"
#include "seeds.h"

namespace dudao::testing {

// One save of one to four operations: registers, sets, keyed elements, counters, deletions, unknown
// fields. Few records, fields and values, so that people meet.
std::vector<sync::Operation> RandomOps(SeededTest& random);

// Shorthands for readable tests.
sync::RecordId Rec(std::string key);
sync::Operation SetText(const sync::RecordId& record, uint32_t field, std::string_view value);
sync::Operation ClearField(const sync::RecordId& record, uint32_t field);
sync::Operation SetElementText(const sync::RecordId& record, uint32_t list, std::string_view key,
                               uint32_t field, std::string_view value);
sync::Operation RemoveElement(const sync::RecordId& record, uint32_t list, std::string_view key);
sync::Operation AddToSet(const sync::RecordId& record, uint32_t field, std::string_view element);
sync::Operation RemoveFromSet(const sync::RecordId& record, uint32_t field,
                              std::string_view element);
sync::Operation Increment(const sync::RecordId& record, uint32_t field, int64_t delta);
sync::Operation Delete(const sync::RecordId& record);
sync::Operation Touch(const sync::RecordId& record);

}  // namespace dudao::testing
