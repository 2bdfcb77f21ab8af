#include "admin_desk.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "backup_mark.h"
#include "dudao/sync/crdt/status_macros.h"
#include "paging.h"
#include "process_memory.h"
#include "reason.h"
#include "utf8.h"

#ifndef DUDAO_VERSION
#define DUDAO_VERSION "0.0.0"
#endif

namespace dudao::server {
namespace {

constexpr int kRowsUsual = 50;
constexpr int kRowsMost = 500;

double Milliseconds(const std::atomic<uint64_t>& micros) {
  return static_cast<double>(micros.load(std::memory_order_relaxed)) / 1000.0;
}

void FillRow(const sync::Quarantined& what, admin::v1::QuarantineRow& row) {
  row.set_replica(std::string(what.dot.replica.AsBytes()));
  row.set_seq(what.dot.seq);
  row.set_reason(Utf8(what.reason));
  row.set_detail(Utf8(what.detail));
  row.set_author(Utf8(what.author));
  row.set_time_ms(what.time.ms);
  const ReasonText text = QuarantineText(what.reason);
  row.set_text_zh(Utf8(text.zh));
  row.set_text_en(Utf8(text.en));
}

}  // namespace

void AdminDesk::RememberBaseMemory() { base_memory_ = ResidentBytes(); }

absl::StatusOr<admin::v1::CreateSpaceResponse> AdminDesk::CreateSpace(
    const Call& call, const admin::v1::CreateSpaceRequest& request) {
  trust::v1::SpaceRule rule;
  rule.set_space(request.space());
  rule.set_team_id(request.team_id());
  rule.set_shared(request.shared());
  DUDAO_ASSIGN(const bool created, spaces_.Create(rule, call.principal.person_id, call.wall_ms));
  DUDAO_TRY(spaces_.Get(request.space()).status());
  admin::v1::CreateSpaceResponse response;
  response.set_created(created);
  return response;
}

absl::StatusOr<admin::v1::ListSpacesResponse> AdminDesk::ListSpaces(
    const Call&, const admin::v1::ListSpacesRequest&) {
  admin::v1::ListSpacesResponse response;
  for (const auto& rule : spaces_.All()) {
    DUDAO_ASSIGN(Space * space, spaces_.Get(rule.space()));
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const sync::StoreSize size, space->store().Size());
    admin::v1::SpaceInfo& info = *response.add_spaces();
    info.set_space(rule.space());
    info.set_team_id(rule.team_id());
    info.set_shared(rule.shared());
    info.set_records(size.records);
    info.set_changes(size.changes);
    info.set_quarantined(size.quarantined);
    info.set_conflicts(size.conflicts);
    info.set_stored_bytes(static_cast<uint64_t>(space->StoredBytes()));
    info.set_replica(std::string(space->store().self().AsBytes()));
  }
  return response;
}

// Nothing ever leaves the quarantine, so a position in it stays what it was.
absl::StatusOr<admin::v1::ListQuarantineResponse> AdminDesk::ListQuarantine(
    const Call& call, const admin::v1::ListQuarantineRequest& request) {
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string position, tokens_.Position(bound, request.page_token()));
  size_t begin = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &begin)) {
    return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID");
  }
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto entries, space->store().Quarantine());
  const auto size = static_cast<size_t>(PageSize(request.page_size(), kRowsUsual, kRowsMost));
  const size_t end = std::min(entries.size(), begin + size);
  admin::v1::ListQuarantineResponse response;
  for (size_t i = begin; i < end; ++i) FillRow(entries[i].what, *response.add_rows());
  if (end < entries.size())
    response.set_next_page_token(tokens_.PageToken(bound, absl::StrCat(end)));
  return response;
}

absl::StatusOr<uint64_t> AdminDesk::StoredBytes() {
  int64_t bytes = projection_.StoredBytes() + registry_.StoredBytes();
  for (const auto& rule : spaces_.All()) {
    DUDAO_ASSIGN(const Space* space, spaces_.Get(rule.space()));
    bytes += space->StoredBytes();
  }
  DUDAO_ASSIGN(const BlobStore::Totals blobs, blobs_.Count());
  return static_cast<uint64_t>(bytes + blobs.database_bytes);
}

absl::StatusOr<admin::v1::GetServerInfoResponse> AdminDesk::GetServerInfo(
    const Call& call, const admin::v1::GetServerInfoRequest&) {
  admin::v1::GetServerInfoResponse response;
  response.set_version(DUDAO_VERSION);
  response.set_uptime_ms(std::max<int64_t>(0, call.wall_ms - started_ms_));
  DUDAO_ASSIGN(const uint64_t stored, StoredBytes());
  response.set_stored_bytes(stored);
  response.set_exchanges(counters_.exchanges.load(std::memory_order_relaxed));
  response.set_ingest_ms(Milliseconds(counters_.ingest_us));
  response.set_respond_ms(Milliseconds(counters_.respond_us));
  response.set_rss_peak_bytes(PeakResidentBytes());
  response.set_rss_base_bytes(base_memory_);
  DUDAO_ASSIGN(const BlobStore::Totals blobs, blobs_.Count());
  response.set_blob_bytes(static_cast<uint64_t>(blobs.bytes));
  response.set_blobs(static_cast<uint64_t>(blobs.count));
  response.set_last_backup_ms(LastBackupMs(data_dir_));
  response.set_server_key(key_.number());
  response.set_server_fingerprint(key_.Fingerprint());
  return response;
}

absl::Status AdminDesk::CheckpointAll() {
  absl::Status first;
  for (const auto& rule : spaces_.All()) {
    auto space = spaces_.Get(rule.space());
    if (!space.ok()) {
      first.Update(space.status());
      continue;
    }
    absl::MutexLock lock(&(*space)->mutex());
    first.Update((*space)->Checkpoint());
  }
  first.Update(projection_.Checkpoint());
  first.Update(blobs_.Checkpoint());
  first.Update(registry_.Checkpoint());
  return first;
}

absl::StatusOr<admin::v1::CheckpointResponse> AdminDesk::Checkpoint(
    const Call&, const admin::v1::CheckpointRequest&) {
  DUDAO_TRY(CheckpointAll());
  admin::v1::CheckpointResponse response;
  DUDAO_ASSIGN(const uint64_t stored, StoredBytes());
  response.set_stored_bytes(stored);
  return response;
}

}  // namespace dudao::server
