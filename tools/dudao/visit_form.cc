#include "visit_form.h"

#include <set>
#include <utility>

#include "dudao/domain/temp_number.h"
#include "field_edit.h"

namespace dudao::command {
namespace {

using client::v1::FieldEdit;
using records::v1::CheckAnswer;
using records::v1::Visit;

constexpr uint32_t kFormTemplateType = 4;

// The items whose answer opens a finding, with the measure that it is pre-filled with.
std::map<std::string, std::string> ItemsThatOpenFindings(const records::v1::FormTemplate& form) {
  std::map<std::string, std::string> items;
  for (const auto& item : form.check_items()) {
    if (item.opens_finding()) items[item.code()] = item.measure_id();
  }
  return items;
}

bool AsksForFinding(const CheckAnswer& answer) {
  return answer.result() == records::v1::CHECK_RESULT_NO ||
         answer.result() == records::v1::CHECK_RESULT_PARTLY;
}

}  // namespace

absl::StatusOr<VisitForm> VisitForm::Open(Tablet& tablet, const std::string& key) {
  client::v1::OpenRecordRequest request;
  *request.mutable_record() = tablet.VisitRef(key);
  const auto opened = tablet.core().OpenRecord(request);
  if (!opened.ok()) return opened.status();
  return VisitForm(tablet, *opened);
}

absl::Status VisitForm::Type(const std::vector<std::string>& edits) {
  std::vector<FieldEdit> parsed;
  for (const std::string& text : edits) {
    auto edit = ParseEdit(kVisitType, text);
    if (!edit.ok()) return edit.status();
    parsed.push_back(*std::move(edit));
  }
  return Type(parsed);
}

absl::Status VisitForm::Type(const std::vector<FieldEdit>& edits) {
  if (edits.empty()) return absl::OkStatus();
  client::v1::EditFormRequest request;
  request.set_form_id(id_);
  for (const FieldEdit& edit : edits) *request.add_edits() = edit;
  return tablet_->core().EditForm(request).status();
}

absl::StatusOr<Visit> VisitForm::Shown() {
  client::v1::GetFormRequest request;
  request.set_form_id(id_);
  const auto got = tablet_->core().GetForm(request);
  if (!got.ok()) return got.status();
  Visit visit;
  if (!visit.ParseFromString(got->message())) return absl::DataLossError("the form cannot be read");
  return visit;
}

absl::StatusOr<std::vector<std::string>> VisitForm::OpenFindings() {
  const auto visit = Shown();
  if (!visit.ok()) return visit.status();
  const auto form = FormOf(*tablet_, *visit);
  if (!form.ok()) return form.status();
  std::set<std::string> with_finding;
  std::vector<std::string> numbers;
  for (const auto& finding : visit->findings()) {
    with_finding.insert(finding.check_code());
    numbers.push_back(finding.temp_no());
  }
  const auto items = ItemsThatOpenFindings(*form);
  std::vector<FieldEdit> edits;
  std::vector<std::string> ids;
  for (const auto& answer : visit->check_items()) {
    const auto item = items.find(answer.code());
    if (item == items.end() || !AsksForFinding(answer) || with_finding.count(answer.code()) != 0)
      continue;
    const auto number =
        domain::NextFindingNumber(visit->temp_no(), tablet_->profile().tablet_index, numbers);
    if (!number.ok()) return number.status();
    numbers.push_back(*number);
    records::v1::Finding finding;
    finding.set_temp_no(*number);
    finding.set_check_code(answer.code());
    finding.set_owner_unit(visit->unit_code());
    if (!item->second.empty()) finding.set_measure_id(item->second);
    const std::string id = Hex(tablet_->RandomBytes(6));
    edits.push_back(AddMessage("findings[" + id + "]", finding));
    ids.push_back(id);
  }
  if (const absl::Status typed = Type(edits); !typed.ok()) return typed;
  return ids;
}

absl::StatusOr<client::v1::SaveFormResponse> VisitForm::Save() {
  client::v1::SaveFormRequest save;
  save.set_form_id(id_);
  auto saved = tablet_->core().SaveForm(save);
  if (!saved.ok()) return saved.status();
  client::v1::CloseFormRequest close;
  close.set_form_id(id_);
  const auto closed = tablet_->core().CloseForm(close);
  if (!closed.ok()) return closed.status();
  return saved;
}

absl::Status VisitForm::Discard() {
  client::v1::DiscardFormRequest request;
  request.set_form_id(id_);
  return tablet_->core().DiscardForm(request).status();
}

absl::StatusOr<records::v1::FormTemplate> FormOf(Tablet& tablet, const Visit& visit) {
  client::v1::ListRecordsRequest request;
  request.set_space(tablet.profile().office_space);
  request.set_type_id(kFormTemplateType);
  request.set_page_size(1000);
  const auto page = tablet.core().ListRecords(request);
  if (!page.ok()) return page.status();
  for (const auto& summary : page->records()) {
    records::v1::FormTemplate form;
    if (!form.ParseFromString(summary.message())) continue;
    if (form.form_code() == visit.form_code() && form.version() == visit.form_version())
      return form;
  }
  return absl::NotFoundError("this tablet does not have the visit's form; sync first");
}

FieldEdit SetText(const std::string& path, const std::string& text) {
  FieldEdit edit;
  edit.set_path(path);
  edit.mutable_set()->set_text(text);
  return edit;
}

FieldEdit SetMessage(const std::string& path, const google::protobuf::Message& message) {
  FieldEdit edit;
  edit.set_path(path);
  edit.mutable_set()->set_message(message.SerializeAsString());
  return edit;
}

FieldEdit AddMessage(const std::string& path, const google::protobuf::Message& message) {
  FieldEdit edit;
  edit.set_path(path);
  edit.mutable_add()->mutable_value()->set_message(message.SerializeAsString());
  return edit;
}

}  // namespace dudao::command
