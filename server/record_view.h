// Records as the review messages have them: conflicts and past writes side by side, for people and
// for machines.
//
// What this version does not know is shown by number and in hex, never hidden. Personal data is
// masked, in texts and in values alike. Pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "dudao/review/v1/review.pb.h"
#include "dudao/sync/crdt/record.h"
#include "dudao/sync/store/store.h"

namespace dudao::server {

void FillConflicts(const sync::RecordId& id, const sync::Record& record, int64_t wall_ms,
                   google::protobuf::RepeatedPtrField<review::v1::FieldConflict>* out);
void FillHistoryRow(const sync::HistoryEntry& entry, int64_t wall_ms, review::v1::HistoryRow* out);

// What an operation writes, for people; empty where it clears or removes.
std::string MaskedText(const sync::Operation& op);

// SHA-256 of the record's merged state, 32 bytes: what decisions are bound to.
std::string ContentDigest(const sync::Record& record);

}  // namespace dudao::server
