// The life of a visit: who may move it where, and who may still write what.
//
// Purpose: the one rule book that tablet and server ask before they write. A visit is submitted
// whole; from then on its text is frozen and additions are dated supplements. The office confirms
// it, returns it with a reason (the team may then edit it again), merges it into another one, or
// dismisses it. Does not: write anything, or know which team a person belongs to (spaces decide
// that). Threading: pure functions. Ownership: none. Errors: PermissionDenied (not this role),
// FailedPrecondition (not from this state), InvalidArgument (a reason is missing), each with a
// reason code. All of them are for the person to read; nothing retries.
#ifndef DUDAO_DOMAIN_VISIT_LIFECYCLE_H_
#define DUDAO_DOMAIN_VISIT_LIFECYCLE_H_

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <vector>

#include "dudao/records/v1/reference.pb.h"
#include "dudao/records/v1/visit.pb.h"

namespace dudao::domain {

// Whether a person of this role may move a visit between the two states. Returning, dismissing and
// taking back a decision need a reason.
absl::Status CheckTransition(records::v1::VisitState from, records::v1::VisitState to,
                             records::v1::PersonRole role, absl::string_view reason);

// The states that a person of this role may move a visit to.
std::vector<records::v1::VisitState> NextStates(records::v1::VisitState from,
                                                records::v1::PersonRole role);

// True from submission on, until the office returns the visit. An unknown state is frozen.
bool IsFrozen(records::v1::VisitState state);

// Whether a person of this role may write the field of Visit with this number. `adds_element` says
// that the write adds a new element to a keyed list: to a frozen visit only supplements, and the
// evidence that they bring, may be added.
absl::Status CheckFieldWrite(records::v1::VisitState state, records::v1::PersonRole role,
                             int visit_field_number, bool adds_element);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_VISIT_LIFECYCLE_H_
