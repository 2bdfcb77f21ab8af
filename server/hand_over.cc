// Replacing a person mid-month: what was finished stays theirs, drafts go to the team's lead.
#include <algorithm>

#include "absl/strings/escaping.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/trust/suite.h"
#include "people_desk.h"
#include "people_records.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using records::v1::OfficeTask;
using records::v1::Visit;

constexpr size_t kTaskKeyBytes = 12;
constexpr size_t kReasonBytesMax = 1000;

bool IsOf(const Visit& visit, const std::string& person_id) {
  const auto& inspectors = visit.inspector_ids();
  return visit.author_id() == person_id ||
         std::find(inspectors.begin(), inspectors.end(), person_id) != inspectors.end();
}

bool IsDraft(const Visit& visit) {
  return visit.state() == records::v1::VISIT_STATE_DRAFT ||
         visit.state() == records::v1::VISIT_STATE_UNSPECIFIED;
}

// The same for the same hand-over: whoever repeats it makes no second task.
std::string TaskKey(const std::string& space, const std::string& visit,
                    const std::string& person_id) {
  std::string what("handed-over");
  sync::PutBytes(what, space);
  sync::PutBytes(what, visit);
  sync::PutBytes(what, person_id);
  return sync::Digest(sync::kDefaultSuite, what).substr(0, kTaskKeyBytes);
}

OfficeTask TaskFor(const Call& call, const admin::v1::HandOverPersonRequest& request,
                   const std::string& visit_key, const Visit& visit) {
  OfficeTask task;
  task.set_kind(records::v1::OFFICE_TASK_KIND_HANDED_OVER_DRAFT);
  task.set_team_id(visit.team_id());
  task.set_visit_id(absl::BytesToHexString(visit_key));
  task.set_visit_temp_no(visit.temp_no());
  task.set_reason(Utf8(request.reason().substr(0, kReasonBytesMax)));
  task.set_created_by(call.principal.person_id);
  task.set_created_at_ms(call.wall_ms);
  task.set_state(records::v1::OFFICE_TASK_STATE_OPEN);
  return task;
}

}  // namespace

absl::Status PeopleDesk::HandOverIn(const Call& call,
                                    const admin::v1::HandOverPersonRequest& request, Space& space,
                                    admin::v1::HandOverPersonResponse& response) {
  const std::string& person_id = request.person_id();
  absl::MutexLock lock(&space.mutex());
  std::vector<std::pair<std::string, Visit>> drafts;
  DUDAO_TRY(space.store().Scan(
      sync::RecordTypeOf(*Visit::descriptor()), "", [&](const sync::StoredRecord& stored) {
        Visit visit;
        const bool theirs = stored.record.exists() &&
                            visit.ParseFromString(stored.record.Materialise()) &&
                            IsOf(visit, person_id);
        if (!theirs || visit.state() == records::v1::VISIT_STATE_DELETED) return true;
        if (IsDraft(visit)) {
          drafts.emplace_back(stored.id.key, std::move(visit));
        } else {
          response.set_visits_kept(response.visits_kept() + 1);
        }
        return true;
      }));
  for (const auto& [key, visit] : drafts) {
    const sync::RecordId id{sync::RecordTypeOf(*OfficeTask::descriptor()),
                            TaskKey(space.name(), key, person_id)};
    DUDAO_ASSIGN(const auto there, space.store().Load(id));
    if (there) continue;
    sync::LocalEdit edit;
    edit.author = call.principal.person_id;
    edit.wall_ms = call.wall_ms;
    DUDAO_ASSIGN(edit.ops, sync::MessageToOps(id, TaskFor(call, request, key, visit)));
    DUDAO_TRY(space.store().Commit(edit).status());
    response.set_drafts(response.drafts() + 1);
  }
  after_.Written(space);
  return absl::OkStatus();
}

absl::Status PeopleDesk::HandOverLead(const Call& call, const std::string& team_id,
                                      const admin::v1::HandOverPersonRequest& request) {
  if (team_id.empty() || request.successor_id().empty()) return absl::OkStatus();
  DUDAO_ASSIGN(auto team, LoadTeam(spaces_, team_id));
  if (team.lead_id() != request.person_id()) return absl::OkStatus();
  team.set_lead_id(request.successor_id());
  return SaveRecord(spaces_, after_, call, team_id, team).status();
}

absl::StatusOr<admin::v1::HandOverPersonResponse> PeopleDesk::HandOverPerson(
    const Call& call, const admin::v1::HandOverPersonRequest& request) {
  const auto before = control_.Snapshot();
  const auto* person = before->Person(request.person_id());
  if (person == nullptr) return Error(absl::StatusCode::kNotFound, "PERSON_UNKNOWN");
  if (!request.successor_id().empty()) {
    const auto* successor = before->Person(request.successor_id());
    const bool fits = successor != nullptr && successor->active() &&
                      successor->team_id() == person->team_id() &&
                      request.successor_id() != request.person_id();
    if (!fits) return Error(absl::StatusCode::kNotFound, "PERSON_UNKNOWN", "successor_id");
  }
  admin::v1::HandOverPersonResponse response;
  for (const std::string& id : before->ActiveDevicesOf(request.person_id()))
    response.add_devices_retired(id);
  trust::v1::PersonRule rule = *person;
  rule.set_active(false);
  DUDAO_TRY(Apply(call, rule, Utf8(request.reason().substr(0, kReasonBytesMax))).status());
  DUDAO_ASSIGN(records::v1::Person record, LoadPerson(spaces_, request.person_id()));
  record.set_person_id(request.person_id());
  record.set_active(false);
  DUDAO_TRY(SaveRecord(spaces_, after_, call, request.person_id(), record).status());
  DUDAO_TRY(HandOverLead(call, person->team_id(), request));
  for (const auto& space_rule : spaces_.All()) {
    if (space_rule.shared()) continue;
    DUDAO_ASSIGN(Space * space, spaces_.Get(space_rule.space()));
    DUDAO_TRY(HandOverIn(call, request, *space, response));
  }
  return response;
}

}  // namespace dudao::server
