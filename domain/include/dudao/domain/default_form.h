// Reads form templates, among them the default visit form (data/form-default.textproto).
//
// Purpose: a form that is loaded is consistent: every code once, every item in a section that
// exists, and answerable. Does not: read files. Threading: pure functions. Ownership: values.
// Errors: InvalidArgument with reason FORM_WRONG and line or item; shown to the person who loads
// the form.
#ifndef DUDAO_DOMAIN_DEFAULT_FORM_H_
#define DUDAO_DOMAIN_DEFAULT_FORM_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include "dudao/records/v1/form_template.pb.h"

namespace dudao::domain {

// Reads a form from protobuf text format and checks it.
absl::StatusOr<records::v1::FormTemplate> ParseForm(absl::string_view text);

// Checks a form, e.g. one that arrived from elsewhere.
absl::Status CheckForm(const records::v1::FormTemplate& form);

// True where the form asks this item of a unit: its type fits, and a rule about flagged places is
// met.
bool Applies(const records::v1::CheckItem& item, records::v1::UnitType unit_type,
             bool place_is_flagged);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_DEFAULT_FORM_H_
