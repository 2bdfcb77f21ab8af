#include "first_entries.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "people_desk.h"
#include "people_records.h"

namespace dudao::server {
namespace {

using trust::v1::ControlBody;

}  // namespace

absl::Status SeedSpaces(ControlLog& control, Registry& registry, int64_t wall_ms) {
  DUDAO_ASSIGN(auto spaces, registry.OldSpaces());
  const bool has_office = std::any_of(spaces.begin(), spaces.end(), [](const auto& space) {
    return space.space() == kOfficeSpace;
  });
  if (!has_office) {
    trust::v1::SpaceRule& office = spaces.emplace_back();
    office.set_space(kOfficeSpace);
    office.set_shared(true);
  }
  const auto seed = [&spaces](const domain::Authority& authority) {
    std::vector<ControlBody> bodies;
    if (!authority.Spaces().empty()) return bodies;
    for (const auto& space : spaces) *bodies.emplace_back().mutable_space() = space;
    return bodies;
  };
  return control.Decide(seed, "system", wall_ms).status();
}

absl::Status SeedPeople(ControlLog& control, Spaces& spaces, Log& log, int64_t wall_ms) {
  if (!control.Snapshot()->People().empty()) return absl::OkStatus();
  DUDAO_ASSIGN(const auto people, LoadPeople(spaces));
  std::vector<ControlBody> bodies;
  for (const auto& [id, person] : people) {
    trust::v1::PersonRule rule;
    rule.set_person_id(id);
    rule.set_role(person.role());
    rule.set_team_id(person.team_id());
    rule.set_active(!person.has_active() || person.active());
    if (CheckPersonRule(rule).ok()) {
      *bodies.emplace_back().mutable_person() = rule;
    } else {
      log.Event("warn", "person_left_out",
                "a person of the old list has no valid id, role or team");
    }
  }
  return control
      .Decide([&bodies](const domain::Authority&) { return std::move(bodies); }, "system", wall_ms)
      .status();
}

}  // namespace dudao::server
