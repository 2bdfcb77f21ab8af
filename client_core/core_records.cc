// Records: edit, read, list, settle, delete; the client's state.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "conflict_view.h"
#include "context_codec.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "paging.h"
#include "record_types.h"

namespace dudao::client {

absl::StatusOr<std::string> Core::ContextBytes(const Target& target) {
  DUDAO_ASSIGN(const sync::FormContext context, target.store->OpenForm());
  return EncodeContext(target.space, context);
}

absl::StatusOr<v1::EditResponse> Core::Edit(const v1::EditRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record(), true));
  Save save;
  save.flags = request.on_behalf() ? sync::kFlagOnBehalf : 0;
  DUDAO_TRY(ApplyBasis(request.basis(), target, save));
  for (const v1::FieldEdit& edit : request.edits()) {
    DUDAO_TRY(CompileEdit(schema_, target.id, edit, Hand::kPerson, save.ops));
  }
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  v1::EditResponse response;
  if (change) FillDot(change->dot(), response.mutable_dot());
  if (request.record().key().empty()) response.set_key(target.id.key);
  return response;
}

absl::StatusOr<v1::GetRecordResponse> Core::GetRecord(const v1::GetRecordRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  DUDAO_ASSIGN(const Loaded loaded, Load(target));
  v1::GetRecordResponse response;
  response.set_exists(loaded.record.exists());
  response.set_message(loaded.record.Materialise());
  response.set_revision(loaded.revision);
  FillConflicts(target.id, loaded.record, WallMs(), response.mutable_conflicts());
  DUDAO_ASSIGN(*response.mutable_context(), ContextBytes(target));
  if (const sync::Origin* latest = loaded.record.Latest(); latest != nullptr) {
    response.set_author(latest->author);
    response.set_time_ms(latest->time.ms);
  }
  return response;
}

absl::StatusOr<v1::ListRecordsResponse> Core::ListRecords(const v1::ListRecordsRequest& request) {
  if (sync::FindRecordType(request.type_id()) == nullptr) {
    return Error(absl::StatusCode::kInvalidArgument, kTypeUnknown,
                 absl::StrCat("type ", request.type_id()));
  }
  DUDAO_ASSIGN(const size_t page_size, PageSize(request.page_size()));
  DUDAO_ASSIGN(std::string after, PageStart(request.page_token()));
  if (request.page_token().empty()) after = JustBefore(request.key_prefix());
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(request.space()));
  const std::string text = absl::AsciiStrToLower(request.text());
  const auto message = sync::NewRecordMessage(request.type_id());
  v1::ListRecordsResponse response;
  DUDAO_TRY(store->Scan(request.type_id(), after, [&](const sync::StoredRecord& stored) {
    if (!absl::StartsWith(stored.id.key, request.key_prefix()))
      return stored.id.key < request.key_prefix();
    if (!stored.record.exists()) return true;
    std::string bytes = stored.record.Materialise();
    if (!text.empty() && !(message->ParseFromString(bytes) && HasText(*message, text))) return true;
    if (response.records_size() == static_cast<int>(page_size)) {
      response.set_next_page_token(PageToken(response.records().rbegin()->record().key()));
      return false;
    }
    v1::RecordSummary* summary = response.add_records();
    *summary->mutable_record() = Ref({nullptr, request.space(), stored.id});
    summary->set_message(std::move(bytes));
    summary->set_revision(stored.revision);
    summary->set_has_conflict(stored.record.HasConflict());
    return true;
  }));
  DUDAO_ASSIGN(*response.mutable_context(), ContextBytes({store, request.space(), {}}));
  return response;
}

absl::StatusOr<v1::ListConflictsResponse> Core::ListConflicts(
    const v1::ListConflictsRequest& request) {
  DUDAO_ASSIGN(const size_t page_size, PageSize(request.page_size()));
  DUDAO_ASSIGN(const std::string token, PageStart(request.page_token()));
  DUDAO_ASSIGN(const sync::RecordId after, RecordIdFromToken(token));
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(request.space()));
  DUDAO_ASSIGN(const auto entries, store->Conflicts(after, page_size + 1));
  v1::ListConflictsResponse response;
  for (size_t i = 0; i < std::min(entries.size(), page_size); ++i) {
    const Target target{store, request.space(), entries[i].id};
    DUDAO_ASSIGN(const Loaded loaded, Load(target));
    v1::RecordConflicts* record = response.add_records();
    *record->mutable_record() = Ref(target);
    FillConflicts(target.id, loaded.record, WallMs(), record->mutable_conflicts());
  }
  if (entries.size() > page_size)
    response.set_next_page_token(PageToken(RecordIdToken(entries[page_size - 1].id)));
  DUDAO_ASSIGN(*response.mutable_context(), ContextBytes({store, request.space(), {}}));
  return response;
}

namespace {

const sync::Conflict* FindConflict(uint32_t type, const std::vector<sync::Conflict>& all,
                                   std::string_view path) {
  const auto it = std::find_if(all.begin(), all.end(), [&](const sync::Conflict& conflict) {
    return sync::PathText(type, conflict.path) == path;
  });
  return it == all.end() ? nullptr : &*it;
}

// The write that settles a conflict with one of its values.
absl::StatusOr<sync::Operation> Choose(const sync::RecordId& id, const sync::Conflict& conflict,
                                       std::string_view version) {
  for (const sync::Version& one : conflict.versions) {
    if (VersionName(one.dot) == version)
      return sync::Operation{id, conflict.path, conflict.kind, one.value};
  }
  return Error(absl::StatusCode::kNotFound, kConflictNotFound, version.substr(0, 60));
}

}  // namespace

absl::StatusOr<v1::ResolveConflictResponse> Core::ResolveConflict(
    const v1::ResolveConflictRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  DUDAO_ASSIGN(Loaded loaded, Load(target));
  const std::vector<sync::Conflict> conflicts = loaded.record.Conflicts();
  const sync::Conflict* conflict = FindConflict(target.id.type, conflicts, request.path());
  if (conflict == nullptr) {
    return Error(absl::StatusCode::kNotFound, kConflictNotFound, request.path().substr(0, 80));
  }
  if (conflict->kind == sync::MergeKind::kIssued) {
    return Error(absl::StatusCode::kFailedPrecondition, kFieldIssued, request.path().substr(0, 80));
  }
  Save save;
  save.flags = sync::kFlagResolves;
  DUDAO_TRY(ApplyBasis(request.basis(), target, save));
  if (request.has_version()) {
    DUDAO_ASSIGN(sync::Operation op, Choose(target.id, *conflict, request.version()));
    save.ops.push_back(std::move(op));
  } else {
    v1::FieldEdit edit;
    edit.set_path(request.path());
    *edit.mutable_set() = request.value();
    DUDAO_TRY(CompileEdit(schema_, target.id, edit, Hand::kPerson, save.ops));
  }
  if (target.id.type == kVisitType) {
    DUDAO_TRY(CheckVisitWrite(loaded.record, save));
    const bool deletes = conflict->path.empty() && save.ops[0].value.is_absent();
    if (deletes) DUDAO_TRY(CheckVisitMove(loaded.record, records::v1::VISIT_STATE_DELETED));
  }
  // Also a fixed field, where two people set it without knowing of each other.
  save.checked = true;
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  v1::ResolveConflictResponse response;
  if (change) FillDot(change->dot(), response.mutable_dot());
  DUDAO_ASSIGN(loaded, Load(target));
  FillConflicts(target.id, loaded.record, WallMs(), response.mutable_conflicts());
  return response;
}

absl::StatusOr<v1::ListHistoryResponse> Core::ListHistory(const v1::ListHistoryRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  DUDAO_ASSIGN(const FieldTarget* below, schema_.Compile(target.id.type, request.path()));
  DUDAO_ASSIGN(const size_t page_size, PageSize(request.page_size()));
  DUDAO_ASSIGN(const std::string token, PageStart(request.page_token()));
  size_t start = 0;
  if (!token.empty() && !absl::SimpleAtoi(token, &start)) {
    return Error(absl::StatusCode::kInvalidArgument, kPageTokenInvalid);
  }
  DUDAO_ASSIGN(const auto history, target.store->History(target.id, below->path));
  v1::ListHistoryResponse response;
  for (size_t i = start; i < std::min(history.size(), start + page_size); ++i) {
    const sync::HistoryEntry& past = history[i];
    v1::HistoryEntry* entry = response.add_entries();
    entry->set_path(sync::PathText(target.id.type, past.op.path));
    entry->set_absent(past.op.value.is_absent());
    v1::FieldValue typed;
    FillValue(target.id, past.op.path, past.op.kind, past.op.value, &typed, entry->mutable_text());
    if (typed.value_case() != v1::FieldValue::VALUE_NOT_SET)
      *entry->mutable_value() = std::move(typed);
    entry->set_author(past.author);
    entry->set_time_ms(past.time.ms);
    entry->set_clock_offset_ms(past.clock_offset_ms);
    entry->set_clock_doubt(sync::IsDoubtful(past.time, WallMs()));
    FillDot(past.dot, entry->mutable_dot());
    entry->set_resolves((past.flags & sync::kFlagResolves) != 0);
    entry->set_on_behalf((past.flags & sync::kFlagOnBehalf) != 0);
  }
  if (start + page_size < history.size()) {
    response.set_next_page_token(PageToken(absl::StrCat(start + page_size)));
  }
  return response;
}

absl::StatusOr<v1::DeleteRecordResponse> Core::DeleteRecord(
    const v1::DeleteRecordRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  DUDAO_ASSIGN(const Loaded loaded, Load(target));
  v1::DeleteRecordResponse response;
  if (!loaded.record.exists()) return response;
  Save save;
  DUDAO_TRY(ApplyBasis(request.basis(), target, save));
  if (target.id.type == kVisitType)
    DUDAO_TRY(CheckVisitMove(loaded.record, records::v1::VISIT_STATE_DELETED));
  save.checked = true;
  save.ops.push_back(Presence(target.id, sync::Path(), false));
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  if (change) FillDot(change->dot(), response.mutable_dot());
  return response;
}

}  // namespace dudao::client
