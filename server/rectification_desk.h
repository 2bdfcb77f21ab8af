// Findings from the inbox to 销号: lists, one finding with everything around it, what the office
// decides, what the responsible units answer.
//
// A decision is written as an ordinary change in the team's space, whose author is the caller and
// whose context is what the page showed, and only while visit and rectification are still what was
// shown. A reporter sees the notices of the own unit and nothing else; whoever may not see a
// finding does not learn whether it exists. Personal data is masked in every answer. Thread-safe.
// Errors: NOT_FOUND (RECORD_UNKNOWN), ABORTED (CONTENT_CHANGED: read again), PERMISSION_DENIED,
// FAILED_PRECONDITION and INVALID_ARGUMENT (dudao/domain/rectification.h, CONTEXT_INVALID,
// PAGE_TOKEN_INVALID, REQUEST_INVALID), and those of the storage.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "call.h"
#include "dudao/review/v1/rectification.pb.h"
#include "finding_case.h"
#include "notice_numbers.h"
#include "projection.h"
#include "spaces.h"
#include "token.h"
#include "write_back.h"

namespace dudao::server {

class RectificationDesk {
 public:
  RectificationDesk(Spaces& spaces, Projection& projection, WriteBack& after,
                    const TokenSigner& tokens, NoticeNumbers& numbers)
      : spaces_(spaces),
        projection_(projection),
        after_(after),
        tokens_(tokens),
        numbers_(numbers) {}

  // finding_lists.cc
  absl::StatusOr<review::v1::ListFindingsResponse> ListFindings(
      const Call& call, const review::v1::ListFindingsRequest& request);
  absl::StatusOr<review::v1::ListAlikeFindingsResponse> ListAlikeFindings(
      const Call& call, const review::v1::ListAlikeFindingsRequest& request);
  absl::StatusOr<review::v1::GetFindingResponse> GetFinding(
      const Call& call, const review::v1::GetFindingRequest& request);
  // rectification_decisions.cc
  absl::StatusOr<review::v1::DecideFindingResponse> DecideFinding(
      const Call& call, const review::v1::DecideFindingRequest& request);
  // rectification_answers.cc
  absl::StatusOr<review::v1::AnswerFindingResponse> AnswerFinding(
      const Call& call, const review::v1::AnswerFindingRequest& request);

 private:
  using Decide = review::v1::DecideFindingRequest;
  using Answer = review::v1::AnswerFindingRequest;
  // A look-back or a later visit that a decision takes up.
  struct Evidence {
    std::string visit_key;
    records::v1::Visit visit;
    records::v1::LookbackItem item;
    std::string checker_id;
  };

  absl::StatusOr<review::v1::GetFindingResponse> Show(const Call& call, const FindingRowData& row);
  absl::Status ShowLookBacks(const Call& call, const FindingRowData& row,
                             const records::v1::Rectification& own,
                             review::v1::GetFindingResponse& out);

  // The finding, if it still is what the caller was shown.
  absl::StatusOr<FindingCase> LoadUnchanged(Space& space, const FindingRowData& row,
                                            const std::string& digest)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());
  absl::Status Save(Space& space, const Call& call, const FindingCase& finding,
                    const std::string& context, CaseEdit edit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

  absl::Status DecideSimply(const Call& call, const Decide& request, const FindingRowData& row);
  absl::Status Issue(const Call& call, const Decide& request, const FindingRowData& row);
  absl::Status Merge(const Call& call, const Decide& request, const FindingRowData& row);
  absl::Status SendLookBack(const Call& call, const Decide& request, const FindingRowData& row);
  absl::Status TakeCheck(const Call& call, const Decide& request, const FindingRowData& row);
  absl::Status Reopen(const Call& call, const Decide& request, const FindingRowData& row);

  absl::StatusOr<Evidence> LoadEvidence(const std::string& space, const std::string& visit_key,
                                        const std::string& finding_id);
  // Adds the source to the finding that goes on; true where it was not there.
  absl::Status AddSource(const Call& call, const Decide::Merge& into,
                         const records::v1::FindingSource& source);
  absl::Status WriteTask(const Call& call, const std::string& space_name,
                         const records::v1::OfficeTask& task);
  absl::Status EndLookBackTasks(const Call& call, const std::string& team_id,
                                const std::string& like, const std::string& finding_id);

  Spaces& spaces_;
  Projection& projection_;
  WriteBack& after_;
  const TokenSigner& tokens_;
  NoticeNumbers& numbers_;
};

// The row, if the caller may see it: NOT_FOUND (RECORD_UNKNOWN) else. Who reads the space was asked
// before; a reporter sees the notices of the own unit.
absl::StatusOr<FindingRowData> FindSeen(Projection& projection, const Principal& principal,
                                        const std::string& space, const std::string& finding_id);
// As lists show it.
void FillFindingRow(const FindingRowData& data, int64_t now_ms, bool for_office,
                    review::v1::FindingRow& row);
// INVALID_ARGUMENT for what no list can be filtered by.
absl::StatusOr<FindingQuery> QueryOf(const review::v1::FindingFilter& filter, int64_t now_ms);
// Narrows it to what the caller may see.
void Restrict(const Spaces& spaces, const Principal& principal, FindingQuery& query);

// A text of a person: not longer than `bytes_max`, without an identity number.
absl::Status CheckText(std::string_view text, std::string_view name, size_t bytes_max);
// The same, and not blank: RECTIFICATION_FIELD_REQUIRED.
absl::Status CheckRequired(std::string_view text, std::string_view name, size_t bytes_max);

}  // namespace dudao::server
