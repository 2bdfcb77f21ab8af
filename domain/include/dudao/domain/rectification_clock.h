// The clock of a notice: its limit, its due day, and when its light changes.
//
// Purpose: one computation for lists, papers and decisions. The clock starts when the notice is
// issued; the day of issue does not count. A granted extension adds calendar days to the due day.
// Green up to 80 % of the time, yellow to its end, red beyond: of working time where the limit is
// in working days or hours, of time on the calendar otherwise. Does not: read the clock.
// Threading: pure functions; the calendar is borrowed for the call. Errors: InvalidArgument
// (RECTIFICATION_LIMIT_WRONG, DEADLINE_AMOUNT_WRONG), FailedPrecondition
// (RECTIFICATION_LIMIT_MISSING).
#ifndef DUDAO_DOMAIN_RECTIFICATION_CLOCK_H_
#define DUDAO_DOMAIN_RECTIFICATION_CLOCK_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "dudao/domain/deadline.h"
#include "dudao/domain/working_calendar.h"
#include "dudao/records/v1/rectification.pb.h"

namespace dudao::domain {

// The default limit of a level; without unit for 长期, which is parked with milestones instead.
records::v1::TimeLimit DefaultLimit(records::v1::FindingLevel level);

// 1 to 2000 of a unit, or not set.
absl::Status CheckLimit(const records::v1::TimeLimit& limit);

// When something issued now would be due.
absl::StatusOr<Deadline> DueUnder(const WorkingCalendar& calendar,
                                  const records::v1::TimeLimit& limit, std::int64_t issued_ms);

// The moments at which the light of a notice changes; all zero where no clock runs.
struct LightTimes {
  std::int64_t green_until_ms = 0;   // at this moment still green
  std::int64_t yellow_until_ms = 0;  // at this moment still yellow
  bool runs() const { return yellow_until_ms != 0; }
};
LightTimes LightTimesOf(const WorkingCalendar& calendar,
                        const records::v1::Rectification& rectification);

// From the notice to the check, a review that the unit asked for included.
bool ClockRuns(records::v1::RectificationState state);

// The light at that moment (milliseconds since 1970 UTC); none where no clock runs. The office and
// the tablets have it from here and nowhere else.
std::optional<Light> LightAt(const LightTimes& times, std::int64_t now_ms);

// The due day that counts: the extended one, where there is one; empty without.
const std::string& EffectiveDue(const records::v1::Rectification& rectification);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_RECTIFICATION_CLOCK_H_
