// A form on a visit, as the terminal tablet and the scenario use it; and the findings that "否" and
// "部分" open in it.
//
// The form keeps what its author saw when it was opened. Not saved, it stays as a draft. Borrows
// the tablet. Used by one thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/records/v1/form_template.pb.h"
#include "tablet.h"

namespace dudao::command {

class VisitForm {
 public:
  static absl::StatusOr<VisitForm> Open(Tablet& tablet, const std::string& key);

  const std::string& id() const { return id_; }
  // True where an unsaved draft was taken up again.
  bool recovered() const { return recovered_; }

  // Autosave. Edits as in field_edit.h; all are kept or none.
  absl::Status Type(const std::vector<std::string>& edits);
  absl::Status Type(const std::vector<client::v1::FieldEdit>& edits);
  // What the form shows now.
  absl::StatusOr<records::v1::Visit> Shown();
  // Opens a finding, pre-filled, for each answer that asks for one and has none. Returns their ids.
  absl::StatusOr<std::vector<std::string>> OpenFindings();
  // Cuts one change and closes the form.
  absl::StatusOr<client::v1::SaveFormResponse> Save();
  absl::Status Discard();

 private:
  VisitForm(Tablet& tablet, const client::v1::OpenRecordResponse& opened)
      : tablet_(&tablet), id_(opened.form_id()), recovered_(opened.draft_recovered()) {}

  Tablet* tablet_;
  std::string id_;
  bool recovered_;
};

// The form that a visit is filled in with, from the tablet's copy of the office's data.
absl::StatusOr<records::v1::FormTemplate> FormOf(Tablet& tablet, const records::v1::Visit& visit);

client::v1::FieldEdit SetText(const std::string& path, const std::string& text);
client::v1::FieldEdit SetMessage(const std::string& path, const google::protobuf::Message& message);
client::v1::FieldEdit AddMessage(const std::string& path, const google::protobuf::Message& message);

}  // namespace dudao::command
