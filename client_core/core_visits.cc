// Visits: thin use cases over the rules of the trade.
#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "conflict_view.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/default_form.h"
#include "dudao/domain/form_validation.h"
#include "dudao/domain/look_back.h"
#include "dudao/domain/temp_number.h"
#include "dudao/domain/text.h"
#include "dudao/domain/visit_lifecycle.h"
#include "dudao/domain/visit_plan.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"

namespace dudao::client {
namespace {

using records::v1::FormTemplate;
using records::v1::Visit;

constexpr char kDefaultForm[] = "default";

absl::Status Missing(std::string_view what) {
  return Error(absl::StatusCode::kNotFound, kReferenceMissing, what);
}

void FillIssues(const std::vector<domain::Issue>& issues,
                google::protobuf::RepeatedPtrField<v1::VisitIssue>* out) {
  for (const domain::Issue& issue : issues) {
    v1::VisitIssue* entry = out->Add();
    entry->set_reason(issue.code);
    entry->set_path(issue.field);
    entry->set_text_zh(issue.zh);
    entry->set_text_en(issue.en);
    entry->set_blocking(issue.severity == domain::Severity::kError);
  }
}

// The items that the form asks of this unit, not answered yet.
void FillCheckItems(const FormTemplate& form, const records::v1::Place& place, Visit& visit) {
  for (const records::v1::CheckItem& item : form.check_items()) {
    if (domain::Applies(item, place.unit_type(), domain::IsFlagged(place)))
      visit.add_check_items()->set_code(item.code());
  }
}

}  // namespace

template <typename Message>
absl::StatusOr<std::optional<Message>> Core::LoadOffice(std::string_view space, uint32_t type,
                                                        const std::string& key) {
  if (key.empty() || key.size() > sync::kRecordKeyBytesMax) return std::nullopt;
  DUDAO_ASSIGN(sync::Store * store, spaces_.FindKnown(space));
  if (store == nullptr) return std::nullopt;
  DUDAO_ASSIGN(const auto stored, store->Load({type, key}));
  Message message;
  if (!stored || !stored->record.exists() ||
      !message.ParseFromString(stored->record.Materialise())) {
    return std::nullopt;
  }
  return std::optional<Message>(std::move(message));
}

records::v1::PersonRole Core::Role() {
  if (const auto role = trust_.role()) return *role;
  const auto person =
      LoadOffice<records::v1::Person>(options_.office_space, kPersonType, trust_.person_id());
  const bool known =
      person.ok() && *person && (*person)->role() != records::v1::PERSON_ROLE_UNSPECIFIED;
  return known ? (*person)->role() : options_.role;
}

absl::StatusOr<Visit> Core::LoadVisit(const Target& target) {
  if (target.id.type != kVisitType)
    return Error(absl::StatusCode::kInvalidArgument, kTypeUnknown, "not a visit");
  DUDAO_ASSIGN(const Loaded loaded, Load(target));
  Visit visit;
  if (!loaded.record.exists() || !visit.ParseFromString(loaded.record.Materialise())) {
    return Error(absl::StatusCode::kNotFound, kRecordNotFound);
  }
  return visit;
}

absl::StatusOr<Visit> Core::FillVisit(const v1::NewVisitRequest& request, sync::Store& store) {
  const absl::CivilDay today = domain::LocalDay(WallMs());
  const auto day = request.visit_date().empty() ? today : domain::ParseDay(request.visit_date());
  if (!day || request.team_id().empty()) {
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "team_id or visit_date");
  }
  DUDAO_TRY(UseReference(request.office_space()).status());
  const records::v1::Place* place = reference_.FindPlace(request.unit_code());
  if (place == nullptr) return Missing(absl::StrCat("place ", request.unit_code().substr(0, 40)));
  const std::string code = request.form_code().empty() ? kDefaultForm : request.form_code();
  const FormTemplate* form = reference_.FindForm(code, std::nullopt);
  if (form == nullptr) return Missing(absl::StrCat("form ", code.substr(0, 40)));
  std::vector<std::string> numbers;
  DUDAO_ASSIGN(const SpaceIndex* index, index_.At(request.space(), store));
  for (const auto& [key, other] : index->visits) numbers.push_back(other.temp_no());
  Visit visit;
  DUDAO_ASSIGN(*visit.mutable_temp_no(),
               domain::NextTempNumber(request.team_id(), *day, trust_.tablet_index(), numbers));
  visit.set_team_id(request.team_id());
  visit.set_unit_code(request.unit_code());
  visit.set_unit_type(place->unit_type());
  visit.set_form_code(form->form_code());
  visit.set_form_version(form->version());
  visit.set_visit_date(domain::FormatDay(*day));
  if (*day == today) visit.set_arrived_at_ms(WallMs());
  visit.mutable_inspector_ids()->CopyFrom(request.inspector_ids());
  if (visit.inspector_ids().empty()) visit.add_inspector_ids(trust_.person_id());
  FillCheckItems(*form, *place, visit);
  if (!trust_.device_id().empty()) visit.set_device_id(trust_.device_id());
  visit.set_author_id(trust_.person_id());
  visit.set_created_at_ms(WallMs());
  visit.set_app_version(options_.app_version);
  visit.set_clock_offset_ms(-trust_.clock_offset_ms());
  return visit;
}

absl::StatusOr<v1::NewVisitResponse> Core::NewVisit(const v1::NewVisitRequest& request) {
  v1::RecordRef ref;
  ref.set_space(request.space());
  ref.set_type_id(kVisitType);
  DUDAO_ASSIGN(const Target target, Resolve(ref, true));
  DUDAO_ASSIGN(const Visit visit, FillVisit(request, *target.store));
  Save save;
  save.ops.push_back(Presence(target.id, sync::Path(), true));
  DUDAO_TRY(CompileMessage(target.id, sync::Path(), visit, Hand::kPerson, save.ops));
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  DUDAO_ASSIGN(const Form* form, NewForm(target));
  v1::NewVisitResponse response;
  *response.mutable_record() = Ref(target);
  response.set_form_id(form->id);
  if (!response.mutable_visit()->ParseFromString(form->base.Materialise())) {
    return absl::InternalError("the visit cannot be read back");
  }
  if (change) FillDot(change->dot(), response.mutable_dot());
  return response;
}

absl::StatusOr<v1::CheckVisitResponse> Core::ValidateVisit(const Visit& visit,
                                                           const std::string& key,
                                                           const std::string& office_space) {
  DUDAO_TRY(UseReference(office_space).status());
  const FormTemplate* form = reference_.FindForm(visit.form_code(), visit.form_version());
  if (form == nullptr) return Missing(absl::StrCat("form ", visit.form_code()));
  domain::VisitFacts facts;
  facts.now_ms = WallMs();
  const records::v1::Place* place = reference_.FindPlace(visit.unit_code());
  facts.place_is_flagged = place != nullptr && domain::IsFlagged(*place);
  for (const std::string& id : visit.inspector_ids()) {
    const records::v1::Person* person = reference_.FindPerson(id);
    if (person != nullptr) facts.inspector_departments.push_back(person->home_department());
  }
  facts.unit_text_sha256 = sync::HashHex(sync::Sha256(TextToSign(visit, v1::SIGNER_UNIT)));
  facts.lead_text_sha256 = sync::HashHex(sync::Sha256(TextToSign(visit, v1::SIGNER_LEAD)));
  DUDAO_ASSIGN(facts.open_finding_ids, OpenFindings(visit, key));
  const auto issues = domain::ValidateVisit(visit, *form, facts);
  v1::CheckVisitResponse response;
  FillIssues(issues, response.mutable_issues());
  response.set_ready(domain::MaySubmit(issues));
  return response;
}

// Earlier findings of the unit that are open; not those of this very visit.
absl::StatusOr<std::vector<std::string>> Core::OpenFindings(const Visit& visit,
                                                            const std::string& key) {
  DUDAO_ASSIGN(const auto spaces, Indexed(""));
  std::vector<std::string> open;
  for (const IndexedSpace& at : spaces) {
    for (const auto& [finding_id, rectification] : at.index->rectifications) {
      if (domain::IsOpenFinding(rectification.state()) &&
          rectification.unit_code() == visit.unit_code() &&
          rectification.visit_id() != absl::BytesToHexString(key)) {
        open.push_back(finding_id);
      }
    }
  }
  return open;
}

absl::StatusOr<v1::CheckVisitResponse> Core::CheckVisit(const v1::CheckVisitRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  DUDAO_ASSIGN(const Visit visit, LoadVisit(target));
  return ValidateVisit(visit, target.id.key, request.office_space());
}

absl::StatusOr<v1::SubmitVisitResponse> Core::SubmitVisit(const v1::SubmitVisitRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  DUDAO_ASSIGN(const Visit visit, LoadVisit(target));
  DUDAO_TRY(domain::CheckTransition(visit.state(), records::v1::VISIT_STATE_SUBMITTED, Role(), ""));
  DUDAO_ASSIGN(v1::CheckVisitResponse check,
               ValidateVisit(visit, target.id.key, request.office_space()));
  v1::SubmitVisitResponse response;
  response.mutable_issues()->Swap(check.mutable_issues());
  if (!check.ready()) return response;
  Save save;
  DUDAO_TRY(ApplyBasis(request.basis(), target, save));
  v1::FieldEdit edit;
  edit.set_path("state");
  edit.mutable_set()->set_enum_number(records::v1::VISIT_STATE_SUBMITTED);
  DUDAO_TRY(CompileEdit(schema_, target.id, edit, Hand::kRules, save.ops));
  save.checked = true;
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  response.set_submitted(change.has_value());
  if (change) FillDot(change->dot(), response.mutable_dot());
  return response;
}

absl::StatusOr<v1::AddSupplementResponse> Core::AddSupplement(
    const v1::AddSupplementRequest& request) {
  DUDAO_ASSIGN(const Target target, Resolve(request.record()));
  DUDAO_TRY(LoadVisit(target).status());
  if (request.text().empty())
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "text");
  records::v1::Supplement supplement;
  supplement.set_id(FreshId());
  supplement.set_author_id(trust_.person_id());
  supplement.set_written_at_ms(WallMs());
  supplement.set_date(domain::FormatDay(domain::LocalDay(WallMs())));
  supplement.set_text(request.text());
  if (!request.finding_id().empty()) supplement.set_finding_id(request.finding_id());
  supplement.mutable_evidence_ids()->CopyFrom(request.evidence_ids());
  Save save;
  const sync::Path at = sync::Path().Element(Visit::kSupplementsFieldNumber, supplement.id());
  save.ops.push_back(Presence(target.id, at, true));
  DUDAO_TRY(CompileMessage(target.id, at, supplement, Hand::kPerson, save.ops));
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  v1::AddSupplementResponse response;
  response.set_supplement_id(supplement.id());
  if (change) FillDot(change->dot(), response.mutable_dot());
  return response;
}

}  // namespace dudao::client
