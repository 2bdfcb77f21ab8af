#include "core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "context_codec.h"
#include "dudao/client/reason.h"
#include "dudao/domain/visit_lifecycle.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/trust/sealing.h"
#include "record_types.h"
#include "tables.h"
#include "unlock.h"

namespace dudao::client {
namespace {

constexpr size_t kKeyBytes = 12;
constexpr size_t kFormIdBytes = 9;
constexpr size_t kAuthorBytesMax = 64;

bool SameWrites(const std::map<std::string, sync::Operation>& pending,
                const std::map<std::string, sync::Operation>& written) {
  for (const auto& [path, op] : pending) {
    const auto it = written.find(path);
    if (it == written.end() || it->second.kind != op.kind || it->second.value != op.value)
      return false;
  }
  return !pending.empty();
}

// A visit whose state nobody wrote is a draft.
records::v1::VisitState StateOf(const sync::Record& record) {
  const sync::Cell* cell = record.Find(sync::Path().Field(records::v1::Visit::kStateFieldNumber));
  const sync::Version* shown = cell == nullptr ? nullptr : record.Shown(*cell);
  if (shown == nullptr) return records::v1::VISIT_STATE_DRAFT;
  return static_cast<records::v1::VisitState>(shown->value.AsVarint().value_or(0));
}

}  // namespace

Core::Core(const Options& options, KeyVault vault, std::string key,
           std::unique_ptr<sync::Database> db)
    : options_(options),
      vault_(std::move(vault)),
      key_(std::move(key)),
      db_(std::move(db)),
      trust_(*db_, options_),
      spaces_(*db_, options_.seams),
      forms_(*db_),
      blobs_(*db_),
      delivery_(*db_, blobs_, trust_),
      index_(*db_) {}

Core::~Core() { sync::Wipe(key_); }

absl::StatusOr<std::unique_ptr<Core>> Core::Open(const Options& options) {
  if (options.seams.clock == nullptr || options.seams.random == nullptr ||
      options.person_id.size() > kAuthorBytesMax || !IsUtf8(options.person_id)) {
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest,
                 "clock, random and person_id");
  }
  KeyVault vault(options.seams.vault, *options.seams.random);
  DUDAO_TRY(vault.Read());
  DUDAO_ASSIGN(std::string key, UnlockDatabase(vault, options.database_path, options.pin));
  sync::DatabaseOptions how;
  how.key = key;
  DUDAO_ASSIGN(auto db, sync::Database::Open(options.database_path, how));
  sync::Wipe(how.key);
  DUDAO_TRY(vault.Encrypted());
  std::unique_ptr<Core> core(new Core(options, std::move(vault), std::move(key), std::move(db)));
  DUDAO_TRY(core->Start());
  DUDAO_TRY(core->usable_);
  return core;
}

absl::Status Core::Start() {
  DUDAO_TRY(CreateTables(*db_));
  if (options_.database_pages_max > 0) {
    DUDAO_TRY(db_->Execute(absl::StrCat("PRAGMA max_page_count=", options_.database_pages_max)));
  }
  DUDAO_TRY(trust_.Load());
  DUDAO_TRY(spaces_.OpenKnown());
  DUDAO_TRY(StartTrust());
  // Only tidying: a full tablet opens all the same, and its next start tries again.
  if (absl::Status dropped = blobs_.DropStaged();
      !dropped.ok() && !absl::IsResourceExhausted(dropped))
    return dropped;
  DUDAO_TRY(forms_.Load());
  return FinishInterruptedSaves();
}

// What a crash may have left undone.
absl::Status Core::StartTrust() {
  DUDAO_TRY(SealToOffice());
  DUDAO_TRY(CheckRevoked(false));
  if (!usable_.ok()) return absl::OkStatus();
  for (const auto& [space, store] : spaces_.all()) DUDAO_TRY(trust_.ApplyVerdicts(*store));
  return absl::OkStatus();
}

// A crash between a save and the clearing of its draft must not save the draft twice.
absl::Status Core::FinishInterruptedSaves() {
  for (Form* form : forms_.All()) {
    if (form->saving.seq == 0) continue;
    DUDAO_ASSIGN(const bool saved, WasSaved(*form));
    if (saved) DUDAO_TRY(forms_.Remove(form->id));
  }
  return absl::OkStatus();
}

// The noted number may have gone to another save, so its writes are compared.
absl::StatusOr<bool> Core::WasSaved(const Form& form) {
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(form.space));
  DUDAO_ASSIGN(const auto history, store->History(form.record, sync::Path()));
  std::map<std::string, sync::Operation> written;
  for (const sync::HistoryEntry& entry : history) {
    if (entry.dot == form.saving) written[entry.op.path.bytes()] = entry.op;
  }
  return SameWrites(form.pending, written);
}

absl::StatusOr<Core::Target> Core::Resolve(const v1::RecordRef& ref, bool fresh_key) {
  Target target;
  if (sync::FindRecordType(ref.type_id()) == nullptr) {
    return Error(absl::StatusCode::kInvalidArgument, kTypeUnknown,
                 absl::StrCat("type ", ref.type_id()));
  }
  target.id = {ref.type_id(), ref.key()};
  if (target.id.key.empty() && fresh_key) target.id.key = options_.seams.random->Bytes(kKeyBytes);
  if (target.id.key.empty() || target.id.key.size() > sync::kRecordKeyBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, kKeyInvalid);
  }
  DUDAO_ASSIGN(target.store, spaces_.Get(ref.space()));
  target.space = ref.space();
  return target;
}

absl::Status Core::ApplyBasis(const v1::EditBasis& basis, const Target& target, Save& save) {
  if (basis.has_form_id()) {
    DUDAO_ASSIGN(save.form, forms_.Find(basis.form_id()));
    if (save.form->space != target.space)
      return Error(absl::StatusCode::kInvalidArgument, kContextInvalid);
    save.context = save.form->context;
  } else if (basis.has_context()) {
    save.context = DecodeContext(target.space, basis.context());
    if (!save.context) return Error(absl::StatusCode::kInvalidArgument, kContextInvalid);
  }
  return absl::OkStatus();
}

absl::StatusOr<Core::Loaded> Core::Load(const Target& target) {
  DUDAO_ASSIGN(auto stored, target.store->Load(target.id));
  if (!stored) return Loaded();
  return Loaded{std::move(stored->record), stored->revision};
}

// Only what the operations call for is read: a plain edit touches the log alone.
absl::Status Core::CheckSave(const Target& target, Save& save) {
  if (save.checked) return absl::OkStatus();
  const bool visit = target.id.type == kVisitType;
  const bool fixed = std::any_of(save.ops.begin(), save.ops.end(), [](const sync::Operation& op) {
    return op.kind == sync::MergeKind::kFixed;
  });
  if (!visit && !fixed) return absl::OkStatus();
  DUDAO_ASSIGN(const Loaded loaded, Load(target));
  DUDAO_TRY(CheckFixed(loaded.record, save.ops));
  if (!visit) return absl::OkStatus();
  if (loaded.record.exists()) return CheckVisitWrite(loaded.record, save);
  // A visit begins as a draft, however it is made.
  save.ops.push_back({target.id, sync::Path().Field(records::v1::Visit::kStateFieldNumber),
                      sync::MergeKind::kLifecycle,
                      sync::Value::Varint(records::v1::VISIT_STATE_DRAFT)});
  return absl::OkStatus();
}

absl::Status Core::CheckVisitMove(const sync::Record& record, records::v1::VisitState to) {
  return domain::CheckTransition(StateOf(record), to, Role(), "");
}

absl::Status Core::CheckVisitWrite(const sync::Record& record, const Save& save) {
  const records::v1::VisitState state = StateOf(record);
  const records::v1::PersonRole role = Role();
  for (const sync::Operation& op : save.ops) {
    const auto steps = op.path.Steps();
    if (steps.empty()) continue;
    const bool adds =
        steps[0].key && record.Find(sync::Path().Element(steps[0].field, *steps[0].key)) == nullptr;
    DUDAO_TRY(domain::CheckFieldWrite(state, role, static_cast<int>(steps[0].field), adds));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<sync::Change>> Core::Commit(const Target& target, Save save) {
  if (save.ops.size() > sync::kOpsPerChangeMax) {
    return Error(absl::StatusCode::kInvalidArgument, kTooManyEdits,
                 absl::StrCat(save.ops.size(), " of at most ", sync::kOpsPerChangeMax));
  }
  DUDAO_TRY(CheckSave(target, save));
  if (save.ops.empty()) return std::nullopt;
  sync::LocalEdit edit;
  edit.author = trust_.person_id();
  if (edit.author.empty()) return Error(absl::StatusCode::kFailedPrecondition, kNotEnrolled);
  edit.wall_ms = WallMs();
  edit.clock_offset_ms = trust_.clock_offset_ms();
  edit.control_position = trust_.control().chain().position();
  edit.flags = save.flags;
  edit.form = std::move(save.context);
  edit.ops = std::move(save.ops);
  DUDAO_ASSIGN(sync::Change change, target.store->Commit(edit));
  if (save.form != nullptr) save.form->Saved(change);
  return std::optional<sync::Change>(std::move(change));
}

absl::StatusOr<Form*> Core::NewForm(const Target& target) {
  Form form;
  form.id = FreshId();
  form.space = target.space;
  form.record = target.id;
  DUDAO_ASSIGN(form.context, target.store->OpenForm());
  DUDAO_ASSIGN(Loaded loaded, Load(target));
  form.base = std::move(loaded.record);
  form.revision = loaded.revision;
  form.opened_ms = WallMs();
  return forms_.Add(std::move(form));
}

v1::RecordRef Core::Ref(const Target& target) const {
  v1::RecordRef ref;
  ref.set_space(target.space);
  ref.set_type_id(target.id.type);
  ref.set_key(target.id.key);
  return ref;
}

std::string Core::FreshId() {
  return absl::WebSafeBase64Escape(options_.seams.random->Bytes(kFormIdBytes));
}

}  // namespace dudao::client
