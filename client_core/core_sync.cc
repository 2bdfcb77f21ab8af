// Sync: the session, and what is kept of it.
#include "absl/strings/str_cat.h"
#include "core.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"
#include "tables.h"

namespace dudao::client {
namespace {

// Smaller differences are travel time of the answer.
constexpr int64_t kClockOffsetStepMs = 2000;
constexpr int kRefusedMax = 1000;

}  // namespace

absl::StatusOr<v1::BeginSyncResponse> Core::BeginSync(const v1::BeginSyncRequest& request) {
  SyncPlan plan;
  plan.spaces.assign(request.spaces().begin(), request.spaces().end());
  for (const std::string& space : plan.spaces) DUDAO_TRY(spaces_.Get(space).status());
  if (plan.spaces.empty()) {
    for (const auto& [space, store] : spaces_.all()) plan.spaces.push_back(space);
  }
  plan.include_blobs = request.include_blobs();
  plan.bytes_start = request.bytes_start();
  plan.app_version = options_.app_version;
  if (session_) next_call_id_ = session_->next_call_id();
  session_.emplace(spaces_, blobs_, *options_.seams.clock, std::move(plan), next_call_id_);
  return v1::BeginSyncResponse();
}

absl::StatusOr<v1::PollResponse> Core::Poll(const v1::PollRequest&) {
  v1::PollResponse response;
  if (!session_) {
    response.set_idle(true);
    return response;
  }
  response = session_->Poll();
  if (!session_->ended()) return response;
  const absl::Status kept = KeepSyncResult();
  next_call_id_ = session_->next_call_id();
  session_.reset();
  DUDAO_TRY(kept);
  return response;
}

absl::StatusOr<v1::DeliverResponse> Core::Deliver(const v1::DeliverRequest& request) {
  v1::DeliverResponse response;
  response.set_known(session_ && session_->Deliver(request));
  return response;
}

absl::StatusOr<v1::CancelSyncResponse> Core::CancelSync(const v1::CancelSyncRequest&) {
  if (session_) next_call_id_ = session_->next_call_id();
  session_.reset();
  return v1::CancelSyncResponse();
}

absl::StatusOr<std::string> Core::RefusedBytes(const v1::SpaceSyncResult& result) {
  v1::SpaceStatus all;
  DUDAO_ASSIGN(sync::Statement row,
               db_->Prepare("SELECT refused FROM client_space WHERE space = ?1"));
  DUDAO_ASSIGN(const bool any, row.BindText(1, result.space()).Step());
  if (any && !all.ParseFromString(std::string(row.Blob(0)))) all.Clear();
  for (const v1::SetAside& aside : result.set_aside()) {
    bool known = !aside.refused_by_peer() || all.set_aside_size() >= kRefusedMax;
    for (const v1::SetAside& old : all.set_aside()) {
      known = known || old.dot().SerializeAsString() == aside.dot().SerializeAsString();
    }
    if (!known) *all.add_set_aside() = aside;
  }
  return all.SerializeAsString();
}

absl::Status Core::KeepSyncResult() {
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(*db_));
  for (const v1::SpaceSyncResult& result : session_->report().spaces()) {
    DUDAO_ASSIGN(const std::string refused, RefusedBytes(result));
    DUDAO_ASSIGN(
        sync::Statement row,
        db_->Prepare(
            "UPDATE client_space SET last_sync_ms = ?2, last_sync_reason = ?3, refused = ?4"
            " WHERE space = ?1"));
    row.BindText(1, result.space()).BindInt(2, WallMs());
    DUDAO_TRY(row.BindText(3, result.reason()).BindBlob(4, refused).Run());
  }
  const auto offset = session_->clock_offset_ms();
  if (offset && std::abs(*offset - clock_offset_ms_) > kClockOffsetStepMs) {
    DUDAO_TRY(SaveSetting(*db_, kClockOffsetSetting, absl::StrCat(*offset)));
    clock_offset_ms_ = *offset;
  }
  return transaction.Commit();
}

}  // namespace dudao::client
