// The office's findings and ledgers as the command needs them, over gRPC.
//
// One channel, made on construction; every call has a deadline. Used by one thread.
// Errors: as the server gives them; UNAVAILABLE where it cannot be reached; NOT_FOUND for a finding
// that nobody knows by that name.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dudao/review/v1/ledger.pb.h"
#include "dudao/review/v1/rectification.pb.h"
#include "server_link.h"

namespace dudao::command {

// Calls that are handed through as they are: service and method.
// clang-format off
#define DUDAO_FINDING_CALLS(X) \
  X(Rectification, ListFindings) \
  X(Rectification, GetFinding) \
  X(Rectification, DecideFinding) \
  X(Rectification, AnswerFinding) \
  X(Rectification, ListAlikeFindings) \
  X(Rectification, RenderNotice) \
  X(Ledger, GetRevision) \
  X(Ledger, ListCoverage) \
  X(Ledger, GetStatistics) \
  X(Ledger, ExportLedger) \
  X(Ledger, RenderVisit)
// clang-format on

class FindingOffice {
 public:
  FindingOffice(const ServerAddress& server, const std::string& session);
  ~FindingOffice();

#define DUDAO_FINDING_CALL(Service, Method) \
  absl::StatusOr<review::v1::Method##Response> Method(const review::v1::Method##Request& request);
  DUDAO_FINDING_CALLS(DUDAO_FINDING_CALL)
#undef DUDAO_FINDING_CALL

  // The finding that a person names by its temporary number, the number of its notice, or its id.
  absl::StatusOr<review::v1::GetFindingResponse> Find(const std::string& named);

 private:
  struct Stubs;
  std::unique_ptr<Stubs> stubs_;
};

// With the session that `dudao sign-in` left in `session_file`.
absl::StatusOr<std::unique_ptr<FindingOffice>> OpenFindingOffice(const std::string& session_file);

}  // namespace dudao::command
