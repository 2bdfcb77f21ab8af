// Findings and look-backs that an open form gets with one tap.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/temp_number.h"
#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "record_types.h"

namespace dudao::client {
namespace {

using records::v1::CheckItem;
using records::v1::Finding;
using records::v1::FormTemplate;
using records::v1::LookbackItem;
using records::v1::Visit;

const CheckItem* FindItem(const FormTemplate& form, const std::string& code) {
  const auto& items = form.check_items();
  const auto it = std::find_if(items.begin(), items.end(),
                               [&](const CheckItem& item) { return item.code() == code; });
  return it == items.end() ? nullptr : &*it;
}

std::string SectionTitle(const FormTemplate& form, const std::string& code) {
  for (const auto& section : form.sections()) {
    if (section.code() == code) return section.title();
  }
  return {};
}

const Finding* FindingOf(const Visit& visit, const std::string& check_code) {
  for (const Finding& finding : visit.findings()) {
    if (!check_code.empty() && finding.check_code() == check_code) return &finding;
  }
  return nullptr;
}

const Finding* FindingById(const Visit& visit, const std::string& id) {
  for (const Finding& finding : visit.findings()) {
    if (finding.id() == id) return &finding;
  }
  return nullptr;
}

// Numbers that the form shows, and those that the record got since.
std::vector<std::string> NumbersIn(const Visit& shown, const sync::Record& now) {
  std::set<std::string> numbers;
  for (const Finding& finding : shown.findings()) numbers.insert(finding.temp_no());
  Visit saved;
  if (saved.ParseFromString(now.Materialise())) {
    for (const Finding& finding : saved.findings()) numbers.insert(finding.temp_no());
  }
  return {numbers.begin(), numbers.end()};
}

v1::FieldEdit AddElementEdit(uint32_t type, const sync::Path& at,
                             const google::protobuf::Message* element) {
  v1::FieldEdit edit;
  edit.set_path(sync::PathText(type, at));
  v1::AddElement* add = edit.mutable_add();
  if (element != nullptr) add->mutable_value()->set_message(element->SerializeAsString());
  return edit;
}

// All that is known before the person types.
absl::Status FillIn(const FormTemplate* form, const std::string& check_code, Finding& finding) {
  finding.set_level(records::v1::FINDING_LEVEL_ORDINARY);
  if (check_code.empty()) return absl::OkStatus();
  finding.set_check_code(check_code);
  const CheckItem* item = form == nullptr ? nullptr : FindItem(*form, check_code);
  if (item == nullptr) {
    return domain::Refusal(absl::StatusCode::kInvalidArgument, "CHECK_ITEM_UNKNOWN", {check_code});
  }
  if (!item->measure_id().empty()) finding.set_measure_id(item->measure_id());
  const std::string category = SectionTitle(*form, item->section_code());
  if (!category.empty()) finding.set_category(category);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::AddFindingResponse> Core::AddFinding(const v1::AddFindingRequest& request) {
  DUDAO_ASSIGN(const Subject subject, SubjectOf(request.form_id()));
  const Visit& visit = subject.visit;
  v1::AddFindingResponse response;
  const Finding* there = FindingOf(visit, request.check_code());
  if (there != nullptr && !request.another()) {
    response.set_finding_id(there->id());
    response.set_temp_no(there->temp_no());
    *response.mutable_finding() = *there;
    response.set_existed(true);
    return response;
  }
  DUDAO_TRY(UseReference("").status());
  Finding finding;
  DUDAO_TRY(FillIn(reference_.FindForm(visit.form_code(), visit.form_version()),
                   request.check_code(), finding));
  finding.set_owner_unit(visit.unit_code());
  if (!request.problem().empty()) finding.set_problem(request.problem());
  DUDAO_ASSIGN(const Loaded now, Load(subject.target));
  DUDAO_ASSIGN(*finding.mutable_temp_no(),
               domain::NextFindingNumber(visit.temp_no(), trust_.tablet_index(),
                                         NumbersIn(visit, now.record)));
  const std::string id = FreshId();
  *response.add_edits() =
      AddElementEdit(kVisitType, sync::Path().Element(Visit::kFindingsFieldNumber, id), &finding);
  DUDAO_TRY(Type(*subject.form, response.edits()));
  DUDAO_ASSIGN(const Subject after, SubjectOf(request.form_id()));
  const Finding* made = FindingById(after.visit, id);
  if (made == nullptr) return absl::InternalError("the finding cannot be read back");
  response.set_finding_id(id);
  response.set_temp_no(made->temp_no());
  *response.mutable_finding() = *made;
  return response;
}

absl::StatusOr<v1::AddLookBackResponse> Core::AddLookBack(const v1::AddLookBackRequest& request) {
  DUDAO_ASSIGN(const Subject subject, SubjectOf(request.form_id()));
  v1::AddLookBackResponse response;
  for (const LookbackItem& item : subject.visit.lookback_items()) {
    if (item.finding_id() != request.finding_id()) continue;
    *response.mutable_item() = item;
    response.set_existed(true);
    return response;
  }
  DUDAO_ASSIGN(const auto spaces, Indexed(""));
  const bool known = std::any_of(spaces.begin(), spaces.end(), [&](const IndexedSpace& at) {
    const auto& tasks = at.index->tasks;
    return at.index->rectifications.contains(request.finding_id()) ||
           std::any_of(tasks.begin(), tasks.end(), [&](const auto& task) {
             return task.second.kind() == records::v1::OFFICE_TASK_KIND_LOOK_BACK &&
                    task.second.finding_id() == request.finding_id();
           });
  });
  if (request.finding_id().empty() || !known) {
    return domain::Refusal(absl::StatusCode::kNotFound, "LOOKBACK_FINDING_UNKNOWN",
                           {request.finding_id().substr(0, 64)});
  }
  google::protobuf::RepeatedPtrField<v1::FieldEdit> edits;
  *edits.Add() = AddElementEdit(
      kVisitType, sync::Path().Element(Visit::kLookbackItemsFieldNumber, request.finding_id()),
      nullptr);
  DUDAO_TRY(Type(*subject.form, edits));
  response.mutable_item()->set_finding_id(request.finding_id());
  return response;
}

}  // namespace dudao::client
