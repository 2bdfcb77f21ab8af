#include "document_desk.h"

#include <algorithm>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/personal.h"
#include "dudao/domain/text.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "finding_case.h"
#include "papers.h"
#include "reason.h"
#include "rectification_desk.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using review::v1::ExportLedgerRequest;

constexpr int kRowsMost = 30'000;
constexpr int kPage = 1000;
// What is left of a message for everything else in it.
constexpr size_t kDocumentBytesMost = kMessageBytesMax - (64 << 10);

absl::Status TooWide() { return Error(absl::StatusCode::kResourceExhausted, "EXPORT_TOO_WIDE"); }

std::string Today(const Call& call) { return domain::FormatDay(domain::LocalDay(call.wall_ms)); }

// Of a name of a file, what no file system minds.
std::string FileName(std::string text) {
  for (char& c : text) c = c == '/' || c == '\\' || c == ':' || c == '"' ? '_' : c;
  return text;
}

absl::Status AddSheets(const LedgerTable& table, bool per_township, const std::string& when,
                       Workbook& book) {
  std::map<std::string, std::vector<std::vector<std::string>>> sheets;
  if (!per_township || table.rows.empty()) sheets[table.title];
  for (const LedgerRow& row : table.rows)
    sheets[per_township ? (row.township.empty() ? "县直" : row.township) : table.title].push_back(
        row.cells);
  for (const auto& [name, rows] : sheets) {
    const std::string title =
        absl::StrCat(table.title, per_township ? "（" + name + "）" : "", "  ", when);
    DUDAO_TRY(book.AddSheet(name, title, table.columns, rows));
  }
  return absl::OkStatus();
}

absl::StatusOr<records::v1::Rectification> LoadOwn(Spaces& spaces, const FindingRowData& row) {
  records::v1::Rectification own;
  if (!row.decided) return own;
  DUDAO_ASSIGN(Space * space, spaces.Get(row.space));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto stored, space->store().Load(RectificationId(row.finding_id)));
  if (stored) static_cast<void>(own.ParseFromString(stored->record.Materialise()));
  return own;
}

}  // namespace

absl::StatusOr<LedgerTable> DocumentDesk::FindingsTable(const Call& call,
                                                        const ExportLedgerRequest& request,
                                                        const PaperNames& names) {
  DUDAO_ASSIGN(FindingQuery query, QueryOf(request.filter(), call.wall_ms));
  Restrict(spaces_, call.principal, query);
  DUDAO_ASSIGN(const int64_t total, projection_.CountFindings(query));
  if (total > kRowsMost) return TooWide();
  LedgerTable table = FindingsLedger();
  FindingPosition after;
  while (true) {
    DUDAO_ASSIGN(const auto rows,
                 projection_.Findings(query, table.rows.empty() ? nullptr : &after, kPage));
    for (const FindingRowData& row : rows) {
      DUDAO_ASSIGN(const auto own, LoadOwn(spaces_, row));
      table.rows.push_back(FindingsLedgerRow(row, own, call.wall_ms, names));
    }
    if (rows.size() < static_cast<size_t>(kPage)) return table;
    after = {rows.back().sort, rows.back().space, rows.back().finding_id};
  }
}

absl::StatusOr<LedgerTable> DocumentDesk::VisitsTable(const Call& call,
                                                      const ExportLedgerRequest& request,
                                                      const PaperNames& names) {
  // The same checks as for findings; what does not fit visits is passed over.
  DUDAO_TRY(QueryOf(request.filter(), call.wall_ms).status());
  VisitQuery query;
  query.spaces = spaces_.Readable(call.principal);
  query.team_id = request.filter().team_id();
  query.unit_prefix = request.filter().unit_prefix();
  query.from_date = request.filter().from_date();
  query.to_date = request.filter().to_date();
  query.text = request.filter().text();
  DUDAO_ASSIGN(const int64_t total, projection_.CountVisits(query));
  if (total > kRowsMost) return TooWide();
  LedgerTable table = VisitsLedger();
  DUDAO_ASSIGN(const auto rows, projection_.Visits(query, nullptr, kRowsMost));
  for (const VisitRowData& row : rows) table.rows.push_back(VisitsLedgerRow(row, names));
  return table;
}

absl::StatusOr<LedgerTable> DocumentDesk::AccessTable(const ExportLedgerRequest& request,
                                                      const PaperNames& names) {
  LedgerTable table = AccessLedger();
  AccessQuery query;
  query.count = static_cast<size_t>(kPage);
  const auto from = domain::ParseDay(request.filter().from_date());
  const auto to = domain::ParseDay(request.filter().to_date());
  if (from) query.from_ms = domain::UnixMs(absl::CivilSecond(*from));
  if (to) query.before_ms = domain::UnixMs(absl::CivilSecond(*to + 1));
  while (true) {
    DUDAO_ASSIGN(const auto rows, access_.Rows(query));
    for (const auto& row : rows) table.rows.push_back(AccessLedgerRow(row, names));
    if (rows.size() < query.count) return table;
    query.after = rows.back().position();
    if (table.rows.size() > static_cast<size_t>(kRowsMost)) return TooWide();
  }
}

absl::StatusOr<LedgerTable> DocumentDesk::TableOf(const Call& call,
                                                  const ExportLedgerRequest& request,
                                                  const PaperNames& names) {
  switch (request.kind()) {
    case review::v1::LEDGER_KIND_FINDINGS:
      return FindingsTable(call, request, names);
    case review::v1::LEDGER_KIND_VISITS:
      return VisitsTable(call, request, names);
    case review::v1::LEDGER_KIND_COVERAGE: {
      DUDAO_ASSIGN(const auto units,
                   projection_.Coverage(spaces_.Readable(call.principal),
                                        request.filter().unit_prefix(), call.wall_ms));
      return CoverageLedger(units, names);
    }
    case review::v1::LEDGER_KIND_ACCESS:
      if (!IsOffice(call.principal.role))
        return Error(absl::StatusCode::kPermissionDenied, "ROLE_FORBIDDEN");
      return AccessTable(request, names);
    default:
      return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "kind");
  }
}

absl::StatusOr<review::v1::ExportLedgerResponse> DocumentDesk::ExportLedger(
    const Call& call, const ExportLedgerRequest& request) {
  const bool office = IsOffice(call.principal.role);
  DUDAO_ASSIGN(const PaperNames names, PaperNames::Load(spaces_, projection_, office));
  DUDAO_ASSIGN(const LedgerTable table, TableOf(call, request, names));
  DUDAO_ASSIGN(const auto book, Workbook::Create(folder_));
  DUDAO_TRY(AddSheets(table, request.sheet_per_township(), Today(call), *book));
  review::v1::ExportLedgerResponse response;
  DUDAO_ASSIGN(*response.mutable_content(), book->Make());
  if (response.content().size() > kDocumentBytesMost) return TooWide();
  DUDAO_TRY(access_.Append(
      call.principal.person_id, kDocumentMade,
      absl::StrCat(review::v1::LedgerKind_Name(request.kind()), " ", table.rows.size(), " ",
                   Utf8(domain::MaskText(request.filter().ShortDebugString().substr(0, 200))))));
  response.set_file_name(absl::StrCat(table.title, "-", Today(call), ".xlsx"));
  response.set_rows(static_cast<int64_t>(table.rows.size()));
  return response;
}

absl::StatusOr<review::v1::RenderVisitResponse> DocumentDesk::RenderVisit(
    const Call& call, const review::v1::RenderVisitRequest& request) {
  if (request.key().empty() || request.key().size() > sync::kRecordKeyBytesMax)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "key");
  const bool office = IsOffice(call.principal.role);
  DUDAO_ASSIGN(const PaperNames names, PaperNames::Load(spaces_, projection_, office));
  records::v1::Visit visit;
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  {
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const auto stored, space->store().Load(VisitId(request.key())));
    if (!stored || !stored->record.exists())
      return Error(absl::StatusCode::kNotFound, "RECORD_UNKNOWN");
    static_cast<void>(visit.ParseFromString(stored->record.Materialise()));
  }
  DUDAO_TRY(access_.Append(
      call.principal.person_id, kDocumentMade,
      absl::StrCat("visit ", request.space(), "/", absl::BytesToHexString(request.key()))));
  review::v1::RenderVisitResponse response;
  DUDAO_ASSIGN(*response.mutable_content(), VisitPaper(visit, names));
  if (response.content().size() > kDocumentBytesMost) return TooWide();
  response.set_file_name(FileName(absl::StrCat("督导检查记录-", visit.temp_no(), ".docx")));
  return response;
}

absl::StatusOr<review::v1::RenderNoticeResponse> DocumentDesk::RenderNotice(
    const Call& call, const review::v1::RenderNoticeRequest& request) {
  DUDAO_ASSIGN(const FindingRowData row,
               FindSeen(projection_, call.principal, request.space(), request.finding_id()));
  if (row.notice_no.empty())
    return domain::Refusal(absl::StatusCode::kFailedPrecondition, "RECTIFICATION_NOT_ISSUED");
  const bool office = IsOffice(call.principal.role);
  DUDAO_ASSIGN(const PaperNames names, PaperNames::Load(spaces_, projection_, office));
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  FindingCase finding;
  {
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(finding, LoadCase(*space, row.finding_id, row.visit_key));
  }
  DUDAO_TRY(access_.Append(call.principal.person_id, kDocumentMade,
                           absl::StrCat("notice ", row.space, "/", row.notice_no)));
  review::v1::RenderNoticeResponse response;
  DUDAO_ASSIGN(*response.mutable_content(), NoticePaper(finding.own, finding.visit, names));
  if (response.content().size() > kDocumentBytesMost) return TooWide();
  response.set_file_name(FileName(absl::StrCat("整改通知书-", row.notice_no, ".docx")));
  return response;
}

}  // namespace dudao::server
