#include "review_desk.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "dudao/domain/signing_text.h"
#include "dudao/domain/visit_lifecycle.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "mask.h"
#include "office_tasks.h"
#include "privacy_desk.h"
#include "reason.h"
#include "record_view.h"
#include "seen.h"

namespace dudao::server {
namespace {

using records::v1::OfficeTask;
using records::v1::Visit;

constexpr size_t kReasonBytesMax = 3000;

absl::StatusOr<sync::StoredRecord> LoadKnown(Space& space, const sync::RecordId& id)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex()) {
  if (id.key.empty() || id.key.size() > sync::kRecordKeyBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "key");
  }
  DUDAO_ASSIGN(auto stored, space.store().Load(id));
  if (!stored) return Error(absl::StatusCode::kNotFound, "RECORD_UNKNOWN");
  return *std::move(stored);
}

// The record, if it still is what the caller was shown.
absl::StatusOr<sync::StoredRecord> LoadUnchanged(Space& space, const sync::RecordId& id,
                                                 const std::string& digest)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex()) {
  DUDAO_ASSIGN(auto stored, LoadKnown(space, id));
  if (ContentDigest(stored.record) != digest)
    return Error(absl::StatusCode::kAborted, "CONTENT_CHANGED");
  return stored;
}

std::optional<records::v1::VisitState> StateOf(review::v1::Decision decision) {
  switch (decision) {
    case review::v1::DECISION_CONFIRM:
      return records::v1::VISIT_STATE_CONFIRMED;
    case review::v1::DECISION_RETURN:
      return records::v1::VISIT_STATE_RETURNED;
    case review::v1::DECISION_DISMISS:
      return records::v1::VISIT_STATE_DISMISSED;
    default:
      return std::nullopt;
  }
}

// The decision as the visit carries it.
Visit Decided(const Call& call, const review::v1::DecideVisitRequest& request,
              records::v1::VisitState state) {
  Visit decided;
  decided.set_state(state);
  records::v1::ReviewDecision& review = *decided.mutable_review();
  review.set_state(state);
  review.set_reason(request.reason());
  review.set_decided_by(call.principal.person_id);
  review.set_decided_at_ms(call.wall_ms);
  review.set_content_digest(absl::BytesToHexString(request.content_digest()));
  return decided;
}

// A returned visit is a task for its team; it lands on the tablets with the next sync.
OfficeTask TaskFor(const Call& call, const review::v1::DecideVisitRequest& request,
                   const Visit& visit) {
  OfficeTask task = NewTask(call, records::v1::OFFICE_TASK_KIND_RETURNED_VISIT, visit.team_id(),
                            request.reason());
  // A key is bytes, the field is text: hex, as everywhere where people see it.
  task.set_visit_id(absl::BytesToHexString(request.key()));
  task.set_visit_temp_no(visit.temp_no());
  return task;
}

bool NamesItsText(const records::v1::Signature& signature) {
  return !signature.text_sha256().empty();
}

// The text that was signed, made again from what the record says now, unmasked.
absl::Status CheckSignatures(const Visit& visit, Projection& projection,
                             google::protobuf::RepeatedPtrField<review::v1::SignatureCheck>* out) {
  // Most visits that are read are not signed yet: names are looked up only for those that are.
  if (!NamesItsText(visit.unit_signature()) && !NamesItsText(visit.lead_signature()))
    return absl::OkStatus();
  DUDAO_ASSIGN(const auto names, projection.PlaceNames());
  const auto name = names.find(visit.unit_code());
  const std::string unit_name = name == names.end() ? "" : name->second;
  const auto check = [&](const records::v1::Signature& signature, const char* path,
                         domain::Signer who) {
    if (!NamesItsText(signature)) return;
    const std::string text = domain::SigningText(visit, unit_name, who);
    review::v1::SignatureCheck* one = out->Add();
    one->set_path(path);
    one->set_text_unchanged(signature.text_sha256() == sync::HashHex(sync::Sha256(text)));
  };
  check(visit.unit_signature(), "unit_signature", domain::Signer::kUnit);
  check(visit.lead_signature(), "lead_signature", domain::Signer::kLead);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReviewDesk::Save(Space& space, const Call& call, Saving saving) {
  DUDAO_ASSIGN(auto form, tokens_.UnsealContext(space.name(), saving.context));
  const sync::RecordId id = saving.ops.front().record;
  sync::LocalEdit edit;
  edit.author = call.principal.person_id;
  edit.wall_ms = call.wall_ms;
  edit.flags = saving.flags;
  edit.form = std::move(form);
  edit.ops = std::move(saving.ops);
  DUDAO_TRY(space.store().Commit(edit).status());
  after_.Written(space);
  DUDAO_ASSIGN(const auto stored, LoadKnown(space, id));
  return ContentDigest(stored.record);
}

absl::StatusOr<review::v1::GetRecordResponse> ReviewDesk::GetRecord(
    const Call& call, const review::v1::GetRecordRequest& request) {
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto stored, LoadKnown(*space, {request.type_id(), request.key()}));
  DUDAO_ASSIGN(const auto context, space->store().OpenForm());
  review::v1::GetRecordResponse response;
  const std::string message = stored.record.Materialise();
  response.set_message(MaskRecord(stored.id.type, message));
  const auto* type = sync::FindRecordType(request.type_id());
  if (type != nullptr) response.set_message_type(type->full_name());
  response.set_exists(stored.record.exists());
  response.set_content_digest(ContentDigest(stored.record));
  FillConflicts(stored.id, stored.record, call.wall_ms, response.mutable_conflicts());
  response.set_context(tokens_.SealContext(space->name(), context));
  Visit visit;
  if (stored.id.type == sync::RecordTypeOf(*Visit::descriptor()) &&
      visit.ParseFromString(message)) {
    DUDAO_TRY(CheckSignatures(visit, projection_, response.mutable_signatures()));
    DUDAO_ASSIGN(const auto unseen, NotSeenByReview(*space, stored, visit));
    for (const std::string& path : unseen) response.add_changed_paths(path);
  }
  return response;
}

absl::StatusOr<review::v1::ResolveConflictResponse> ReviewDesk::ResolveConflict(
    const Call& call, const review::v1::ResolveConflictRequest& request) {
  // What the office decided is settled by the office.
  const bool decision =
      request.type_id() == sync::RecordTypeOf(*records::v1::Rectification::descriptor());
  if (decision && call.principal.role != records::v1::PERSON_ROLE_REVIEWER)
    return Error(absl::StatusCode::kPermissionDenied, "ROLE_FORBIDDEN");
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto stored,
               LoadUnchanged(*space, {request.type_id(), request.key()}, request.content_digest()));
  const std::vector<sync::Conflict> conflicts = stored.record.Conflicts();
  const auto found =
      std::find_if(conflicts.begin(), conflicts.end(), [&](const sync::Conflict& conflict) {
        return conflict.path.bytes() == request.path_bytes();
      });
  if (found == conflicts.end())
    return Error(absl::StatusCode::kInvalidArgument, "CONFLICT_UNKNOWN");
  if (request.choice() < 0 || static_cast<size_t>(request.choice()) >= found->versions.size()) {
    return Error(absl::StatusCode::kInvalidArgument, "CHOICE_INVALID");
  }
  Saving saving{request.context(), sync::kFlagResolves, {}};
  const sync::Value& value = found->versions[static_cast<size_t>(request.choice())].value;
  saving.ops.push_back({stored.id, found->path, found->kind, value});
  review::v1::ResolveConflictResponse response;
  DUDAO_ASSIGN(*response.mutable_content_digest(), Save(*space, call, std::move(saving)));
  return response;
}

absl::StatusOr<review::v1::SendConflictToLeadResponse> ReviewDesk::SendConflictToLead(
    const Call& call, const review::v1::SendConflictToLeadRequest& request) {
  if (request.note().size() > kReasonBytesMax)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "note");
  if (!request.note().empty()) DUDAO_TRY(CheckWords(request.note(), "note"));
  review::v1::SendConflictToLeadResponse response;
  for (const auto& rule : spaces_.All()) {
    if (rule.space() == request.space()) response.set_team_id(rule.team_id());
  }
  if (response.team_id().empty())
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "space: of no team");
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto stored,
               LoadUnchanged(*space, {request.type_id(), request.key()}, request.content_digest()));
  if (!stored.record.HasConflict())
    return Error(absl::StatusCode::kFailedPrecondition, "CONFLICT_UNKNOWN");
  OfficeTask task = NewTask(call, records::v1::OFFICE_TASK_KIND_SETTLE_CONFLICT, response.team_id(),
                            request.note());
  task.set_visit_id(absl::BytesToHexString(request.key()));
  if (request.type_id() == sync::RecordTypeOf(*Visit::descriptor())) {
    Visit visit;
    static_cast<void>(visit.ParseFromString(stored.record.Materialise()));
    task.set_visit_temp_no(visit.temp_no());
    task.set_unit_code(visit.unit_code());
  }
  sync::LocalEdit edit;
  edit.author = call.principal.person_id;
  edit.wall_ms = call.wall_ms;
  DUDAO_ASSIGN(edit.ops, TaskOps(task));
  DUDAO_TRY(space->store().Commit(edit).status());
  after_.Written(*space);
  return response;
}

absl::StatusOr<review::v1::DecideVisitResponse> ReviewDesk::DecideVisit(
    const Call& call, const review::v1::DecideVisitRequest& request) {
  const auto state = StateOf(request.decision());
  if (!state) return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "decision");
  if (request.reason().size() > kReasonBytesMax)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "reason");
  if (!request.reason().empty()) DUDAO_TRY(CheckWords(request.reason(), "reason"));
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto stored,
               LoadUnchanged(*space, {sync::RecordTypeOf(*Visit::descriptor()), request.key()},
                             request.content_digest()));
  Visit visit;
  static_cast<void>(visit.ParseFromString(stored.record.Materialise()));
  if (!stored.record.exists()) return Error(absl::StatusCode::kNotFound, "RECORD_UNKNOWN");
  if (*state == records::v1::VISIT_STATE_RETURNED && visit.team_id() == kLeadersTeam)
    return Error(absl::StatusCode::kFailedPrecondition, "LEADER_VISIT_STAYS");
  DUDAO_TRY(domain::CheckTransition(visit.state(), *state, call.principal.role, request.reason()));
  Saving saving{request.context(), 0, {}};
  DUDAO_ASSIGN(saving.ops, sync::MessageToOps(stored.id, Decided(call, request, *state)));
  if (*state == records::v1::VISIT_STATE_RETURNED) {
    DUDAO_ASSIGN(const auto ops, TaskOps(TaskFor(call, request, visit)));
    saving.ops.insert(saving.ops.end(), ops.begin(), ops.end());
  }
  review::v1::DecideVisitResponse response;
  DUDAO_ASSIGN(*response.mutable_content_digest(), Save(*space, call, std::move(saving)));
  response.set_state(*state);
  return response;
}

absl::StatusOr<review::v1::GetStateDigestResponse> ReviewDesk::GetStateDigest(
    const Call&, const review::v1::GetStateDigestRequest& request) {
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const sync::Hash digest, space->store().StateDigest());
  review::v1::GetStateDigestResponse response;
  response.set_digest(std::string(sync::HashBytes(digest)));
  return response;
}

}  // namespace dudao::server
