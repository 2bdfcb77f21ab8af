#include "finding_office.h"

#include "dudao/review/v1/ledger.grpc.pb.h"
#include "dudao/review/v1/rectification.grpc.pb.h"
#include "session.h"

namespace dudao::command {
namespace {

using RectificationStub = review::v1::RectificationService::Stub;
using LedgerStub = review::v1::LedgerService::Stub;

constexpr int kPageSize = 500;

}  // namespace

struct FindingOffice::Stubs {
  Stubs(const ServerAddress& server, const std::string& session)
      : link(server, session),
        Rectification(review::v1::RectificationService::NewStub(link.channel())),
        Ledger(review::v1::LedgerService::NewStub(link.channel())) {}

  template <typename Response, typename Stub, typename Request>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    link.Prepare(context);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

  ServerLink link;
  // Named as the services, for the list of calls.
  std::unique_ptr<RectificationStub> Rectification;  // NOLINT(readability-identifier-naming)
  std::unique_ptr<LedgerStub> Ledger;                // NOLINT(readability-identifier-naming)
};

FindingOffice::FindingOffice(const ServerAddress& server, const std::string& session)
    : stubs_(std::make_unique<Stubs>(server, session)) {}

FindingOffice::~FindingOffice() = default;

#define DUDAO_FINDING_CALL(Service, Method)                                 \
  absl::StatusOr<review::v1::Method##Response> FindingOffice::Method(       \
      const review::v1::Method##Request& request) {                         \
    return stubs_->Call(*stubs_->Service, &Service##Stub::Method, request); \
  }
DUDAO_FINDING_CALLS(DUDAO_FINDING_CALL)
#undef DUDAO_FINDING_CALL

absl::StatusOr<review::v1::GetFindingResponse> FindingOffice::Find(const std::string& named) {
  review::v1::ListFindingsRequest request;
  request.set_page_size(kPageSize);
  do {
    const auto page = ListFindings(request);
    if (!page.ok()) return page.status();
    for (const auto& row : page->findings()) {
      if (row.temp_no() != named && row.notice_no() != named && row.finding_id() != named) continue;
      review::v1::GetFindingRequest get;
      get.set_space(row.space());
      get.set_finding_id(row.finding_id());
      return GetFinding(get);
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::NotFoundError("FINDING_NOT_FOUND: " + named);
}

absl::StatusOr<std::unique_ptr<FindingOffice>> OpenFindingOffice(const std::string& session_file) {
  const auto session = LoadSession(session_file);
  if (!session.ok()) return session.status();
  return std::make_unique<FindingOffice>(session->server, session->token);
}

}  // namespace dudao::command
