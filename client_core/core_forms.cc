// Forms: open, autosave, save.
#include "conflict_view.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/schema/record_types.h"

namespace dudao::client {

absl::StatusOr<v1::OpenRecordResponse> Core::OpenRecord(const v1::OpenRecordRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  v1::OpenRecordResponse response;
  Form* form = forms_.FindDraft(target.space, target.id);
  response.set_draft_recovered(form != nullptr);
  if (form == nullptr) {
    DUDAO_ASSIGN(form, NewForm(target));
  }
  response.set_form_id(form->id);
  response.set_message(form->pending.empty() ? form->base.Materialise()
                                             : form->Shown().Materialise());
  response.set_revision(form->revision);
  response.set_exists(form->base.exists());
  FillConflicts(target.id, form->base, WallMs(), response.mutable_conflicts());
  return response;
}

absl::StatusOr<v1::CreateRecordResponse> Core::CreateRecord(
    const v1::CreateRecordRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record(), true));
  DUDAO_ASSIGN(const Loaded before, Load(target));
  if (before.record.exists()) return Error(absl::StatusCode::kAlreadyExists, kRecordExists);
  const auto message = sync::NewRecordMessage(target.id.type);
  if (!message->ParseFromString(request.message())) {
    return Error(absl::StatusCode::kInvalidArgument, kValueUnfit, message->GetTypeName());
  }
  Save save;
  save.ops.push_back(Presence(target.id, sync::Path(), true));
  DUDAO_TRY(CompileMessage(target.id, sync::Path(), *message, Hand::kPerson, save.ops));
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  DUDAO_ASSIGN(const Form* form, NewForm(target));
  v1::CreateRecordResponse response;
  *response.mutable_record() = Ref(target);
  response.set_form_id(form->id);
  if (change) FillDot(change->dot(), response.mutable_dot());
  return response;
}

absl::Status Core::Type(Form& form, Save save) {
  if (form.pending.size() + save.ops.size() >= sync::kOpsPerChangeMax) {
    return Error(absl::StatusCode::kInvalidArgument, kTooManyEdits);
  }
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(form.space));
  // Asked now, so that the person hears of a refusal while typing and not when saving.
  Save asked = save;
  DUDAO_TRY(CheckSave({store, form.space, form.record}, asked));
  return forms_.Edit(form, save.ops, WallMs());
}

absl::Status Core::Type(Form& form,
                        const google::protobuf::RepeatedPtrField<v1::FieldEdit>& edits) {
  Save save;
  for (const v1::FieldEdit& edit : edits) {
    DUDAO_TRY(CompileEdit(schema_, form.record, edit, Hand::kPerson, save.ops));
  }
  return Type(form, std::move(save));
}

absl::StatusOr<v1::EditFormResponse> Core::EditForm(const v1::EditFormRequest& request) {
  DUDAO_ASSIGN(Form * form, forms_.Find(request.form_id()));
  DUDAO_TRY(Type(*form, request.edits()));
  v1::EditFormResponse response;
  response.set_pending_fields(static_cast<uint32_t>(form->pending.size()));
  return response;
}

absl::StatusOr<v1::GetFormResponse> Core::GetForm(const v1::GetFormRequest& request) {
  DUDAO_ASSIGN(const Form* form, forms_.Find(request.form_id()));
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(form->space));
  const Target target{store, form->space, form->record};
  DUDAO_ASSIGN(const Loaded now, Load(target));
  v1::GetFormResponse response;
  *response.mutable_record() = Ref(target);
  response.set_message(form->Shown().Materialise());
  response.set_pending_fields(static_cast<uint32_t>(form->pending.size()));
  response.set_record_moved_on(now.record.EncodeShared() != form->base.EncodeShared());
  return response;
}

absl::StatusOr<v1::SaveFormResponse> Core::SaveForm(const v1::SaveFormRequest& request) {
  DUDAO_ASSIGN(Form * form, forms_.Find(request.form_id()));
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(form->space));
  const Target target{store, form->space, form->record};
  v1::SaveFormResponse response;
  if (!form->pending.empty()) {
    Save save;
    save.ops = form->Operations();
    save.context = form->context;
    save.form = form;
    DUDAO_ASSIGN(const auto head, store->HeadOf(store->self()));
    DUDAO_TRY(forms_.MarkSaving(*form, {store->self(), (head ? head->seq : 0) + 1}));
    DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
    if (change) {
      response.set_saved(true);
      FillDot(change->dot(), response.mutable_dot());
      response.set_operations(static_cast<uint32_t>(change->ops.size()));
    }
  }
  // The save is durable; should this fail, the next edit or start sees that it was made.
  (void)forms_.Clear(*form);
  DUDAO_ASSIGN(const Loaded loaded, Load(target));
  FillConflicts(target.id, loaded.record, WallMs(), response.mutable_conflicts());
  return response;
}

absl::StatusOr<v1::DiscardFormResponse> Core::DiscardForm(const v1::DiscardFormRequest& request) {
  DUDAO_TRY(forms_.Find(request.form_id()).status());
  DUDAO_TRY(forms_.Remove(request.form_id()));
  return v1::DiscardFormResponse();
}

absl::StatusOr<v1::CloseFormResponse> Core::CloseForm(const v1::CloseFormRequest& request) {
  DUDAO_ASSIGN(const Form* form, forms_.Find(request.form_id()));
  if (form->pending.empty()) DUDAO_TRY(forms_.Remove(request.form_id()));
  return v1::CloseFormResponse();
}

absl::StatusOr<v1::ListDraftsResponse> Core::ListDrafts(const v1::ListDraftsRequest&) {
  v1::ListDraftsResponse response;
  for (const Form* form : forms_.Drafts()) {
    v1::Draft* draft = response.add_drafts();
    draft->set_form_id(form->id);
    *draft->mutable_record() = Ref({nullptr, form->space, form->record});
    draft->set_pending_fields(static_cast<uint32_t>(form->pending.size()));
    draft->set_opened_at_ms(form->opened_ms);
    draft->set_edited_at_ms(form->edited_ms);
  }
  return response;
}

}  // namespace dudao::client
