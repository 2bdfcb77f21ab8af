// Open findings as an inspector sees them: which ones, how urgent, who may judge them.
//
// Purpose: the look-back list of a tablet. Does not: move a rectification, the office does that.
// Threading: pure functions. Ownership: borrows its arguments for the call. Errors: none; without a
// time of issue or a due day there is no light.
#ifndef DUDAO_DOMAIN_LOOK_BACK_H_
#define DUDAO_DOMAIN_LOOK_BACK_H_

#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dudao/domain/deadline.h"
#include "dudao/domain/rectification_clock.h"
#include "dudao/records/v1/rectification.pb.h"

namespace dudao::domain {

// From the notice to the check: issued, received, being rectified, waiting for the check, sent
// back, or broken out again.
bool IsOpenFinding(records::v1::RectificationState state);

// The light at `now_ms` (milliseconds since 1970 UTC). The clock runs from the issue to the end of
// the due day.
std::optional<Light> LightAt(const records::v1::Rectification& rectification, std::int64_t now_ms);

// Persons who found it, merged findings included, each once, in order.
std::vector<std::string> Finders(const records::v1::Rectification& rectification);

// False for a finder: somebody else has to look.
bool MayStrikeOff(const records::v1::Rectification& rectification, absl::string_view person_id);

// How often it came back from a check.
int Reworks(const records::v1::Rectification& rectification);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_LOOK_BACK_H_
