#include "office_tasks.h"

#include <algorithm>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "files.h"

namespace dudao::server {
namespace {

using records::v1::OfficeTask;

constexpr size_t kTaskKeyBytes = 12;
constexpr size_t kYearDigits = 4;

std::string_view YearOf(std::string_view space) {
  return space.size() > kYearDigits ? space.substr(space.size() - kYearDigits) : space;
}

}  // namespace

OfficeTask NewTask(const Call& call, records::v1::OfficeTaskKind kind, const std::string& team_id,
                   const std::string& reason) {
  OfficeTask task;
  task.set_kind(kind);
  task.set_team_id(team_id);
  task.set_reason(reason);
  task.set_created_by(call.principal.person_id);
  task.set_created_at_ms(call.wall_ms);
  task.set_state(records::v1::OFFICE_TASK_STATE_OPEN);
  return task;
}

absl::StatusOr<std::vector<sync::Operation>> TaskOps(const OfficeTask& task) {
  return sync::MessageToOps(
      {sync::RecordTypeOf(*OfficeTask::descriptor()), RandomBytes(kTaskKeyBytes)}, task);
}

absl::StatusOr<std::vector<sync::Operation>> FinishTasks(
    Space& space, std::string_view finding_id,
    std::initializer_list<records::v1::OfficeTaskKind> kinds) {
  std::vector<sync::Operation> ops;
  DUDAO_TRY(space.store().Scan(
      sync::RecordTypeOf(*OfficeTask::descriptor()), "", [&](const sync::StoredRecord& stored) {
        OfficeTask task;
        const bool open = stored.record.exists() &&
                          task.ParseFromString(stored.record.Materialise()) &&
                          task.state() == records::v1::OFFICE_TASK_STATE_OPEN;
        const bool meant = open && task.finding_id() == finding_id &&
                           std::find(kinds.begin(), kinds.end(), task.kind()) != kinds.end();
        if (meant) {
          ops.push_back({stored.id, sync::Path().Field(OfficeTask::kStateFieldNumber),
                         sync::MergeKind::kLifecycle,
                         sync::Value::Varint(records::v1::OFFICE_TASK_STATE_DONE)});
        }
        return true;
      }));
  return ops;
}

std::string SpaceOfTeam(const Spaces& spaces, std::string_view team_id, std::string_view like) {
  std::string found;
  for (const auto& rule : spaces.All()) {
    if (rule.team_id().empty() || rule.team_id() != team_id) continue;
    if (rule.space() == like || YearOf(rule.space()) == YearOf(like)) return rule.space();
    found = std::max(found, rule.space());
  }
  return found;
}

}  // namespace dudao::server
