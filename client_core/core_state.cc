// The client's own state: who, what is unsent, when it last synced.
#include "conflict_view.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "tables.h"

namespace dudao::client {
namespace {

void FillSetAside(const sync::QuarantineEntry& entry, v1::SetAside* out) {
  const sync::Quarantined& what = entry.what;
  FillDot(what.dot, out->mutable_dot());
  out->set_reason(what.reason);
  out->set_text_zh(std::string(TextOf(what.reason).zh));
  out->set_text_en(std::string(TextOf(what.reason).en));
  out->set_author(what.author);
  out->set_time_ms(what.time.ms);
}

}  // namespace

absl::Status Core::FillSpaceStatus(const std::string& space, sync::Store& store,
                                   v1::SpaceStatus* out) {
  out->set_space(space);
  out->set_replica(std::string(store.self().AsBytes()));
  DUDAO_ASSIGN(const uint64_t unsent, store.UnsentChanges(kSyncPeer));
  out->set_unsent_changes(unsent);
  DUDAO_ASSIGN(const sync::StoreSize size, store.Size());
  out->set_records(size.records);
  out->set_changes(size.changes);
  out->set_conflicts(size.conflicts);
  DUDAO_ASSIGN(const auto quarantine, store.Quarantine());
  for (const sync::QuarantineEntry& entry : quarantine) FillSetAside(entry, out->add_set_aside());
  DUDAO_ASSIGN(
      sync::Statement row,
      db_->Prepare(
          "SELECT last_sync_ms, last_sync_reason, refused FROM client_space WHERE space = ?1"));
  DUDAO_ASSIGN(const bool any, row.BindText(1, space).Step());
  if (!any) return absl::OkStatus();
  out->set_last_sync_ms(row.Int(0));
  out->set_last_sync_reason(std::string(row.Text(1)));
  out->set_last_sync_ok(row.Int(0) != 0 && row.Text(1).empty());
  v1::SpaceStatus refused;
  if (refused.ParseFromString(std::string(row.Blob(2))))
    out->mutable_set_aside()->MergeFrom(refused.set_aside());
  return absl::OkStatus();
}

absl::StatusOr<v1::GetStatusResponse> Core::GetStatus(const v1::GetStatusRequest&) {
  v1::GetStatusResponse response;
  response.set_person_id(trust_.person_id());
  response.set_device_name(trust_.device_name());
  for (const auto& [space, store] : spaces_.all()) {
    DUDAO_TRY(FillSpaceStatus(space, *store, response.add_spaces()));
  }
  response.set_drafts(static_cast<uint32_t>(forms_.Drafts().size()));
  DUDAO_ASSIGN(const auto transfers, blobs_.Transfers());
  for (const TransferEntry& transfer : transfers) {
    if (!transfer.upload) continue;
    response.set_unsent_blobs(response.unsent_blobs() + 1);
    response.set_unsent_blob_bytes(response.unsent_blob_bytes() + transfer.byte_size -
                                   transfer.bytes_done);
  }
  response.set_clock_offset_ms(trust_.clock_offset_ms());
  const int64_t offset_ms = trust_.clock_offset_ms();
  const bool skewed = offset_ms > sync::kClockSkewMaxMs || offset_ms < -sync::kClockSkewMaxMs;
  response.set_clock_doubt(skewed || WallMs() < sync::kClockFloorMs);
  DUDAO_ASSIGN(const int64_t pages, QueryInt(*db_, "PRAGMA page_count"));
  DUDAO_ASSIGN(const int64_t page_bytes, QueryInt(*db_, "PRAGMA page_size"));
  response.set_database_bytes(static_cast<uint64_t>(pages * page_bytes));
  DUDAO_ASSIGN(const int64_t blob_bytes, QueryInt(*db_, "SELECT sum(byte_size) FROM client_blob"));
  response.set_blob_bytes(static_cast<uint64_t>(blob_bytes));
  return response;
}

absl::StatusOr<v1::GetStateDigestResponse> Core::GetStateDigest(
    const v1::GetStateDigestRequest& request) {
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(request.space()));
  DUDAO_ASSIGN(const sync::Hash digest, store->StateDigest());
  v1::GetStateDigestResponse response;
  response.set_digest(std::string(sync::HashBytes(digest)));
  return response;
}

}  // namespace dudao::client
