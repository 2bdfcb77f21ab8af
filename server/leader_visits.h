// Fact-finding visits of county leaders (领导调研), entered by the office from what their
// secretaries say.
//
// Such a visit is an ordinary visit record in a space of its own (team kLeadersTeam, one space a
// year), submitted from the start and marked as entered on behalf. Its problems are findings like
// any other: they wait in the inbox and go to 销号; their finder is the leader. It counts for the
// leader and for nothing that teams owe. Thread-safe. Errors: INVALID_ARGUMENT (REQUEST_INVALID
// with the field, LEADER_UNKNOWN, MEASURE_UNKNOWN, UNIT_UNKNOWN, VISIT_DATE_WRONG, and those of
// CheckText), and the storage's. What was answered is durable.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "call.h"
#include "dudao/records/v1/reference.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/review/v1/review.pb.h"
#include "projection.h"
#include "spaces.h"
#include "write_back.h"

namespace dudao::server {

class LeaderVisits {
 public:
  LeaderVisits(Spaces& spaces, Projection& projection, WriteBack& after)
      : spaces_(spaces), projection_(projection), after_(after) {}

  absl::StatusOr<review::v1::RecordLeaderVisitResponse> RecordLeaderVisit(
      const Call& call, const review::v1::RecordLeaderVisitRequest& request);

 private:
  absl::Status Check(const Call& call, const review::v1::RecordLeaderVisitRequest& request);
  absl::Status CheckProblem(const review::v1::LeaderProblem& problem);
  // The visit without its numbers.
  absl::StatusOr<records::v1::Visit> VisitOf(const Call& call,
                                             const review::v1::RecordLeaderVisitRequest& request);
  absl::Status Number(const std::string& space, records::v1::Visit& visit);

  Spaces& spaces_;
  Projection& projection_;
  WriteBack& after_;
};

// OK where no measure is named or the list has it, MEASURE_UNKNOWN else.
absl::Status CheckMeasure(Spaces& spaces, const std::string& measure_id);

}  // namespace dudao::server
