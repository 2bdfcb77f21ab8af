// A team's month: how many visits, in which half, and how long the days were.
//
// Purpose: the month board. Two rules stand side by side and both are shown: at least two visits a
// month, and one in each half (1st to 15th, 16th to end). A visit of the rule is a group-day: one
// day on which the team saw one or more units. The time on site of a day is the sum of left -
// arrived; 6 hours and more are shown as a full day, less is shown but never held against the team.
// Counted are visits that were submitted and not returned, dismissed or deleted. Drafts are listed
// apart. Does not: rank teams, count log-ins, or look at positions. Threading: pure functions.
// Ownership: borrows the visits for the call. Errors: none; a visit without a usable date counts in
// `undated`, times that make no sense add nothing.
#ifndef DUDAO_DOMAIN_VISIT_QUOTA_H_
#define DUDAO_DOMAIN_VISIT_QUOTA_H_

#include <absl/strings/string_view.h>
#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <absl/types/span.h>

#include <string>
#include <vector>

#include "dudao/records/v1/visit.pb.h"

namespace dudao::domain {

// One day on which a team was out.
struct VisitDay {
  absl::CivilDay day;
  int units = 0;                // visit records of the day
  absl::Duration time_on_site;  // summed
  bool full_day = false;        // 6 hours or more
};

// A team's month.
struct TeamMonth {
  std::string team_id;
  absl::CivilMonth month;
  std::vector<VisitDay> days;  // in order; their number is what the quota counts
  int quota = 0;
  bool quota_met = false;
  bool first_half_filled = false;   // 1st to 15th
  bool second_half_filled = false;  // 16th to end
  int drafts = 0;                   // of this month, not counted
  int undated = 0;                  // of this team, without a usable date
};

// The month of one team, from any set of visits; those of other teams and months are passed over.
TeamMonth BuildTeamMonth(absl::string_view team_id, absl::CivilMonth month,
                         absl::Span<const records::v1::Visit* const> visits, int quota = 2);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_VISIT_QUOTA_H_
