// What the author of a change had seen, and so what a decision does not speak of.
//
// Reads the log; nothing is kept. The caller holds the space. Errors: the storage's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/store/store.h"
#include "space.h"

namespace dudao::server {

// The change with this dot; what its author had seen is not kept with the record.
absl::StatusOr<std::optional<sync::Change>> FindChange(Space& space, const sync::Dot& dot)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

// Fields of a visit that was confirmed or dismissed, as paths for people, which were written
// without the decision having seen it: offline before it, or after it. Empty for any other state.
absl::StatusOr<std::vector<std::string>> NotSeenByReview(Space& space,
                                                         const sync::StoredRecord& stored,
                                                         const records::v1::Visit& visit)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

}  // namespace dudao::server
