#include "dudao/domain/visit_lifecycle.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <string>
#include <vector>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using records::v1::PERSON_ROLE_INSPECTOR;
using records::v1::PERSON_ROLE_LEAD;
using records::v1::PERSON_ROLE_REVIEWER;
using records::v1::PersonRole;
using records::v1::Visit;
using records::v1::VISIT_STATE_CONFIRMED;
using records::v1::VISIT_STATE_DELETED;
using records::v1::VISIT_STATE_DISMISSED;
using records::v1::VISIT_STATE_DRAFT;
using records::v1::VISIT_STATE_MERGED;
using records::v1::VISIT_STATE_RETURNED;
using records::v1::VISIT_STATE_SUBMITTED;
using records::v1::VisitState;

struct Transition {
  VisitState from;
  VisitState to;
  PersonRole role;
  bool needs_reason;
};

constexpr Transition kTransitions[] = {
    {VISIT_STATE_DRAFT, VISIT_STATE_SUBMITTED, PERSON_ROLE_LEAD, false},
    {VISIT_STATE_DRAFT, VISIT_STATE_DELETED, PERSON_ROLE_INSPECTOR, false},
    {VISIT_STATE_DRAFT, VISIT_STATE_DELETED, PERSON_ROLE_LEAD, false},
    {VISIT_STATE_DELETED, VISIT_STATE_DRAFT, PERSON_ROLE_LEAD, false},
    {VISIT_STATE_RETURNED, VISIT_STATE_SUBMITTED, PERSON_ROLE_LEAD, false},
    {VISIT_STATE_SUBMITTED, VISIT_STATE_CONFIRMED, PERSON_ROLE_REVIEWER, false},
    {VISIT_STATE_SUBMITTED, VISIT_STATE_RETURNED, PERSON_ROLE_REVIEWER, true},
    {VISIT_STATE_SUBMITTED, VISIT_STATE_MERGED, PERSON_ROLE_REVIEWER, false},
    {VISIT_STATE_SUBMITTED, VISIT_STATE_DISMISSED, PERSON_ROLE_REVIEWER, true},
    // A decision made by mistake goes back to the inbox.
    {VISIT_STATE_CONFIRMED, VISIT_STATE_SUBMITTED, PERSON_ROLE_REVIEWER, true},
    {VISIT_STATE_MERGED, VISIT_STATE_SUBMITTED, PERSON_ROLE_REVIEWER, true},
    {VISIT_STATE_DISMISSED, VISIT_STATE_SUBMITTED, PERSON_ROLE_REVIEWER, true},
};

std::string Name(VisitState state) { return records::v1::VisitState_Name(state).substr(12); }

bool IsOfficeField(int number) {
  return number == Visit::kOfficialNoFieldNumber || number == Visit::kReviewFieldNumber;
}

}  // namespace

absl::Status CheckTransition(VisitState from, VisitState to, PersonRole role,
                             absl::string_view reason) {
  bool known = false;
  for (const Transition& transition : kTransitions) {
    if (transition.from != from || transition.to != to) continue;
    known = true;
    if (transition.role != role) continue;
    if (transition.needs_reason && absl::StripAsciiWhitespace(reason).empty()) {
      return Refusal(absl::StatusCode::kInvalidArgument, "VISIT_REASON_MISSING");
    }
    return absl::OkStatus();
  }
  if (known) return Refusal(absl::StatusCode::kPermissionDenied, "VISIT_ROLE_MAY_NOT");
  return Refusal(absl::StatusCode::kFailedPrecondition, "VISIT_STATE_FORBIDS",
                 {Name(from), Name(to)});
}

std::vector<VisitState> NextStates(VisitState from, PersonRole role) {
  std::vector<VisitState> states;
  for (const Transition& transition : kTransitions) {
    if (transition.from == from && transition.role == role) states.push_back(transition.to);
  }
  return states;
}

bool IsFrozen(VisitState state) {
  return state != VISIT_STATE_DRAFT && state != VISIT_STATE_RETURNED;
}

absl::Status CheckFieldWrite(VisitState state, PersonRole role, int visit_field_number,
                             bool adds_element) {
  if (visit_field_number == Visit::kStateFieldNumber) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "VISIT_STATE_BY_TRANSITION");
  }
  const bool of_team = role == PERSON_ROLE_INSPECTOR || role == PERSON_ROLE_LEAD;
  const bool of_office = role == PERSON_ROLE_REVIEWER;
  if (IsOfficeField(visit_field_number) ? !of_office : !of_team) {
    return Refusal(absl::StatusCode::kPermissionDenied, "VISIT_ROLE_MAY_NOT");
  }
  if (of_office) return absl::OkStatus();
  if (state == VISIT_STATE_DELETED) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "VISIT_DELETED");
  }
  const bool addition = visit_field_number == Visit::kSupplementsFieldNumber ||
                        visit_field_number == Visit::kEvidenceFieldNumber;
  if (IsFrozen(state) && !(addition && adds_element)) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "VISIT_FROZEN");
  }
  return absl::OkStatus();
}

}  // namespace dudao::domain
