#include "forms.h"

#include <algorithm>

#include "context_codec.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "edit.h"

namespace dudao::client {
namespace {

using sync::MergeKind;
using sync::Operation;
using Pending = std::map<std::string, Operation>;

constexpr size_t kFormsMax = 10'000;

bool IsBelow(std::string_view path, std::string_view above) {
  return path.size() > above.size() && path.substr(0, above.size()) == above;
}

// Adds one operation to the draft's edits, which hold one a cell.
void Put(Pending& pending, const sync::Record& base, const Operation& op) {
  const std::string& path = op.path.bytes();
  if (op.kind == MergeKind::kCounter) {
    const auto it = pending.find(path);
    const int64_t before =
        it == pending.end() ? 0 : sync::CounterDelta(it->second.value).value_or(0);
    const int64_t sum = static_cast<int64_t>(static_cast<uint64_t>(before) +
                                             static_cast<uint64_t>(*sync::CounterDelta(op.value)));
    if (sum == 0) {
      pending.erase(path);
    } else {
      pending[path] = {op.record, op.path, op.kind, sync::CounterValue(sum)};
    }
    return;
  }
  if (op.kind == MergeKind::kKeyed && op.value.is_absent()) {
    std::erase_if(pending, [&](const auto& entry) { return IsBelow(entry.first, path); });
  } else {
    // An edit below a removal takes the removal back.
    for (const size_t length : op.path.Above()) {
      const auto it = pending.find(path.substr(0, length));
      if (it != pending.end() && it->second.value.is_absent()) pending.erase(it);
    }
  }
  if (ShowsAlready(base, op)) {
    pending.erase(path);
  } else {
    pending[path] = op;
  }
}

}  // namespace

sync::Record Form::Shown() const {
  sync::Record shown = base;
  sync::Change change;
  change.replica.bytes.fill(0xff);
  change.seq = UINT64_MAX;
  change.seen = sync::Context(context.seen);
  for (const sync::Dot& dot : context.own) change.seen.Add(dot);
  for (const auto& [path, op] : pending) shown.Apply(change, op, context.seen);
  return shown;
}

std::vector<Operation> Form::Operations() const {
  std::vector<Operation> ops;
  ops.reserve(pending.size());
  for (const auto& [path, op] : pending) ops.push_back(op);
  return ops;
}

void Form::Saved(const sync::Change& change) {
  for (const Operation& op : change.ops) {
    if (op.record == record) base.Apply(change, op, context.seen);
  }
  context.own.push_back(change.dot());
}

absl::Status Forms::Load() {
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare("SELECT form_id, space, type, key, context, base, revision, opened_ms, edited_ms,"
                  " saving_replica, saving_seq FROM client_form"));
  while (true) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) return absl::OkStatus();
    auto form = std::make_unique<Form>();
    form->id = row.Text(0);
    form->space = row.Text(1);
    form->record = {static_cast<uint32_t>(row.Int(2)), std::string(row.Blob(3))};
    const auto context = DecodeContext(form->space, row.Blob(4));
    if (!context) return absl::DataLossError("a draft without its context");
    form->context = *context;
    DUDAO_ASSIGN(form->base, sync::Record::Decode(row.Blob(5)));
    form->revision = static_cast<uint64_t>(row.Int(6));
    form->opened_ms = row.Int(7);
    form->edited_ms = row.Int(8);
    form->saving = {sync::ReplicaId::FromBytes(row.Blob(9)), static_cast<uint64_t>(row.Int(10))};
    form->stored = true;
    DUDAO_TRY(LoadOperations(*form));
    forms_[form->id] = std::move(form);
  }
}

absl::Status Forms::LoadOperations(Form& form) {
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("SELECT path, op FROM client_form_op WHERE form_id = ?1"));
  row.BindText(1, form.id);
  while (true) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) return absl::OkStatus();
    const auto path = sync::Path::Parse(row.Blob(0));
    Operation op;
    if (!path || !DecodeOperation(row.Blob(1), op))
      return absl::DataLossError("a draft's edit is damaged");
    op.record = form.record;
    op.path = *path;
    form.pending[path->bytes()] = std::move(op);
  }
}

absl::StatusOr<Form*> Forms::Add(Form form) {
  if (forms_.size() >= kFormsMax)
    return Error(absl::StatusCode::kFailedPrecondition, kTooManyForms);
  auto& slot = forms_[form.id];
  slot = std::make_unique<Form>(std::move(form));
  return slot.get();
}

absl::StatusOr<Form*> Forms::Find(std::string_view id) {
  const auto it = forms_.find(id);
  if (it == forms_.end())
    return Error(absl::StatusCode::kNotFound, kFormNotFound, id.substr(0, 40));
  return it->second.get();
}

std::vector<Form*> Forms::All() {
  std::vector<Form*> all;
  for (auto& [id, form] : forms_) all.push_back(form.get());
  return all;
}

std::vector<Form*> Forms::Drafts() {
  std::vector<Form*> drafts = All();
  std::erase_if(drafts, [](const Form* form) { return form->pending.empty(); });
  std::sort(drafts.begin(), drafts.end(), [](const Form* a, const Form* b) {
    return std::tie(a->opened_ms, a->id) < std::tie(b->opened_ms, b->id);
  });
  return drafts;
}

Form* Forms::FindDraft(std::string_view space, const sync::RecordId& record) {
  Form* found = nullptr;
  for (Form* form : Drafts()) {
    if (form->space == space && form->record == record) found = form;
  }
  return found;
}

absl::Status Forms::Edit(Form& form, const std::vector<Operation>& ops, int64_t wall_ms) {
  Pending pending = form.pending;
  for (const Operation& op : ops) Put(pending, form.base, op);
  Form edited = form;
  edited.edited_ms = wall_ms;
  DUDAO_TRY(Write(edited, pending));
  form.pending = std::move(pending);
  form.edited_ms = wall_ms;
  form.stored = true;
  form.stale = false;
  return absl::OkStatus();
}

// Brings the database from form.pending to `pending`, in one transaction.
absl::Status Forms::Write(const Form& form, const Pending& pending) {
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  if (form.stale) DUDAO_TRY(DropRows(form.id));
  if (form.stored) {
    DUDAO_ASSIGN(sync::Statement row,
                 db_.Prepare("UPDATE client_form SET edited_ms = ?2 WHERE form_id = ?1"));
    DUDAO_TRY(row.BindText(1, form.id).BindInt(2, form.edited_ms).Run());
  } else {
    DUDAO_ASSIGN(
        sync::Statement row,
        db_.Prepare("INSERT INTO client_form (form_id, space, type, key, context, base, revision,"
                    " opened_ms, edited_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
    row.BindText(1, form.id).BindText(2, form.space).BindInt(3, form.record.type);
    row.BindBlob(4, form.record.key).BindBlob(5, EncodeContext(form.space, form.context));
    row.BindBlob(6, form.base.Encode()).BindInt(7, static_cast<int64_t>(form.revision));
    DUDAO_TRY(row.BindInt(8, form.opened_ms).BindInt(9, form.edited_ms).Run());
  }
  DUDAO_ASSIGN(sync::Statement put,
               db_.Prepare("INSERT OR REPLACE INTO client_form_op (form_id, path, op)"
                           " VALUES (?1, ?2, ?3)"));
  for (const auto& [path, op] : pending) {
    const auto it = form.pending.find(path);
    if (form.stored && it != form.pending.end() && it->second == op) continue;
    DUDAO_TRY(put.BindText(1, form.id).BindBlob(2, path).BindBlob(3, EncodeOperation(op)).Run());
    put.Reset();
  }
  DUDAO_ASSIGN(sync::Statement drop,
               db_.Prepare("DELETE FROM client_form_op WHERE form_id = ?1 AND path = ?2"));
  for (const auto& [path, op] : form.pending) {
    if (pending.contains(path)) continue;
    DUDAO_TRY(drop.BindText(1, form.id).BindBlob(2, path).Run());
    drop.Reset();
  }
  return transaction.Commit();
}

absl::Status Forms::MarkSaving(Form& form, const sync::Dot& dot) {
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare(
          "UPDATE client_form SET saving_replica = ?2, saving_seq = ?3 WHERE form_id = ?1"));
  row.BindText(1, form.id).BindBlob(2, dot.replica.AsBytes());
  DUDAO_TRY(row.BindInt(3, static_cast<int64_t>(dot.seq)).Run());
  form.saving = dot;
  return absl::OkStatus();
}

absl::Status Forms::DropRows(const std::string& id) {
  for (const char* sql : {"DELETE FROM client_form WHERE form_id = ?1",
                          "DELETE FROM client_form_op WHERE form_id = ?1"}) {
    DUDAO_ASSIGN(sync::Statement row, db_.Prepare(sql));
    DUDAO_TRY(row.BindText(1, id).Run());
  }
  return absl::OkStatus();
}

absl::Status Forms::DropDurably(const std::string& id) {
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  DUDAO_TRY(DropRows(id));
  return transaction.Commit();
}

absl::Status Forms::Clear(Form& form) {
  const bool in_database = form.stored || form.stale;
  form.pending.clear();
  form.saving = {};
  form.stored = false;
  form.stale = in_database;
  if (in_database) DUDAO_TRY(DropDurably(form.id));
  form.stale = false;
  return absl::OkStatus();
}

absl::Status Forms::Remove(const std::string& id) {
  const auto it = forms_.find(id);
  if (it == forms_.end()) return absl::OkStatus();
  DUDAO_TRY(Clear(*it->second));
  forms_.erase(it);
  return absl::OkStatus();
}

}  // namespace dudao::client
