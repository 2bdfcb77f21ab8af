#include "dudao/domain/visit_quota.h"

#include <map>
#include <string>

#include "dudao/domain/civil.h"

namespace dudao::domain {
namespace {

using records::v1::Visit;

constexpr int kLastDayOfFirstHalf = 15;
const absl::Duration kFullDay = absl::Hours(6);
const absl::Duration kLongestVisit = absl::Hours(24);

bool IsDraft(const Visit& visit) {
  return visit.state() == records::v1::VISIT_STATE_DRAFT ||
         visit.state() == records::v1::VISIT_STATE_RETURNED;
}

bool Counts(const Visit& visit) {
  return visit.state() == records::v1::VISIT_STATE_SUBMITTED ||
         visit.state() == records::v1::VISIT_STATE_CONFIRMED ||
         visit.state() == records::v1::VISIT_STATE_MERGED;
}

absl::Duration TimeOnSite(const Visit& visit) {
  if (!visit.has_arrived_at_ms() || !visit.has_left_at_ms()) return absl::ZeroDuration();
  // Duration arithmetic saturates: absurd times cannot overflow.
  const absl::Duration time =
      absl::Milliseconds(visit.left_at_ms()) - absl::Milliseconds(visit.arrived_at_ms());
  return time > absl::ZeroDuration() && time <= kLongestVisit ? time : absl::ZeroDuration();
}

}  // namespace

TeamMonth BuildTeamMonth(absl::string_view team_id, absl::CivilMonth month,
                         absl::Span<const Visit* const> visits, int quota) {
  TeamMonth board;
  board.team_id = std::string(team_id);
  board.month = month;
  board.quota = quota;
  std::map<absl::CivilDay, VisitDay> days;
  for (const Visit* const visit : visits) {
    if (visit->team_id() != team_id || !(Counts(*visit) || IsDraft(*visit))) continue;
    const auto day = ParseDay(visit->visit_date());
    if (!day) {
      ++board.undated;
    } else if (absl::CivilMonth(*day) != month) {
      continue;
    } else if (IsDraft(*visit)) {
      ++board.drafts;
    } else {
      VisitDay& entry = days[*day];
      entry.day = *day;
      ++entry.units;
      entry.time_on_site += TimeOnSite(*visit);
    }
  }
  for (auto& [day, entry] : days) {
    entry.full_day = entry.time_on_site >= kFullDay;
    (day.day() <= kLastDayOfFirstHalf ? board.first_half_filled : board.second_half_filled) = true;
    board.days.push_back(entry);
  }
  board.quota_met = static_cast<int>(board.days.size()) >= quota;
  return board;
}

}  // namespace dudao::domain
