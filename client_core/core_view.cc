// One visit, with all that its page draws.
#include <algorithm>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "conflict_view.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/deadline.h"
#include "dudao/domain/look_back.h"
#include "dudao/domain/visit_lifecycle.h"
#include "dudao/domain/visit_plan.h"
#include "dudao/domain/visit_progress.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"
#include "space_sync.h"
#include "texts.h"

namespace dudao::client {
namespace {

using records::v1::CheckItem;
using records::v1::Evidence;
using records::v1::ExtraInput;
using records::v1::Finding;
using records::v1::FormTemplate;
using records::v1::Visit;

constexpr int32_t kHundredths = 100;

bool IsText(records::v1::ExtraKind kind) {
  return kind == records::v1::EXTRA_KIND_DATE || kind == records::v1::EXTRA_KIND_MONTH ||
         kind == records::v1::EXTRA_KIND_TEXT;
}

void FillInput(const CheckItem& item, const ExtraInput& input, const Visit& visit,
               v1::InputView* out) {
  const std::string key = domain::ExtraKey(item, input);
  out->set_path(absl::StrCat("check_extras[", key, "].", IsText(input.kind()) ? "text" : "number"));
  out->set_label(input.label());
  out->set_kind(input.kind());
  out->set_scale(1);
  if (input.kind() == records::v1::EXTRA_KIND_MONEY) *out->mutable_unit() = Both("INPUT_UNIT_YUAN");
  if (input.kind() == records::v1::EXTRA_KIND_PERCENT) {
    out->mutable_unit()->set_zh("%");
    out->mutable_unit()->set_en("%");
  }
  if (input.kind() == records::v1::EXTRA_KIND_MONEY ||
      input.kind() == records::v1::EXTRA_KIND_HUNDREDTHS) {
    out->set_scale(kHundredths);
  }
  for (const auto& extra : visit.check_extras()) {
    if (extra.key() != key) continue;
    out->set_given(extra.has_number() || extra.has_text());
    out->set_number(extra.number());
    out->set_text(extra.text());
  }
}

void FillItem(const domain::ItemProgress& progress, const Visit& visit, v1::ItemView* out) {
  const CheckItem& item = *progress.item;
  out->set_code(item.code());
  out->set_label(item.label());
  out->set_answer_kind(item.answer_kind());
  if (progress.answer != nullptr) {
    out->set_result(progress.answer->result());
    out->set_note(progress.answer->note());
  }
  for (const ExtraInput& input : item.extras().inputs())
    FillInput(item, input, visit, out->add_inputs());
  out->set_required(progress.required);
  out->set_answered(progress.answered);
  out->set_opens_finding(item.opens_finding());
  out->set_needs_finding(progress.needs_finding);
  for (const Finding& finding : visit.findings()) {
    if (finding.check_code() == item.code()) out->add_finding_ids(finding.id());
  }
}

void FillDeadline(const domain::WorkingCalendar& calendar, const Visit& visit,
                  v1::FindingView* out) {
  const auto rule = domain::DefaultRule(out->finding().level());
  const auto day = domain::ParseDay(visit.visit_date());
  if (!rule || !day) return;
  const auto deadline = domain::ComputeDeadline(calendar, *rule, absl::CivilSecond(*day));
  if (!deadline.ok()) return;
  out->set_deadline(domain::FormatDay(deadline->day));
  out->set_deadline_provisional(deadline->provisional);
  *out->mutable_limit() = LimitText(*rule);
}

v1::SignatureState StateOf(const records::v1::Signature* signature, bool refused,
                           const std::string& text_sha256) {
  if (refused) return v1::SIGNATURE_STATE_REFUSED;
  if (signature == nullptr) return v1::SIGNATURE_STATE_MISSING;
  return signature->text_sha256() == text_sha256 ? v1::SIGNATURE_STATE_VALID
                                                 : v1::SIGNATURE_STATE_OUTDATED;
}

}  // namespace

absl::StatusOr<v1::GetVisitViewResponse> Core::GetVisitView(
    const v1::GetVisitViewRequest& request) {
  DUDAO_ASSIGN(const Subject subject, SubjectIn(request));
  DUDAO_ASSIGN(const std::string office, UseReference(request.office_space()));
  v1::GetVisitViewResponse response;
  *response.mutable_record() = Ref(subject.target);
  *response.mutable_visit() = subject.visit;
  reference_.FillUnit(subject.visit.unit_code(), response.mutable_unit());
  *response.mutable_state_text() = StateText(subject.visit.state());
  DUDAO_ASSIGN(v1::CheckVisitResponse check,
               ValidateVisit(subject.visit, subject.target.id.key, office));
  response.mutable_issues()->Swap(check.mutable_issues());
  response.set_ready(check.ready());
  DUDAO_TRY(FillForm(subject, response));
  DUDAO_TRY(FillRights(subject, response));
  DUDAO_TRY(FillPeople(subject, response));
  DUDAO_TRY(FillFindings(subject, response));
  DUDAO_TRY(FillFiles(subject, response));
  return response;
}

absl::Status Core::FillForm(const Subject& subject, v1::GetVisitViewResponse& response) {
  const Visit& visit = subject.visit;
  const FormTemplate* form = reference_.FindForm(visit.form_code(), visit.form_version());
  if (form == nullptr) return Error(absl::StatusCode::kNotFound, kReferenceMissing, "form");
  const records::v1::Place* place = reference_.FindPlace(visit.unit_code());
  const auto progress =
      domain::ProgressOf(visit, *form, place != nullptr && domain::IsFlagged(*place));
  response.set_form_title(form->title());
  response.set_answered(progress.answered);
  response.set_required(progress.required);
  for (const domain::SectionProgress& section : progress.sections) {
    v1::SectionView* out = response.add_sections();
    out->set_code(section.section->code());
    out->set_title(section.section->title());
    out->set_answered(section.answered);
    out->set_required(section.required);
    for (const domain::ItemProgress& item : section.items) FillItem(item, visit, out->add_items());
  }
  std::vector<const records::v1::FormArea*> areas;
  for (const auto& area : form->areas()) areas.push_back(&area);
  std::stable_sort(areas.begin(), areas.end(),
                   [](const auto* a, const auto* b) { return a->position() < b->position(); });
  for (const auto* area : areas) {
    v1::AreaView* out = response.add_areas();
    out->set_code(area->code());
    out->set_label(area->label());
    out->set_chosen(std::find(visit.areas().begin(), visit.areas().end(), area->code()) !=
                    visit.areas().end());
  }
  return absl::OkStatus();
}

absl::Status Core::FillRights(const Subject& subject, v1::GetVisitViewResponse& response) {
  const records::v1::VisitState state = subject.visit.state();
  const records::v1::PersonRole role = Role();
  const auto may_write = [&](int field, bool adds) {
    return domain::CheckFieldWrite(state, role, field, adds).ok();
  };
  response.set_frozen(domain::IsFrozen(state));
  response.set_may_edit(may_write(Visit::kNoteFieldNumber, false));
  response.set_may_supplement(response.frozen() && may_write(Visit::kSupplementsFieldNumber, true));
  response.set_may_submit(
      domain::CheckTransition(state, records::v1::VISIT_STATE_SUBMITTED, role, "").ok());
  const auto hash = [&](v1::Signer who) {
    return sync::HashHex(sync::Sha256(TextToSign(subject.visit, who)));
  };
  const Visit& visit = subject.visit;
  response.set_unit_signature(
      StateOf(visit.has_unit_signature() ? &visit.unit_signature() : nullptr,
              visit.has_unit_refusal(), hash(v1::SIGNER_UNIT)));
  response.set_lead_signature(
      StateOf(visit.has_lead_signature() ? &visit.lead_signature() : nullptr, false,
              hash(v1::SIGNER_LEAD)));
  DUDAO_ASSIGN(const Loaded now, Load(subject.target));
  FillConflicts(subject.target.id, now.record, WallMs(), response.mutable_conflicts());
  if (subject.form == nullptr) return absl::OkStatus();
  response.set_form_id(subject.form->id);
  response.set_pending_fields(static_cast<uint32_t>(subject.form->pending.size()));
  response.set_record_moved_on(now.record.EncodeShared() != subject.form->base.EncodeShared());
  return absl::OkStatus();
}

absl::Status Core::FillPeople(const Subject& subject, v1::GetVisitViewResponse& response) {
  const Visit& visit = subject.visit;
  for (const std::string& id : visit.inspector_ids())
    reference_.FillPerson(id, response.add_inspectors());
  for (const records::v1::Person* person : reference_.PeopleOf(visit.team_id()))
    reference_.FillPerson(person->person_id(), response.add_team());
  DUDAO_ASSIGN(const auto spaces, Indexed(subject.target.space));
  const auto day = domain::ParseDay(visit.visit_date());
  const absl::CivilDay today = domain::LocalDay(WallMs());
  DUDAO_TRY(FillMonth(spaces, absl::CivilMonth(day.value_or(today)), response.mutable_month()));
  for (const IndexedSpace& at : spaces) {
    const auto note = at.index->visits.find(subject.target.id.key);
    if (note != at.index->visits.end()) response.set_unsent(IsUnsent(at.known, note->second));
  }
  return FillLookBacks(subject, response);
}

absl::Status Core::FillLookBacks(const Subject& subject, v1::GetVisitViewResponse& response) {
  DUDAO_ASSIGN(const auto spaces, Indexed(""));
  for (const auto& item : subject.visit.lookback_items()) {
    v1::LookBackView* out = response.add_look_backs();
    *out->mutable_item() = item;
    out->set_may_strike_off(true);
    for (const IndexedSpace& at : spaces) {
      const auto found = at.index->rectifications.find(item.finding_id());
      if (found == at.index->rectifications.end()) continue;
      out->set_problem(found->second.problem());
      out->set_finding_temp_no(found->second.finding_temp_no());
      out->set_may_strike_off(domain::MayStrikeOff(found->second, trust_.person_id()));
    }
  }
  return absl::OkStatus();
}

absl::Status Core::FillFindings(const Subject& subject, v1::GetVisitViewResponse& response) {
  std::map<std::string, std::string> questions;
  for (const v1::SectionView& section : response.sections()) {
    for (const v1::ItemView& item : section.items()) questions[item.code()] = item.label();
  }
  std::map<std::string, bool> counts;
  for (const Evidence& evidence : subject.visit.evidence())
    counts[evidence.id()] = !evidence.has_removed();
  for (const Finding& finding : subject.visit.findings()) {
    v1::FindingView* out = response.add_findings();
    *out->mutable_finding() = finding;
    FillDeadline(reference_.calendar(), subject.visit, out);
    out->set_check_label(questions[finding.check_code()]);
    for (const std::string& id : finding.evidence_ids()) {
      if (counts[id]) out->set_evidence_count(out->evidence_count() + 1);
    }
  }
  return absl::OkStatus();
}

absl::Status Core::FillFiles(const Subject& subject, v1::GetVisitViewResponse& response) {
  DUDAO_ASSIGN(const auto transfers, blobs_.Transfers());
  std::map<std::string, uint64_t> sending;
  for (const TransferEntry& entry : transfers) {
    if (entry.upload && entry.space == subject.target.space)
      sending[entry.sha256] = entry.bytes_done;
  }
  for (const Evidence& evidence : subject.visit.evidence()) {
    v1::EvidenceView* out = response.add_evidence();
    *out->mutable_evidence() = evidence;
    DUDAO_ASSIGN(const auto file, blobs_.Find(evidence.sha256()));
    out->set_held(file.has_value());
    DUDAO_ASSIGN(const auto thumbnail, blobs_.Find(evidence.thumbnail_sha256()));
    out->set_thumbnail_held(thumbnail.has_value());
    const auto at = sending.find(evidence.sha256());
    out->set_unsent(at != sending.end());
    if (at != sending.end()) out->set_bytes_sent(at->second);
    for (const Finding& finding : subject.visit.findings()) {
      const auto& ids = finding.evidence_ids();
      if (std::find(ids.begin(), ids.end(), evidence.id()) != ids.end())
        out->add_finding_ids(finding.id());
    }
  }
  return absl::OkStatus();
}

}  // namespace dudao::client
