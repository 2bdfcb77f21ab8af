// Overviews over all spaces that the caller may read: what changed, which units were seen, figures.
//
// No ranking of people, no online time. Thread-safe. Errors: INVALID_ARGUMENT (REQUEST_INVALID,
// PAGE_TOKEN_INVALID), and those of the storage.
#pragma once

#include "absl/status/statusor.h"
#include "call.h"
#include "dudao/review/v1/ledger.pb.h"
#include "projection.h"
#include "revisions.h"
#include "spaces.h"
#include "token.h"

namespace dudao::server {

class LedgerDesk {
 public:
  LedgerDesk(Spaces& spaces, Projection& projection, const Revisions& revisions,
             const TokenSigner& tokens)
      : spaces_(spaces), projection_(projection), revisions_(revisions), tokens_(tokens) {}

  absl::StatusOr<review::v1::GetRevisionResponse> GetRevision(
      const Call& call, const review::v1::GetRevisionRequest& request);
  absl::StatusOr<review::v1::ListCoverageResponse> ListCoverage(
      const Call& call, const review::v1::ListCoverageRequest& request);
  absl::StatusOr<review::v1::GetStatisticsResponse> GetStatistics(
      const Call& call, const review::v1::GetStatisticsRequest& request);

 private:
  Spaces& spaces_;
  Projection& projection_;
  const Revisions& revisions_;
  const TokenSigner& tokens_;
};

}  // namespace dudao::server
