#include "finding_case.h"

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "files.h"
#include "finding_rows.h"
#include "reason.h"
#include "seen.h"

namespace dudao::server {
namespace {

using records::v1::Finding;
using records::v1::Rectification;
using records::v1::RectificationStep;
using records::v1::Visit;

constexpr size_t kStepRandomBytes = 4;

const RectificationStep* LastBoundStep(const Rectification& own) {
  const RectificationStep* last = nullptr;
  for (const RectificationStep& step : own.steps()) {
    if (step.content_digest().empty()) continue;
    if (last == nullptr || last->id() < step.id()) last = &step;
  }
  return last;
}

// "problem" of "findings[...].problem"; a supplement as a whole.
std::string NameIn(const sync::HistoryEntry& entry) {
  const std::vector<sync::PathStep> steps = entry.op.path.Steps();
  if (steps.empty()) return {};
  const auto* descriptor = Visit::descriptor()->FindFieldByNumber(static_cast<int>(steps[0].field));
  if (steps[0].field != Visit::kFindingsFieldNumber || steps.size() < 2)
    return descriptor != nullptr ? descriptor->name() : std::string();
  const auto* field = Finding::descriptor()->FindFieldByNumber(static_cast<int>(steps[1].field));
  return field != nullptr ? field->name() : absl::StrCat(steps[1].field);
}

}  // namespace

sync::RecordId RectificationId(std::string_view finding_id) {
  return {sync::RecordTypeOf(*Rectification::descriptor()), std::string(finding_id)};
}

sync::RecordId VisitId(std::string_view visit_key) {
  return {sync::RecordTypeOf(*Visit::descriptor()), std::string(visit_key)};
}

const Finding* FindingCase::finding() const {
  const auto found = std::find_if(visit.findings().begin(), visit.findings().end(),
                                  [this](const Finding& one) { return one.id() == finding_id; });
  return found != visit.findings().end() ? &*found : nullptr;
}

bool FindingCase::reached_office() const {
  const bool decided = own.state() != records::v1::RECTIFICATION_STATE_UNSPECIFIED &&
                       own.state() != records::v1::RECTIFICATION_STATE_RETURNED;
  return decided || (finding() != nullptr && (visit.state() == records::v1::VISIT_STATE_SUBMITTED ||
                                              visit.state() == records::v1::VISIT_STATE_CONFIRMED));
}

std::string FindingCase::ContentDigest() const {
  std::string content;
  sync::PutBytes(content, visit_record.record.EncodeShared());
  sync::PutBytes(content, own_record ? own_record->record.EncodeShared() : std::string());
  return std::string(sync::HashBytes(sync::Sha256(content)));
}

std::string FindingCase::FindingDigest() const {
  return server::FindingDigest(visit_record.record, visit, finding_id);
}

domain::FindingFacts FindingCase::Facts() const {
  domain::FindingFacts facts = domain::FactsOf(own);
  if (own.level() == records::v1::FINDING_LEVEL_UNSPECIFIED && finding() != nullptr)
    facts.level = finding()->level();
  const RectificationStep* bound = LastBoundStep(own);
  facts.changed_since = bound != nullptr && bound->content_digest() != FindingDigest();
  return facts;
}

absl::StatusOr<FindingCase> LoadCase(Space& space, std::string_view finding_id,
                                     std::string_view visit_key) {
  const auto unknown = [] { return Error(absl::StatusCode::kNotFound, "RECORD_UNKNOWN"); };
  if (finding_id.empty() || finding_id.size() > sync::kRecordKeyBytesMax || visit_key.empty())
    return unknown();
  FindingCase out;
  out.finding_id = std::string(finding_id);
  DUDAO_ASSIGN(auto visit, space.store().Load(VisitId(visit_key)));
  if (!visit) return unknown();
  out.visit_record = *std::move(visit);
  static_cast<void>(out.visit.ParseFromString(out.visit_record.record.Materialise()));
  DUDAO_ASSIGN(out.own_record, space.store().Load(RectificationId(finding_id)));
  if (out.own_record)
    static_cast<void>(out.own.ParseFromString(out.own_record->record.Materialise()));
  if (out.finding() == nullptr && !out.own_record) return unknown();
  return out;
}

absl::StatusOr<records::v1::FindingSource> SourceOf(Space& space, const FindingCase& finding) {
  // A later writer had seen the first one, so hybrid time puts that one first whatever the clocks.
  DUDAO_ASSIGN(
      const auto writes,
      space.store().History(finding.visit_record.id,
                            sync::Path().Element(Visit::kFindingsFieldNumber, finding.finding_id)));
  records::v1::FindingSource source;
  source.set_finding_id(finding.finding_id);
  source.set_space(space.name());
  source.set_visit_id(absl::BytesToHexString(finding.visit_record.id.key));
  if (finding.finding() != nullptr) source.set_temp_no(finding.finding()->temp_no());
  source.set_team_id(finding.visit.team_id());
  if (!writes.empty()) source.set_finder_id(writes.front().author);
  // The office only writes down what the leader found.
  if (!finding.visit.leader_id().empty()) source.set_finder_id(finding.visit.leader_id());
  return source;
}

CaseEdit Begin(const FindingCase& finding) {
  CaseEdit edit;
  if (!finding.own.finding_id().empty()) return edit;
  edit.own.set_finding_id(finding.finding_id);
  edit.own.set_visit_id(absl::BytesToHexString(finding.visit_record.id.key));
  edit.own.set_team_id(finding.visit.team_id());
  edit.own.set_unit_code(finding.visit.unit_code());
  if (finding.finding() != nullptr) edit.own.set_finding_temp_no(finding.finding()->temp_no());
  return edit;
}

void AddNote(const Call& call, const FindingCase& finding, const std::string& reason,
             CaseEdit& edit) {
  // The order of keys is that of the steps, also when the clock stands still or was set back.
  int64_t at_ms = call.wall_ms;
  for (const RectificationStep& step : finding.own.steps())
    at_ms = std::max(at_ms, step.at_ms() + 1);
  RectificationStep& step = *edit.own.add_steps();
  step.set_id(
      absl::StrFormat("%013d-%s", at_ms, absl::BytesToHexString(RandomBytes(kStepRandomBytes))));
  step.set_from(finding.own.state());
  step.set_to(finding.own.state());
  step.set_by(call.principal.person_id);
  step.set_at_ms(at_ms);
  step.set_reason(reason);
  if (edit.on_behalf) step.set_on_behalf(true);
}

void AddStep(const Call& call, const FindingCase& finding, domain::FindingAct act,
             const std::string& reason, bool bound, CaseEdit& edit) {
  AddNote(call, finding, reason, edit);
  RectificationStep& step = *edit.own.mutable_steps()->rbegin();
  step.set_to(domain::StateAfter(act, finding.Facts()));
  if (bound) step.set_content_digest(finding.FindingDigest());
  edit.own.set_state(step.to());
}

absl::Status SaveCase(Space& space, const Call& call, const FindingCase& finding,
                      std::optional<sync::FormContext> form, CaseEdit edit) {
  const sync::RecordId id = RectificationId(finding.finding_id);
  if (!edit.own.finding_id().empty()) {
    const bool listed =
        std::any_of(edit.own.sources().begin(), edit.own.sources().end(),
                    [&](const auto& source) { return source.finding_id() == finding.finding_id; });
    if (!listed) {
      DUDAO_ASSIGN(*edit.own.add_sources(), SourceOf(space, finding));
    }
  }
  sync::LocalEdit save;
  save.author = call.principal.person_id;
  save.wall_ms = call.wall_ms;
  save.flags = edit.on_behalf ? sync::kFlagOnBehalf : 0;
  save.form = std::move(form);
  DUDAO_ASSIGN(auto ops, sync::MessageToOps(id, edit.own));
  for (const int number : edit.cleared) {
    const auto* field = Rectification::descriptor()->FindFieldByNumber(number);
    ops.push_back({id, sync::Path().Field(static_cast<uint32_t>(number)), sync::KindOf(*field),
                   sync::Value::Absent()});
  }
  save.ops = sync::OpsThatChange(finding.own_record ? &finding.own_record->record : nullptr,
                                 std::move(ops));
  save.ops.insert(save.ops.end(), edit.more.begin(), edit.more.end());
  return space.store().Commit(save).status();
}

absl::StatusOr<std::vector<std::string>> ChangedSince(Space& space, const FindingCase& finding) {
  const RectificationStep* bound = LastBoundStep(finding.own);
  if (bound == nullptr || !finding.own_record) return std::vector<std::string>();
  const sync::Record& record = finding.own_record->record;
  const sync::Cell* cell = record.Find(sync::Path()
                                           .Element(Rectification::kStepsFieldNumber, bound->id())
                                           .Field(RectificationStep::kContentDigestFieldNumber));
  const sync::Version* shown = cell != nullptr ? record.Shown(*cell) : nullptr;
  if (shown == nullptr) return std::vector<std::string>();
  DUDAO_ASSIGN(const auto change, FindChange(space, shown->dot));
  if (!change) return std::vector<std::string>();
  std::set<std::string> names;
  std::vector<sync::Path> below = {
      sync::Path().Element(Visit::kFindingsFieldNumber, finding.finding_id)};
  for (const auto& supplement : finding.visit.supplements()) {
    if (supplement.finding_id() == finding.finding_id)
      below.push_back(sync::Path().Element(Visit::kSupplementsFieldNumber, supplement.id()));
  }
  for (const sync::Path& path : below) {
    DUDAO_ASSIGN(const auto entries, space.store().History(finding.visit_record.id, path));
    for (const sync::HistoryEntry& entry : entries) {
      if (!change->seen.Contains(entry.dot)) names.insert(NameIn(entry));
    }
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace dudao::server
