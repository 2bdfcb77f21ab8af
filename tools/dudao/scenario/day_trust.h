// After the day: what a tablet can say about delivery, what becomes of the late work of somebody
// who was replaced, and what a lost tablet can still do.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "office.h"
#include "scenario/crew.h"
#include "scenario/day_report.h"

namespace dudao::command {

// The last member of the last team is replaced, that of the team before loses the tablet. What is
// not as it must be goes into `report.wrong`.
absl::Status ShowTrust(std::vector<Crew>& crews, Office& admin, const std::string& reviewer_session,
                       DayReport& report);

// What `dudao verify` finds in the server's folder while the server is at work.
absl::Status VerifyServer(const std::string& folder, DayReport& report);

}  // namespace dudao::command
