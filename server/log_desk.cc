#include "log_desk.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "paging.h"
#include "reason.h"
#include "retention.h"

namespace dudao::server {
namespace {

constexpr int kRowsUsual = 100;
constexpr int kRowsMost = 500;

}  // namespace

absl::StatusOr<admin::v1::ListControlResponse> LogDesk::ListControl(
    const Call&, const admin::v1::ListControlRequest& request) {
  const auto size = static_cast<size_t>(PageSize(request.page_size(), kRowsUsual, kRowsMost));
  DUDAO_ASSIGN(auto entries, control_.EntriesAfter(request.after(), size + 1));
  admin::v1::ListControlResponse response;
  response.set_more(entries.size() > size);
  if (entries.size() > size) entries.resize(size);
  for (auto& entry : entries) *response.add_entries() = std::move(entry);
  return response;
}

absl::StatusOr<admin::v1::ListAccessResponse> LogDesk::ListAccess(
    const Call& call, const admin::v1::ListAccessRequest& request) {
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string position, tokens_.Position(bound, request.page_token()));
  uint64_t after = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &after))
    return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID");
  const auto size = static_cast<size_t>(PageSize(request.page_size(), kRowsUsual, kRowsMost));
  AccessQuery query;
  query.after = after;
  query.newest_first = request.newest_first();
  query.actor = request.actor();
  query.event = request.event();
  query.count = size + 1;
  DUDAO_ASSIGN(auto rows, access_.Rows(query));
  admin::v1::ListAccessResponse response;
  const bool more = rows.size() > size;
  if (more) rows.resize(size);
  if (more)
    response.set_next_page_token(tokens_.PageToken(bound, absl::StrCat(rows.back().position())));
  for (auto& row : rows) *response.add_rows() = std::move(row);
  return response;
}

absl::StatusOr<admin::v1::ListRetentionResponse> LogDesk::ListRetention(
    const Call& call, const admin::v1::ListRetentionRequest& request) {
  constexpr int kYearsMost = 100;
  if (request.years() < 1 || request.years() > kYearsMost)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "years: 1 to 100");
  DUDAO_ASSIGN(const RetentionList due, Retention(projection_, request.years()).Due(call.wall_ms));
  admin::v1::ListRetentionResponse response;
  response.set_before(due.before);
  for (const DueVisit& visit : due.visits) {
    admin::v1::RetentionVisit& row = *response.add_visits();
    row.set_space(visit.space);
    row.set_key(visit.key);
    row.set_temp_no(visit.temp_no);
    row.set_visit_date(visit.visit_date);
  }
  for (const DueFile& file : due.files) {
    admin::v1::RetentionFile& row = *response.add_files();
    row.set_space(file.space);
    row.set_hash(file.sha256);
  }
  return response;
}

}  // namespace dudao::server
