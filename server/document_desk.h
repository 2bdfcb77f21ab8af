// Documents for people: ledgers as workbooks, notices and visit records as Word documents.
//
// Names are in clear for the office only, and each such document is in the access log; telephones
// are masked for everybody. Thread-safe. Errors: RESOURCE_EXHAUSTED (EXPORT_TOO_WIDE: narrow the
// filter), NOT_FOUND (RECORD_UNKNOWN), INVALID_ARGUMENT (REQUEST_INVALID), PERMISSION_DENIED
// (ROLE_FORBIDDEN: the access log is not for everybody), FAILED_PRECONDITION
// (RECTIFICATION_NOT_ISSUED), and the storage's.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "access_log.h"
#include "call.h"
#include "dudao/review/v1/ledger.pb.h"
#include "ledger_tables.h"
#include "projection.h"
#include "spaces.h"

namespace dudao::server {

// Event of the access log: a document with names in clear was made.
inline constexpr char kDocumentMade[] = "DOCUMENT_MADE";

class DocumentDesk {
 public:
  // `folder`: where files lie while they are made.
  DocumentDesk(Spaces& spaces, Projection& projection, AccessLog& access, std::string folder)
      : spaces_(spaces), projection_(projection), access_(access), folder_(std::move(folder)) {}

  absl::StatusOr<review::v1::ExportLedgerResponse> ExportLedger(
      const Call& call, const review::v1::ExportLedgerRequest& request);
  absl::StatusOr<review::v1::RenderVisitResponse> RenderVisit(
      const Call& call, const review::v1::RenderVisitRequest& request);
  absl::StatusOr<review::v1::RenderNoticeResponse> RenderNotice(
      const Call& call, const review::v1::RenderNoticeRequest& request);

 private:
  absl::StatusOr<LedgerTable> TableOf(const Call& call,
                                      const review::v1::ExportLedgerRequest& request,
                                      const PaperNames& names);
  absl::StatusOr<LedgerTable> FindingsTable(const Call& call,
                                            const review::v1::ExportLedgerRequest& request,
                                            const PaperNames& names);
  absl::StatusOr<LedgerTable> VisitsTable(const Call& call,
                                          const review::v1::ExportLedgerRequest& request,
                                          const PaperNames& names);
  absl::StatusOr<LedgerTable> AccessTable(const review::v1::ExportLedgerRequest& request,
                                          const PaperNames& names);

  Spaces& spaces_;
  Projection& projection_;
  AccessLog& access_;
  const std::string folder_;
};

}  // namespace dudao::server
