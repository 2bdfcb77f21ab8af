#include "office.h"

#include <algorithm>
#include <utility>

#include "dudao/admin/v1/admin.grpc.pb.h"
#include "dudao/blob/v1/blob.grpc.pb.h"
#include "dudao/identity/v1/identity.grpc.pb.h"
#include "dudao/review/v1/review.grpc.pb.h"

namespace dudao::command {
namespace {

constexpr int kPageSize = 500;

template <typename Response>
ImportOutcome OutcomeOf(const Response& response) {
  ImportOutcome outcome;
  if constexpr (requires { response.created(); }) outcome.created = response.created();
  outcome.updated = response.updated();
  outcome.unchanged = response.unchanged();
  for (const auto& problem : response.problems()) {
    outcome.problems.push_back(
        {problem.row(), problem.column(), problem.text_zh(), problem.text_en()});
  }
  return outcome;
}

std::string BytesOfHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::strtol(hex.substr(i, 2).c_str(), nullptr, 16));
  }
  return bytes;
}

}  // namespace

struct Office::Stubs {
  Stubs(const ServerAddress& server, const std::string& session)
      : link(server, session),
        identity(identity::v1::IdentityService::NewStub(link.channel())),
        admin(admin::v1::AdminService::NewStub(link.channel())),
        review(review::v1::ReviewService::NewStub(link.channel())),
        blob(blob::v1::BlobService::NewStub(link.channel())) {}

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
  std::unique_ptr<identity::v1::IdentityService::Stub> identity;
  std::unique_ptr<admin::v1::AdminService::Stub> admin;
  std::unique_ptr<review::v1::ReviewService::Stub> review;
  std::unique_ptr<blob::v1::BlobService::Stub> blob;
};

Office::Office(const ServerAddress& server, const std::string& session)
    : stubs_(std::make_unique<Stubs>(server, session)) {}

Office::~Office() = default;

absl::StatusOr<ImportOutcome> Office::ImportDivisions(const std::string& csv,
                                                      const std::string& pinyin_csv) {
  admin::v1::ImportDivisionsRequest request;
  request.set_csv(csv);
  request.set_pinyin_csv(pinyin_csv);
  const auto response =
      stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::ImportDivisions, request);
  if (!response.ok()) return response.status();
  return OutcomeOf(*response);
}

absl::StatusOr<ImportOutcome> Office::ImportPeople(const std::string& csv, int year,
                                                   bool good_rows) {
  admin::v1::ImportPeopleRequest request;
  request.set_csv(csv);
  request.set_year(year);
  request.set_good_rows(good_rows);
  const auto response =
      stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::ImportPeople, request);
  if (!response.ok()) return response.status();
  ImportOutcome outcome = OutcomeOf(*response);
  outcome.spaces.assign(response->spaces().begin(), response->spaces().end());
  return outcome;
}

absl::StatusOr<ImportOutcome> Office::ImportForm(const std::string& textproto) {
  admin::v1::ImportFormRequest request;
  request.set_textproto(textproto);
  const auto response =
      stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::ImportForm, request);
  if (!response.ok()) return response.status();
  return OutcomeOf(*response);
}

absl::StatusOr<ImportOutcome> Office::ImportHolidays(const std::string& csv) {
  admin::v1::ImportHolidaysRequest request;
  request.set_csv(csv);
  const auto response =
      stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::ImportHolidays, request);
  if (!response.ok()) return response.status();
  ImportOutcome outcome = OutcomeOf(*response);
  for (const auto& due : response->deadlines())
    outcome.firm_days.push_back(
        {due.notice_no(), due.unit_name(), due.due_before(), due.due_after()});
  return outcome;
}

absl::StatusOr<ImportOutcome> Office::ImportVillageMarks(const std::string& csv) {
  admin::v1::ImportVillageMarksRequest request;
  request.set_csv(csv);
  const auto response =
      stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::ImportVillageMarks, request);
  if (!response.ok()) return response.status();
  return OutcomeOf(*response);
}

absl::StatusOr<ImportOutcome> Office::ImportMeasures(const std::string& csv) {
  admin::v1::ImportMeasuresRequest request;
  request.set_csv(csv);
  const auto response =
      stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::ImportMeasures, request);
  if (!response.ok()) return response.status();
  return OutcomeOf(*response);
}

absl::Status Office::CreateSpace(const std::string& space, const std::string& team_id) {
  admin::v1::CreateSpaceRequest request;
  request.set_space(space);
  request.set_team_id(team_id);
  return stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::CreateSpace, request)
      .status();
}

absl::StatusOr<std::string> Office::StateDigest(const std::string& space) {
  review::v1::GetStateDigestRequest request;
  request.set_space(space);
  const auto response =
      stubs_->Call(*stubs_->review, &review::v1::ReviewService::Stub::GetStateDigest, request);
  if (!response.ok()) return response.status();
  return response->digest();
}

absl::Status Office::EachRecord(const std::string& space, uint32_t type_id,
                                const std::function<void(const OfficeRecord&)>& visit) {
  review::v1::ListRecordsRequest request;
  request.set_space(space);
  request.set_type_id(type_id);
  request.set_page_size(kPageSize);
  do {
    const auto page =
        stubs_->Call(*stubs_->review, &review::v1::ReviewService::Stub::ListRecords, request);
    if (!page.ok()) return page.status();
    for (const auto& record : page->records()) visit({record.key(), record.message()});
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

// The service of a package, as the generated stub is named.
namespace {
using identity_stub = identity::v1::IdentityService::Stub;
using admin_stub = admin::v1::AdminService::Stub;
using review_stub = review::v1::ReviewService::Stub;
}  // namespace

#define DUDAO_OFFICE_CALL(package, Method)                                   \
  absl::StatusOr<package::v1::Method##Response> Office::Method(              \
      const package::v1::Method##Request& request) {                         \
    return stubs_->Call(*stubs_->package, &package##_stub::Method, request); \
  }
DUDAO_OFFICE_CALLS(DUDAO_OFFICE_CALL)
#undef DUDAO_OFFICE_CALL

absl::StatusOr<admin::v1::GetServerInfoResponse> Office::ServerInfo() {
  return stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::GetServerInfo,
                      admin::v1::GetServerInfoRequest());
}

absl::StatusOr<uint64_t> Office::Checkpoint() {
  const auto response = stubs_->Call(*stubs_->admin, &admin::v1::AdminService::Stub::Checkpoint,
                                     admin::v1::CheckpointRequest());
  if (!response.ok()) return response.status();
  return response->stored_bytes();
}

absl::StatusOr<uint64_t> Office::CountBlobs(const std::string& space,
                                            const std::vector<std::string>& hashes) {
  constexpr size_t kAtOnce = 1000;
  uint64_t held = 0;
  for (size_t from = 0; from < hashes.size(); from += kAtOnce) {
    blob::v1::ListMissingBlobsRequest request;
    request.set_space(space);
    const size_t to = std::min(hashes.size(), from + kAtOnce);
    for (size_t i = from; i < to; ++i) request.add_sha256(BytesOfHex(hashes[i]));
    const auto response =
        stubs_->Call(*stubs_->blob, &blob::v1::BlobService::Stub::ListMissingBlobs, request);
    if (!response.ok()) return response.status();
    held += to - from - static_cast<uint64_t>(response->sha256_size());
  }
  return held;
}

absl::StatusOr<std::unique_ptr<Office>> OpenOffice(const std::string& session_file) {
  const auto session = LoadSession(session_file);
  if (!session.ok()) return session.status();
  return std::make_unique<Office>(session->server, session->token);
}

absl::StatusOr<identity::v1::SignInResponse> SignInto(const std::string& session_file,
                                                      const ServerAddress& server,
                                                      const std::string& person_id,
                                                      const std::string& password) {
  identity::v1::SignInRequest request;
  request.set_person_id(person_id);
  request.set_password(password);
  auto signed_in = Office(server).SignIn(request);
  if (!signed_in.ok()) return signed_in.status();
  const absl::Status kept =
      SaveSession(session_file, {server, person_id, signed_in->session(), signed_in->expires_ms()});
  if (!kept.ok()) return kept;
  return signed_in;
}

}  // namespace dudao::command
