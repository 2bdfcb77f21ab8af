// Reads a day back through the product's interfaces and says what is not as it must be.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "office.h"
#include "scenario/crew.h"
#include "scenario/day_report.h"

namespace dudao::command {

// Before anything is settled: every value of every clash is readable on every tablet of the team
// and on the server, with author and time.
absl::Status CheckClashes(std::vector<Crew>& crews, Office& office, DayReport& report);

// At the end: a further sync sends nothing; digests and content of tablets and server are equal;
// settled clashes are gone everywhere; files are on the server.
absl::Status CheckDay(std::vector<Crew>& crews, Office& office, const DayLog& log,
                      DayReport& report);

}  // namespace dudao::command
