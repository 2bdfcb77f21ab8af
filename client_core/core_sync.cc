// Sync: the session, and what is kept of it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"
#include "tables.h"

namespace dudao::client {
namespace {

constexpr int kRefusedMax = 1000;

}  // namespace

// What the person may replicate, and what still waits to be delivered.
std::vector<std::string> Core::SpacesToSync() {
  std::vector<std::string> spaces;
  if (trust_.enrolled()) spaces = trust_.spaces();
  for (const auto& [space, store] : spaces_.all()) {
    if (std::find(spaces.begin(), spaces.end(), space) != spaces.end()) continue;
    const auto unsent = store->UnsentChanges(kSyncPeer);
    if (!trust_.enrolled() || !unsent.ok() || *unsent > 0) spaces.push_back(space);
  }
  return spaces;
}

absl::StatusOr<v1::BeginSyncResponse> Core::BeginSync(const v1::BeginSyncRequest& request) {
  SyncPlan plan;
  plan.spaces.assign(request.spaces().begin(), request.spaces().end());
  if (plan.spaces.empty()) plan.spaces = SpacesToSync();
  for (const std::string& space : plan.spaces) DUDAO_TRY(spaces_.Get(space).status());
  plan.include_blobs = request.include_blobs();
  plan.bytes_start = request.bytes_start();
  plan.app_version = options_.app_version;
  EndSession();
  if (!trust_.key_change()) {
    StartSession(std::move(plan));
    return v1::BeginSyncResponse();
  }
  // Which of two keys counts is asked first.
  DUDAO_ASSIGN(KeyRotation rotation, KeyRotation::Begin(trust_, {}, next_call_id_));
  rotation_.emplace(std::move(rotation));
  after_rotation_ = std::move(plan);
  return v1::BeginSyncResponse();
}

void Core::StartSession(SyncPlan plan) {
  session_.emplace(SyncParts{spaces_, blobs_, trust_, delivery_, options_.seams}, std::move(plan),
                   next_call_id_);
}

// One thing at a time; a late answer to what ran before is known by its number.
void Core::EndSession() {
  if (session_) next_call_id_ = session_->next_call_id();
  if (enrolment_) next_call_id_ = enrolment_->next_call_id();
  if (rotation_) next_call_id_ = rotation_->next_call_id();
  session_.reset();
  enrolment_.reset();
  rotation_.reset();
  after_rotation_.reset();
}

// A rotation by itself ends as told; one before a sync makes way for it, whatever came of it.
absl::StatusOr<v1::PollResponse> Core::PollRotation() {
  if (after_rotation_ && rotation_->done()) {
    SyncPlan plan = *std::move(after_rotation_);
    EndSession();
    StartSession(std::move(plan));
    return session_->Poll();
  }
  DUDAO_ASSIGN(v1::PollResponse response, rotation_->Poll());
  if (rotation_->ended()) EndSession();
  return response;
}

absl::StatusOr<v1::PollResponse> Core::Poll(const v1::PollRequest&) {
  v1::PollResponse response;
  if (enrolment_) {
    response = enrolment_->Poll();
    if (enrolment_->ended()) EndSession();
    return response;
  }
  if (rotation_) return PollRotation();
  if (!session_) {
    response.set_idle(true);
    return response;
  }
  response = session_->Poll();
  if (!session_->ended()) return response;
  const absl::Status kept = KeepSyncResult();
  EndSession();
  DUDAO_TRY(kept);
  return response;
}

absl::StatusOr<v1::DeliverResponse> Core::Deliver(const v1::DeliverRequest& request) {
  if (enrolment_) return DeliverToEnrolment(request);
  if (rotation_) return DeliverToRotation(request);
  v1::DeliverResponse response;
  response.set_known(session_ && session_->Deliver(request));
  if (!response.known()) return response;
  DUDAO_TRY(CheckRevoked(session_->revoked()));
  if (!usable_.ok()) EndSession();
  return response;
}

absl::StatusOr<v1::CancelSyncResponse> Core::CancelSync(const v1::CancelSyncRequest&) {
  EndSession();
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
  {
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
    DUDAO_TRY(SaveSetting(*db_, kSyncEndSetting, absl::StrCat(WallMs())));
    if (session_->report().ok())
      DUDAO_TRY(SaveSetting(*db_, kSyncSuccessSetting, absl::StrCat(WallMs())));
    DUDAO_TRY(trust_.KeepClockOffset());
    DUDAO_TRY(transaction.Commit());
  }
  if (!trust_.enrolled()) return absl::OkStatus();
  DUDAO_TRY(trust_.SettleKeyChange());
  // What the control log brought: verdicts on changes of other spaces, a newer key of the office.
  for (const auto& [space, store] : spaces_.all()) DUDAO_TRY(trust_.ApplyVerdicts(*store));
  if (trust_.state() == trust::v1::DEVICE_STATE_RETIRED)
    DUDAO_TRY(trust_.AddEvent(kDeviceRetired, ""));
  return SealToOffice();
}

}  // namespace dudao::client
