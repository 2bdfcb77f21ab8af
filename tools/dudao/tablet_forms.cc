// `tablet edit`, `form`, `open`, `save`, `add-photo`, `delete`: writing.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "absl/status/status.h"
#include "field_edit.h"
#include "tablet_commands.h"
#include "visit_form.h"

namespace dudao::command {
namespace {

using nlohmann::json;

constexpr char kEditExamples[] =
    "  dudao tablet --tablet li.db edit D2-0921-01 mode=四不两直 'check_items[B5].result=否'\n"
    "  dudao tablet --tablet li.db edit D2-0921-01 'findings[f1].level=较重' areas+=grid note=";

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError("cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

absl::Status AppendEdits(const std::vector<std::string>& texts,
                         google::protobuf::RepeatedPtrField<client::v1::FieldEdit>& out) {
  for (const std::string& text : texts) {
    auto edit = ParseEdit(kVisitType, text);
    if (!edit.ok()) return edit.status();
    *out.Add() = *std::move(edit);
  }
  return absl::OkStatus();
}

absl::StatusOr<VisitForm> OpenVisit(Tablet& tablet, const std::string& named) {
  const auto key = FindVisit(tablet, named);
  if (!key.ok()) return key.status();
  return VisitForm::Open(tablet, *key);
}

absl::Status SaveAndTell(Invocation& run, VisitForm& form) {
  const auto findings = form.OpenFindings();
  if (!findings.ok()) return findings.status();
  const auto saved = form.Save();
  if (!saved.ok()) return saved.status();
  json conflicts = json::array();
  for (const auto& conflict : saved->conflicts()) conflicts.push_back(ConflictToJson(conflict));
  run.console.Say(saved->saved() ? Text::kSaved : Text::kNothingToSave,
                  {std::to_string(saved->operations()), std::to_string(conflicts.size())});
  for (const std::string& id : *findings) run.console.Say(Text::kFindingOpened, {id});
  run.console.Emit({{"saved", saved->saved()},
                    {"operations", saved->operations()},
                    {"findings_opened", *findings},
                    {"conflicts", conflicts}});
  return absl::OkStatus();
}

// What was shown when a visit was opened without typing anything: the core keeps a form durably
// only from its first edit on, a terminal ends between two commands, so the context is kept in a
// small file beside the database.
std::string ContextFile(const std::string& database, const std::string& key) {
  return database + ".open-" + Hex(key);
}

absl::Status KeepContext(Tablet& tablet, const std::string& database, const std::string& key) {
  client::v1::GetRecordRequest request;
  *request.mutable_record() = tablet.VisitRef(key);
  const auto got = tablet.core().GetRecord(request);
  if (!got.ok()) return got.status();
  std::ofstream out(ContextFile(database, key), std::ios::binary);
  out << got->context();
  return out.flush() ? absl::OkStatus() : absl::UnavailableError("cannot write beside " + database);
}

// Saves edits with a kept context.
absl::Status SaveWithContext(Invocation& run, Tablet& tablet, const std::string& key,
                             const std::string& context, const std::vector<std::string>& edits) {
  client::v1::EditRequest request;
  *request.mutable_record() = tablet.VisitRef(key);
  request.mutable_basis()->set_context(context);
  if (const absl::Status parsed = AppendEdits(edits, *request.mutable_edits()); !parsed.ok())
    return parsed;
  const auto saved = tablet.core().Edit(request);
  if (!saved.ok()) return saved.status();
  client::v1::GetRecordRequest get;
  *get.mutable_record() = tablet.VisitRef(key);
  const auto now = tablet.core().GetRecord(get);
  if (!now.ok()) return now.status();
  json conflicts = json::array();
  for (const auto& conflict : now->conflicts()) conflicts.push_back(ConflictToJson(conflict));
  run.console.Say(saved->has_dot() ? Text::kSaved : Text::kNothingToSave,
                  {std::to_string(edits.size()), std::to_string(conflicts.size())});
  run.console.Emit({{"saved", saved->has_dot()}, {"conflicts", conflicts}});
  return absl::OkStatus();
}

absl::Status SaveOpened(Invocation& run, Tablet& tablet, const std::string& database,
                        const std::string& named, const std::vector<std::string>& edits) {
  const auto key = FindVisit(tablet, named);
  if (!key.ok()) return key.status();
  auto form = OpenVisit(tablet, named);
  if (!form.ok()) return form.status();
  const auto context = ReadFile(ContextFile(database, *key));
  if (context.ok() && !form->recovered()) {
    const absl::Status saved = SaveWithContext(run, tablet, *key, *context, edits);
    if (saved.ok()) std::filesystem::remove(ContextFile(database, *key));
    return saved;
  }
  if (const absl::Status typed = form->Type(edits); !typed.ok()) return typed;
  const absl::Status saved = SaveAndTell(run, *form);
  if (saved.ok()) std::filesystem::remove(ContextFile(database, *key));
  return saved;
}

absl::Status EditVisit(Invocation& run, Tablet& tablet, const std::string& named,
                       const std::vector<std::string>& edits) {
  auto form = OpenVisit(tablet, named);
  if (!form.ok()) return form.status();
  if (const absl::Status typed = form->Type(edits); !typed.ok()) return typed;
  return SaveAndTell(run, *form);
}

// Takes edits from standard input, one a line, and answers each once it is safe on disk.
absl::Status TypeFromInput(Invocation& run, VisitForm& form) {
  uint64_t typed = 0;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "save") return SaveAndTell(run, form);
    if (line == "discard") return form.Discard();
    if (line.empty()) continue;
    if (const absl::Status kept = form.Type(std::vector<std::string>{line}); !kept.ok())
      return kept;
    run.console.Say(Text::kKept, {std::to_string(++typed)});
    run.console.Emit({{"kept", typed}});
  }
  return absl::OkStatus();
}

struct VisitArguments {
  std::string visit;
  std::vector<std::string> edits;
};

// A subcommand that takes a visit and edits.
template <typename Work>
void AddWithEdits(CommandTable& table, CLI::App& parent, const std::string& database,
                  const char* name, Text about, const std::string& examples, bool required,
                  Work work) {
  CLI::App* sub = table.Add(parent, name, about, examples);
  auto arguments = std::make_shared<VisitArguments>();
  sub->add_option("VISIT", arguments->visit, table.Words(Text::kOptionVisit))->required();
  CLI::Option* edits = sub->add_option("EDIT", arguments->edits, table.Words(Text::kOptionEdit));
  if (required) edits->required();
  table.OnRun(sub, [&database, arguments, work](Invocation& run) {
    return WithTablet(run, database, [&](Tablet& tablet) { return work(run, tablet, *arguments); });
  });
}

absl::Status OpenAndKeep(Invocation& run, Tablet& tablet, const std::string& database,
                         const VisitArguments& arguments) {
  const auto key = FindVisit(tablet, arguments.visit);
  if (!key.ok()) return key.status();
  auto form = OpenVisit(tablet, arguments.visit);
  if (!form.ok()) return form.status();
  if (!form->recovered()) {
    if (const absl::Status kept = KeepContext(tablet, database, *key); !kept.ok()) return kept;
  }
  if (const absl::Status typed = form->Type(arguments.edits); !typed.ok()) return typed;
  run.console.Say(form->recovered() ? Text::kFormRecovered : Text::kFormOpen,
                  {arguments.visit, form->id()});
  const auto shown = form->Shown();
  if (!shown.ok()) return shown.status();
  run.console.Emit(
      {{"form", form->id()}, {"recovered", form->recovered()}, {"visit", MessageToJson(*shown)}});
  return absl::OkStatus();
}

std::string MediaTypeOf(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  if (ending == ".png") return "image/png";
  if (ending == ".m4a" || ending == ".mp3") return "audio/mp4";
  return "image/jpeg";
}

struct PhotoArguments {
  std::string visit;
  std::string file;
  std::string finding;
  std::string caption;
};

absl::Status AddPhoto(Invocation& run, Tablet& tablet, const PhotoArguments& arguments) {
  const auto key = FindVisit(tablet, arguments.visit);
  if (!key.ok()) return key.status();
  auto bytes = ReadFile(arguments.file);
  if (!bytes.ok()) return bytes.status();
  client::v1::AddAttachmentRequest request;
  *request.mutable_record() = tablet.VisitRef(*key);
  request.set_data(*std::move(bytes));
  request.mutable_evidence()->set_kind(records::v1::EVIDENCE_KIND_PHOTO);
  request.mutable_evidence()->set_media_type(MediaTypeOf(arguments.file));
  if (!arguments.caption.empty()) request.mutable_evidence()->set_caption(arguments.caption);
  request.set_finding_id(arguments.finding);
  const auto added = tablet.core().AddAttachment(request);
  if (!added.ok()) return added.status();
  run.console.Say(Text::kPhotoAdded, {arguments.file, added->sha256().substr(0, 12)});
  run.console.Emit({{"sha256", added->sha256()}, {"evidence", added->evidence_id()}});
  return absl::OkStatus();
}

void AddPhotoCommand(CommandTable& table, CLI::App& parent, const std::string& database) {
  CLI::App* sub =
      table.Add(parent, "add-photo", Text::kAboutTabletPhoto,
                "  dudao tablet --tablet li.db add-photo D2-0921-01 stair.jpg --finding f1");
  auto arguments = std::make_shared<PhotoArguments>();
  sub->add_option("VISIT", arguments->visit, table.Words(Text::kOptionVisit))->required();
  sub->add_option("FILE", arguments->file, table.Words(Text::kOptionFile))->required();
  sub->add_option("--finding", arguments->finding, table.Words(Text::kOptionFinding));
  sub->add_option("--caption", arguments->caption, table.Words(Text::kOptionCaption));
  table.OnRun(sub, [&database, arguments](Invocation& run) {
    return WithTablet(run, database,
                      [&](Tablet& tablet) { return AddPhoto(run, tablet, *arguments); });
  });
}

absl::Status DeleteVisit(Invocation& run, Tablet& tablet, const std::string& named) {
  const auto key = FindVisit(tablet, named);
  if (!key.ok()) return key.status();
  client::v1::DeleteRecordRequest request;
  *request.mutable_record() = tablet.VisitRef(*key);
  const auto deleted = tablet.core().DeleteRecord(request);
  if (!deleted.ok()) return deleted.status();
  run.console.Say(Text::kDeleted, {named});
  run.console.Emit({{"deleted", named}});
  return absl::OkStatus();
}

}  // namespace

void AddFormCommands(CommandTable& table, CLI::App& parent, const std::string& database) {
  AddWithEdits(table, parent, database, "edit", Text::kAboutTabletEdit, kEditExamples, true,
               [](Invocation& run, Tablet& tablet, const VisitArguments& arguments) {
                 return EditVisit(run, tablet, arguments.visit, arguments.edits);
               });
  AddWithEdits(table, parent, database, "open", Text::kAboutTabletOpen,
               "  dudao tablet --tablet li.db open D2-0921-01 note=雨天\n"
               "  dudao tablet --tablet li.db save D2-0921-01",
               false,
               [&database](Invocation& run, Tablet& tablet, const VisitArguments& arguments) {
                 return OpenAndKeep(run, tablet, database, arguments);
               });
  AddWithEdits(table, parent, database, "save", Text::kAboutTabletSave,
               "  dudao tablet --tablet li.db save D2-0921-01 note=雨天", false,
               [&database](Invocation& run, Tablet& tablet, const VisitArguments& arguments) {
                 return SaveOpened(run, tablet, database, arguments.visit, arguments.edits);
               });
  AddWithEdits(
      table, parent, database, "form", Text::kAboutTabletForm,
      "  printf 'note=雨天\\nsave\\n' | dudao tablet --tablet li.db form D2-0921-01", false,
      [](Invocation& run, Tablet& tablet, const VisitArguments& arguments) -> absl::Status {
        auto form = OpenVisit(tablet, arguments.visit);
        if (!form.ok()) return form.status();
        return TypeFromInput(run, *form);
      });
  AddWithEdits(table, parent, database, "delete", Text::kAboutTabletDelete,
               "  dudao tablet --tablet li.db delete D2-0921-01", false,
               [](Invocation& run, Tablet& tablet, const VisitArguments& arguments) {
                 return DeleteVisit(run, tablet, arguments.visit);
               });
  AddPhotoCommand(table, parent, database);
}

}  // namespace dudao::command
