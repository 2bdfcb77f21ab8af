// 合并: two findings that say the same. One goes on and names both as its sources; the other names
// the one that goes on. Nothing of either is lost.
#include <algorithm>

#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"
#include "office_tasks.h"
#include "reason.h"
#include "rectification_desk.h"

namespace dudao::server {
namespace {

using domain::FindingAct;

constexpr size_t kReasonBytesMax = 3000;

absl::Status Wrong() {
  return domain::Refusal(absl::StatusCode::kFailedPrecondition, "RECTIFICATION_MERGE_WRONG");
}

// What may still take others up.
bool GoesOn(const FindingCase& finding) {
  return finding.reached_office() &&
         (finding.own.state() == records::v1::RECTIFICATION_STATE_UNSPECIFIED ||
          domain::IsAlive(finding.own.state()));
}

}  // namespace

absl::Status RectificationDesk::AddSource(const Call& call, const Decide::Merge& into,
                                          const records::v1::FindingSource& source) {
  DUDAO_ASSIGN(const auto row, projection_.FindFinding(into.into_space(), into.into_finding_id()));
  if (!row) return Wrong();
  DUDAO_ASSIGN(Space * space, spaces_.Get(into.into_space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const FindingCase target, LoadCase(*space, row->finding_id, row->visit_key));
  if (!GoesOn(target)) return Wrong();
  CaseEdit edit = Begin(target);
  *edit.own.add_sources() = source;
  DUDAO_TRY(SaveCase(*space, call, target, std::nullopt, std::move(edit)));
  after_.Written(*space);
  return absl::OkStatus();
}

// The one that goes on takes up the source first: should the server end in between, the other still
// waits in the inbox, and merging it again does the rest.
absl::Status RectificationDesk::Merge(const Call& call, const Decide& request,
                                      const FindingRowData& row) {
  const Decide::Merge& into = request.merge();
  DUDAO_TRY(CheckText(into.reason(), "reason", kReasonBytesMax));
  const bool itself = into.into_finding_id() == row.finding_id;
  if (itself || into.into_finding_id().empty() ||
      into.into_finding_id().size() > sync::kRecordKeyBytesMax)
    return Wrong();
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  records::v1::FindingSource source;
  bool stands_for_others = false;
  {
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const FindingCase finding, LoadUnchanged(*space, row, request.content_digest()));
    DUDAO_TRY(
        domain::CheckAct(FindingAct::kMerge, finding.Facts(), call.principal.role, into.reason()));
    DUDAO_ASSIGN(source, SourceOf(*space, finding));
    stands_for_others = finding.own.sources_size() > 1;
  }
  // Chains of mergers would hide where a source went: what stands for others is not merged itself.
  if (stands_for_others) return Wrong();
  DUDAO_TRY(AddSource(call, into, source));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const FindingCase finding, LoadCase(*space, row.finding_id, row.visit_key));
  DUDAO_TRY(
      domain::CheckAct(FindingAct::kMerge, finding.Facts(), call.principal.role, into.reason()));
  CaseEdit edit = Begin(finding);
  edit.own.set_merged_into(into.into_finding_id());
  edit.own.set_merged_into_space(into.into_space());
  DUDAO_ASSIGN(edit.more, FinishTasks(*space, finding.finding_id,
                                      {records::v1::OFFICE_TASK_KIND_RETURNED_FINDING}));
  AddStep(call, finding, FindingAct::kMerge, into.reason(), true, edit);
  return Save(*space, call, finding, request.context(), std::move(edit));
}

}  // namespace dudao::server
