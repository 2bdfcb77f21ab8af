// Open findings as an inspector sees them: which ones, how urgent, who may judge them.
//
// Purpose: the look-back list of a tablet. Does not: move a rectification, the office does that;
// its light is that of rectification_clock.h. Threading: pure functions. Ownership: borrows its
// arguments for the call. Errors: none.
#ifndef DUDAO_DOMAIN_LOOK_BACK_H_
#define DUDAO_DOMAIN_LOOK_BACK_H_

#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "dudao/records/v1/rectification.pb.h"

namespace dudao::domain {

// From the notice to the check: issued, received, being rectified, waiting for the check, sent
// back, or broken out again.
bool IsOpenFinding(records::v1::RectificationState state);

// Persons who found it, merged findings included, each once, in order.
std::vector<std::string> Finders(const records::v1::Rectification& rectification);

// False for a finder: somebody else has to look.
bool MayStrikeOff(const records::v1::Rectification& rectification, absl::string_view person_id);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_LOOK_BACK_H_
