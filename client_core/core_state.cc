// The client's own state: who, what is unsent, when it last synced.
#include <set>

#include "absl/strings/str_cat.h"
#include "conflict_view.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/schema/record_types.h"
#include "tables.h"

namespace dudao::client {
namespace {

constexpr size_t kWritesShown = 20;

v1::SetAsideState StateOf(sync::JudgedState state) {
  switch (state) {
    case sync::JudgedState::kReleased:
      return v1::SET_ASIDE_STATE_RELEASED;
    case sync::JudgedState::kRefused:
      return v1::SET_ASIDE_STATE_REFUSED;
    default:
      return v1::SET_ASIDE_STATE_PENDING;
  }
}

// What the change wrote, field by field.
void FillWrites(const std::string& bytes, v1::SetAside* out) {
  const auto change = sync::DecodeChange(bytes);
  if (!change.ok()) return;
  for (const sync::Operation& op : change->ops) {
    if (out->writes_size() >= static_cast<int>(kWritesShown)) return;
    if (op.path.empty()) continue;
    v1::FieldValue typed;
    std::string text;
    FillValue(op.record, op.path, op.kind, op.value, &typed, &text);
    out->add_writes(absl::StrCat(sync::PathText(op.record.type, op.path), ": ",
                                 op.value.is_absent() ? "-" : text));
  }
}

void FillSetAside(const sync::QuarantineEntry& entry, v1::SetAside* out) {
  const sync::Quarantined& what = entry.what;
  FillDot(what.dot, out->mutable_dot());
  out->set_reason(what.reason);
  out->set_text_zh(TextOf(what.reason).zh);
  out->set_text_en(TextOf(what.reason).en);
  out->set_author(what.author);
  out->set_time_ms(what.time.ms);
  out->set_state(StateOf(entry.state));
  out->set_change_hash(entry.change_hash);
  FillWrites(entry.change, out);
}

}  // namespace

absl::Status Core::FillAside(const std::string& space, sync::Store& store,
                             const v1::SpaceStatus& refused, v1::SpaceStatus* out) {
  DUDAO_ASSIGN(const auto quarantine, store.Quarantine());
  std::set<std::string> shown;
  std::set<std::string> by_peer;
  for (const v1::SetAside& aside : refused.set_aside())
    by_peer.insert(aside.dot().SerializeAsString());
  for (const sync::QuarantineEntry& entry : quarantine) {
    v1::SetAside* aside = out->add_set_aside();
    FillSetAside(entry, aside);
    const std::string dot = aside->dot().SerializeAsString();
    shown.insert(dot);
    aside->set_refused_by_peer(by_peer.contains(dot));
    const trust::v1::Verdict* verdict = trust_.authority().VerdictOn(
        space, entry.what.dot.replica.AsBytes(), entry.what.dot.seq, entry.change_hash);
    if (verdict != nullptr) aside->set_decision_reason(verdict->reason());
  }
  // Refused by the server and not held aside here: another change has its number there.
  for (const v1::SetAside& aside : refused.set_aside()) {
    if (!shown.contains(aside.dot().SerializeAsString())) *out->add_set_aside() = aside;
  }
  return absl::OkStatus();
}

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
  DUDAO_ASSIGN(
      sync::Statement row,
      db_->Prepare(
          "SELECT last_sync_ms, last_sync_reason, refused FROM client_space WHERE space = ?1"));
  DUDAO_ASSIGN(const bool any, row.BindText(1, space).Step());
  v1::SpaceStatus refused;
  if (!any) return FillAside(space, store, refused, out);
  out->set_last_sync_ms(row.Int(0));
  out->set_last_sync_reason(std::string(row.Text(1)));
  out->set_last_sync_ok(row.Int(0) != 0 && row.Text(1).empty());
  if (!refused.ParseFromString(std::string(row.Blob(2)))) refused.Clear();
  return FillAside(space, store, refused, out);
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
  DUDAO_ASSIGN(const int64_t free_pages, QueryInt(*db_, "PRAGMA freelist_count"));
  response.set_free_bytes(static_cast<uint64_t>(free_pages * page_bytes));
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
