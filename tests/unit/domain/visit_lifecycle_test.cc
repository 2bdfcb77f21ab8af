#include "dudao/domain/visit_lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using namespace records::v1;  // NOLINT: enum values only
using testing::ElementsAre;
using testing::IsEmpty;

TEST(VisitLifecycle, LetsOnlyTheLeadSubmit) {
  EXPECT_TRUE(CheckTransition(VISIT_STATE_DRAFT, VISIT_STATE_SUBMITTED, PERSON_ROLE_LEAD, "").ok());
  const absl::Status status =
      CheckTransition(VISIT_STATE_DRAFT, VISIT_STATE_SUBMITTED, PERSON_ROLE_INSPECTOR, "");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), "VISIT_ROLE_MAY_NOT");
}

TEST(VisitLifecycle, NeedsAReasonToReturnOrDismiss) {
  for (const VisitState to : {VISIT_STATE_RETURNED, VISIT_STATE_DISMISSED}) {
    const absl::Status status =
        CheckTransition(VISIT_STATE_SUBMITTED, to, PERSON_ROLE_REVIEWER, " \n");
    EXPECT_EQ(ReasonOf(status), "VISIT_REASON_MISSING");
    EXPECT_TRUE(CheckTransition(VISIT_STATE_SUBMITTED, to, PERSON_ROLE_REVIEWER, "证据不足").ok());
  }
  EXPECT_TRUE(
      CheckTransition(VISIT_STATE_SUBMITTED, VISIT_STATE_MERGED, PERSON_ROLE_REVIEWER, "").ok());
}

TEST(VisitLifecycle, AllowsExactlyTheseMoves) {
  const std::set<std::tuple<VisitState, VisitState, PersonRole>> allowed = {
      {VISIT_STATE_DRAFT, VISIT_STATE_SUBMITTED, PERSON_ROLE_LEAD},
      {VISIT_STATE_DRAFT, VISIT_STATE_DELETED, PERSON_ROLE_LEAD},
      {VISIT_STATE_DRAFT, VISIT_STATE_DELETED, PERSON_ROLE_INSPECTOR},
      {VISIT_STATE_DELETED, VISIT_STATE_DRAFT, PERSON_ROLE_LEAD},
      {VISIT_STATE_RETURNED, VISIT_STATE_SUBMITTED, PERSON_ROLE_LEAD},
      {VISIT_STATE_SUBMITTED, VISIT_STATE_CONFIRMED, PERSON_ROLE_REVIEWER},
      {VISIT_STATE_SUBMITTED, VISIT_STATE_RETURNED, PERSON_ROLE_REVIEWER},
      {VISIT_STATE_SUBMITTED, VISIT_STATE_MERGED, PERSON_ROLE_REVIEWER},
      {VISIT_STATE_SUBMITTED, VISIT_STATE_DISMISSED, PERSON_ROLE_REVIEWER},
      {VISIT_STATE_CONFIRMED, VISIT_STATE_SUBMITTED, PERSON_ROLE_REVIEWER},
      {VISIT_STATE_MERGED, VISIT_STATE_SUBMITTED, PERSON_ROLE_REVIEWER},
      {VISIT_STATE_DISMISSED, VISIT_STATE_SUBMITTED, PERSON_ROLE_REVIEWER},
  };
  for (int from = VisitState_MIN; from <= VisitState_MAX; ++from) {
    for (int to = VisitState_MIN; to <= VisitState_MAX; ++to) {
      for (int role = PersonRole_MIN; role <= PersonRole_MAX; ++role) {
        const std::tuple move(static_cast<VisitState>(from), static_cast<VisitState>(to),
                              static_cast<PersonRole>(role));
        const bool ok =
            CheckTransition(std::get<0>(move), std::get<1>(move), std::get<2>(move), "reason").ok();
        EXPECT_EQ(ok, allowed.count(move) == 1) << from << " -> " << to << " by " << role;
      }
    }
  }
}

TEST(VisitLifecycle, ListsTheNextStatesOfARole) {
  EXPECT_THAT(NextStates(VISIT_STATE_DRAFT, PERSON_ROLE_LEAD),
              ElementsAre(VISIT_STATE_SUBMITTED, VISIT_STATE_DELETED));
  EXPECT_THAT(NextStates(VISIT_STATE_SUBMITTED, PERSON_ROLE_LEAD), IsEmpty());
}

TEST(VisitLifecycle, SaysWhichMoveIsForbidden) {
  const absl::Status status =
      CheckTransition(VISIT_STATE_DRAFT, VISIT_STATE_CONFIRMED, PERSON_ROLE_REVIEWER, "");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "A visit cannot go from DRAFT to CONFIRMED");
}

TEST(VisitLifecycle, FreezesASubmittedVisitExceptForSupplements) {
  const auto reason = [](VisitState state, PersonRole role, int field, bool adds) {
    return ReasonOf(CheckFieldWrite(state, role, field, adds));
  };
  const int findings = Visit::kFindingsFieldNumber;
  EXPECT_EQ(reason(VISIT_STATE_DRAFT, PERSON_ROLE_INSPECTOR, findings, true), "");
  EXPECT_EQ(reason(VISIT_STATE_RETURNED, PERSON_ROLE_INSPECTOR, findings, false), "");
  for (const VisitState state : {VISIT_STATE_SUBMITTED, VISIT_STATE_CONFIRMED, VISIT_STATE_MERGED,
                                 VISIT_STATE_DISMISSED, VISIT_STATE_UNSPECIFIED}) {
    EXPECT_EQ(reason(state, PERSON_ROLE_LEAD, findings, true), "VISIT_FROZEN");
    EXPECT_EQ(reason(state, PERSON_ROLE_LEAD, Visit::kSupplementsFieldNumber, true), "");
    EXPECT_EQ(reason(state, PERSON_ROLE_LEAD, Visit::kEvidenceFieldNumber, true), "");
    EXPECT_EQ(reason(state, PERSON_ROLE_LEAD, Visit::kSupplementsFieldNumber, false),
              "VISIT_FROZEN");
    EXPECT_EQ(reason(state, PERSON_ROLE_LEAD, Visit::kEvidenceFieldNumber, false), "VISIT_FROZEN");
  }
  EXPECT_EQ(reason(VISIT_STATE_DELETED, PERSON_ROLE_LEAD, Visit::kSupplementsFieldNumber, true),
            "VISIT_DELETED");
}

TEST(VisitLifecycle, KeepsTeamAndOfficeApart) {
  const auto code = [](PersonRole role, int field) {
    return CheckFieldWrite(VISIT_STATE_DRAFT, role, field, false).code();
  };
  EXPECT_EQ(code(PERSON_ROLE_REVIEWER, Visit::kReviewFieldNumber), absl::StatusCode::kOk);
  EXPECT_EQ(code(PERSON_ROLE_LEAD, Visit::kReviewFieldNumber), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code(PERSON_ROLE_LEAD, Visit::kOfficialNoFieldNumber),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code(PERSON_ROLE_REVIEWER, Visit::kNoteFieldNumber),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code(PERSON_ROLE_LEADER, Visit::kNoteFieldNumber), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code(PERSON_ROLE_LEAD, Visit::kStateFieldNumber),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace dudao::domain
