// Open forms and their durable drafts.
//
// A form keeps what it showed when it was opened (context and record). Its edits are kept as
// operations, one a cell, without those that the form showed anyway. A form is written to the
// database with its first edit; without edits it lives in memory only. Crash safety of a save: the
// seq that the save will get is noted first; after a crash the noted change is compared with the
// draft. Not synchronised; borrows the database.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/record.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"

namespace dudao::client {

struct Form {
  std::string id;
  std::string space;
  sync::RecordId record;
  sync::FormContext context;
  sync::Record base;
  uint64_t revision = 0;
  std::map<std::string, sync::Operation> pending;  // by the path's bytes
  int64_t opened_ms = 0;
  int64_t edited_ms = 0;
  sync::Dot saving;     // seq 0: no save was under way
  bool stored = false;  // true where the database has it
  bool stale = false;   // true where the database still has the edits of a save that was made

  // What it shows: the record it was opened with, and the edits.
  sync::Record Shown() const;
  std::vector<sync::Operation> Operations() const;
  // A save was made from this form: its author has seen that too.
  void Saved(const sync::Change& change);
};

class Forms {
 public:
  explicit Forms(sync::Database& db) : db_(db) {}

  // Drafts of the last run.
  absl::Status Load();
  // FAILED_PRECONDITION (TOO_MANY_FORMS).
  absl::StatusOr<Form*> Add(Form form);
  // NOT_FOUND (FORM_NOT_FOUND).
  absl::StatusOr<Form*> Find(std::string_view id);
  // The newest draft of a record, or null.
  Form* FindDraft(std::string_view space, const sync::RecordId& record);
  std::vector<Form*> Drafts();
  std::vector<Form*> All();

  // Keeps edits durably. After an error the form is as it was.
  absl::Status Edit(Form& form, const std::vector<sync::Operation>& ops, int64_t wall_ms);
  // Notes durably that the change `dot` is about to be made from the form.
  absl::Status MarkSaving(Form& form, const sync::Dot& dot);
  // Forgets the edits; the form stays open. After an error they are forgotten here and the database
  // is put right with the next edit.
  absl::Status Clear(Form& form);
  absl::Status Remove(const std::string& id);

 private:
  absl::Status LoadOperations(Form& form);
  absl::Status DropRows(const std::string& id);
  absl::Status DropDurably(const std::string& id);
  absl::Status Write(const Form& form, const std::map<std::string, sync::Operation>& pending);

  sync::Database& db_;
  std::map<std::string, std::unique_ptr<Form>, std::less<>> forms_;
};

}  // namespace dudao::client
