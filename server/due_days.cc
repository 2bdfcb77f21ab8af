#include "due_days.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/rectification_clock.h"
#include "dudao/sync/crdt/status_macros.h"
#include "finding_case.h"

namespace dudao::server {
namespace {

constexpr size_t kRowsAtOnce = 500;

// The day that many days later or earlier; the text itself where it is no day.
std::string Moved(const std::string& day, int64_t days) {
  const auto parsed = domain::ParseDay(day);
  return parsed ? domain::FormatDay(*parsed + days) : day;
}

}  // namespace

absl::Status DueDays::MakeFirmIn(Space& space, const Call& call,
                                 const domain::WorkingCalendar& calendar, const FindingRowData& row,
                                 bool dry_run, std::vector<admin::v1::DeadlineChange>& changes) {
  DUDAO_ASSIGN(const FindingCase finding, LoadCase(space, row.finding_id, row.visit_key));
  const records::v1::Rectification& own = finding.own;
  const auto before = domain::ParseDay(own.due_date());
  if (!own.due_provisional() || !before) return absl::OkStatus();
  const auto due = domain::DueUnder(calendar, own.limit(), own.issued_at_ms());
  // A limit that makes no sense has no other day.
  if (!due.ok() || (due->provisional && due->day == *before)) return absl::OkStatus();
  admin::v1::DeadlineChange& change = changes.emplace_back();
  change.set_space(row.space);
  change.set_finding_id(row.finding_id);
  change.set_notice_no(own.notice_no());
  change.set_unit_name(row.unit_name.empty() ? row.unit_code : row.unit_name);
  change.set_due_before(domain::EffectiveDue(own));
  change.set_due_after(Moved(change.due_before(), due->day - *before));
  change.set_provisional(due->provisional);
  if (dry_run) return absl::OkStatus();
  CaseEdit edit = Begin(finding);
  edit.own.set_due_date(domain::FormatDay(due->day));
  edit.own.set_due_provisional(due->provisional);
  if (!own.extended_due().empty()) edit.own.set_extended_due(change.due_after());
  AddNote(call, finding,
          change.due_after() == change.due_before()
              ? absl::StrCat("节假日安排已载入，时限确定为", change.due_after())
              : absl::StrCat("节假日安排已载入，时限由", change.due_before(), "调整为",
                             change.due_after()),
          edit);
  return SaveCase(space, call, finding, std::nullopt, std::move(edit));
}

absl::StatusOr<std::vector<admin::v1::DeadlineChange>> DueDays::MakeFirm(
    const Call& call, const domain::WorkingCalendar& calendar, bool dry_run) {
  std::vector<admin::v1::DeadlineChange> changes;
  FindingQuery query;
  query.part = static_cast<int>(FindingPart::kOpen);
  query.order = FindingQuery::Order::kDue;
  query.now_ms = call.wall_ms;
  for (const auto& rule : spaces_.All()) {
    query.spaces = {rule.space()};
    std::vector<FindingRowData> open;
    FindingPosition after;
    while (true) {
      DUDAO_ASSIGN(auto rows, projection_.Findings(query, open.empty() ? nullptr : &after,
                                                   static_cast<int>(kRowsAtOnce)));
      for (FindingRowData& row : rows) open.push_back(std::move(row));
      if (rows.size() < kRowsAtOnce) break;
      after = {open.back().sort, open.back().space, open.back().finding_id};
    }
    if (open.empty()) continue;
    DUDAO_ASSIGN(Space * space, spaces_.Get(rule.space()));
    absl::MutexLock lock(&space->mutex());
    const size_t known = changes.size();
    absl::Status status;
    for (const FindingRowData& row : open) {
      status = MakeFirmIn(*space, call, calendar, row, dry_run, changes);
      if (!status.ok()) break;
    }
    if (!dry_run && changes.size() > known) after_.Written(*space);
    DUDAO_TRY(status);
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
    return std::pair(a.due_before(), a.notice_no()) < std::pair(b.due_before(), b.notice_no());
  });
  return changes;
}

}  // namespace dudao::server
