// What is missing or wrong in a visit, measured against its form.
//
// Purpose: the list that the tablet shows before submission and that the server checks again.
// Errors stop a submission; warnings are shown and stop nothing. Missing evidence is never an
// issue: photos are evidence for a finding and never compulsory. Does not: change the visit, read
// the clock, or check permissions (visit_lifecycle.h). Threading: pure functions. Ownership:
// borrows its arguments for the call. Errors: none of its own; a visit of any content gives a list
// of issues, at most kMaxIssues.
#ifndef DUDAO_DOMAIN_FORM_VALIDATION_H_
#define DUDAO_DOMAIN_FORM_VALIDATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dudao/records/v1/form_template.pb.h"
#include "dudao/records/v1/visit.pb.h"

namespace dudao::domain {

constexpr std::size_t kMaxIssues = 500;

enum class Severity { kError, kWarning };

// One thing to put right.
struct Issue {
  Severity severity = Severity::kError;
  std::string field;  // e.g. "visit_date", "findings[f1].problem", "check_items[B5]"
  std::string code;   // reason code of the catalogue (text.h)
  std::string zh;
  std::string en;
};

// What the visit itself does not know. Everything may be left empty; then what needs it is not
// checked.
struct VisitFacts {
  bool place_is_flagged = false;       // weak or thin: items that ask only of such places
  std::optional<std::int64_t> now_ms;  // to notice times in the future
  std::vector<std::string> inspector_departments;  // home departments of the visit's inspectors
  std::vector<std::string> open_finding_ids;  // earlier findings of the unit that are still open
  // Hashes of what unit and lead would sign now (signing_text.h); without them nobody asks whether
  // the text is still the one that was signed.
  std::optional<std::string> unit_text_sha256;
  std::optional<std::string> lead_text_sha256;
};

// The issues of a visit, errors first, each group in the order of the form.
std::vector<Issue> ValidateVisit(const records::v1::Visit& visit,
                                 const records::v1::FormTemplate& form, const VisitFacts& facts);

// Issues of a change from one content to another that would rewrite evidence: a file and what says
// where it comes from are set once; only caption, personal-data flag and removal mark may change,
// and nothing may disappear.
std::vector<Issue> CheckEvidenceKept(const records::v1::Visit& before,
                                     const records::v1::Visit& after);

// True where the list holds no error.
bool MaySubmit(const std::vector<Issue>& issues);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_FORM_VALIDATION_H_
