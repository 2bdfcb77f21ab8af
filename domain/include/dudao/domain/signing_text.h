// The text that a person reads and signs on the tablet.
//
// Purpose: one canonical text of a visit, in Chinese, whose hash a signature is bound to: unit,
// day, findings with level, feedback, opinion and objection; for the lead also what the unit did.
// The same visit and names give the same bytes on every device; a change of anything that is named
// in it gives others. Does not: hash, or format for print. Threading: pure functions. Ownership:
// values. Errors: none; what is missing is left out.
#ifndef DUDAO_DOMAIN_SIGNING_TEXT_H_
#define DUDAO_DOMAIN_SIGNING_TEXT_H_

#include <absl/strings/string_view.h>

#include <string>

#include "dudao/records/v1/visit.pb.h"

namespace dudao::domain {

enum class Signer { kUnit, kLead };

// `unit_name`: of the place, as the office's list has it; may be empty. Lines end in "\n"; within a
// value line breaks become spaces, so that no text can pretend to be another line.
std::string SigningText(const records::v1::Visit& visit, absl::string_view unit_name, Signer who);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_SIGNING_TEXT_H_
