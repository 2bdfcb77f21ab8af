// What the office does with merged records: list, read with conflicts and history, settle, decide.
//
// Writes are ordinary changes of the server's replica whose author is the caller and whose context
// is what the caller's page showed, and only while the record is still what was shown. Personal
// data is masked in every answer, for every role: nothing that a page writes needs the raw value (a
// conflict is settled by choosing, not by sending a value back), and whoever needs it in clear asks
// PrivacyDesk, which logs it. Thread-safe.
// Errors: NOT_FOUND (RECORD_UNKNOWN), ABORTED (CONTENT_CHANGED: read again), INVALID_ARGUMENT
// (CONFLICT_UNKNOWN, CHOICE_INVALID, CONTEXT_INVALID, PAGE_TOKEN_INVALID, REQUEST_INVALID),
// FAILED_PRECONDITION (the domain's transitions), and those of the storage.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "call.h"
#include "dudao/review/v1/review.pb.h"
#include "projection.h"
#include "spaces.h"
#include "token.h"
#include "write_back.h"

namespace dudao::server {

class ReviewDesk {
 public:
  ReviewDesk(Spaces& spaces, Projection& projection, WriteBack& after, const TokenSigner& tokens)
      : spaces_(spaces), projection_(projection), after_(after), tokens_(tokens) {}

  absl::StatusOr<review::v1::ListVisitsResponse> ListVisits(
      const Call& call, const review::v1::ListVisitsRequest& request);
  absl::StatusOr<review::v1::ListRecordsResponse> ListRecords(
      const Call& call, const review::v1::ListRecordsRequest& request);
  absl::StatusOr<review::v1::GetRecordResponse> GetRecord(
      const Call& call, const review::v1::GetRecordRequest& request);
  absl::StatusOr<review::v1::ListConflictsResponse> ListConflicts(
      const Call& call, const review::v1::ListConflictsRequest& request);
  absl::StatusOr<review::v1::ResolveConflictResponse> ResolveConflict(
      const Call& call, const review::v1::ResolveConflictRequest& request);
  absl::StatusOr<review::v1::SendConflictToLeadResponse> SendConflictToLead(
      const Call& call, const review::v1::SendConflictToLeadRequest& request);
  absl::StatusOr<review::v1::ListHistoryResponse> ListHistory(
      const Call& call, const review::v1::ListHistoryRequest& request);
  absl::StatusOr<review::v1::DecideVisitResponse> DecideVisit(
      const Call& call, const review::v1::DecideVisitRequest& request);
  absl::StatusOr<review::v1::GetMonthBoardResponse> GetMonthBoard(
      const Call& call, const review::v1::GetMonthBoardRequest& request);
  absl::StatusOr<review::v1::GetStateDigestResponse> GetStateDigest(
      const Call& call, const review::v1::GetStateDigestRequest& request);

 private:
  struct Saving {
    std::string context;
    uint32_t flags = 0;
    std::vector<sync::Operation> ops;  // of one record first
  };
  // Saves as the caller and returns the record's digest afterwards.
  absl::StatusOr<std::string> Save(Space& space, const Call& call, Saving saving)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

  Spaces& spaces_;
  Projection& projection_;
  WriteBack& after_;
  const TokenSigner& tokens_;
};

}  // namespace dudao::server
