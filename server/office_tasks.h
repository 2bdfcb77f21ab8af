// Tasks that the office leaves for a team; they land on its tablets with the next sync.
//
// Functions over spaces; the caller holds the space where one is passed. Errors are the storage's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "call.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/sync/crdt/operation.h"
#include "spaces.h"

namespace dudao::server {

// A task as the caller leaves it now: open.
records::v1::OfficeTask NewTask(const Call& call, records::v1::OfficeTaskKind kind,
                                const std::string& team_id, const std::string& reason);
// Writes it under a random key.
absl::StatusOr<std::vector<sync::Operation>> TaskOps(const records::v1::OfficeTask& task);
// Ends the open tasks of these kinds about a finding.
absl::StatusOr<std::vector<sync::Operation>> FinishTasks(
    Space& space, std::string_view finding_id,
    std::initializer_list<records::v1::OfficeTaskKind> kinds)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

// The space of a team: of the same programme year as `like`, else its newest. Empty for none.
std::string SpaceOfTeam(const Spaces& spaces, std::string_view team_id, std::string_view like);

}  // namespace dudao::server
