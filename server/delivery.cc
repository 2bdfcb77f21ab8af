#include "delivery.h"

#include <algorithm>

#include "dudao/sync/crdt/status_macros.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int kRecordsMax = 2000;
constexpr int kBlobsMax = 5000;
constexpr int kBlobsAtOnce = 1000;
constexpr size_t kHashBytes = 32;

absl::Status Check(const sync::v1::ConfirmDeliveryRequest& request) {
  const auto bad = [](std::string_view detail) {
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", detail);
  };
  if (request.records_size() > kRecordsMax) return bad("at most 2000 records");
  if (request.blobs_size() > kBlobsMax) return bad("at most 5000 files");
  for (const auto& name : request.records()) {
    if (name.key().empty() || name.key().size() > sync::kRecordKeyBytesMax) return bad("key");
  }
  for (const std::string& hash : request.blobs()) {
    if (hash.size() != kHashBytes) return Error(absl::StatusCode::kInvalidArgument, "HASH_INVALID");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<sync::v1::ConfirmDeliveryResponse> Delivery::Confirm(
    const Call& call, const sync::v1::ConfirmDeliveryRequest& request) {
  DUDAO_TRY(Check(request));
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  sync::v1::ConfirmDeliveryResponse response;
  response.set_time_ms(call.wall_ms);
  for (int from = 0; from < request.blobs_size(); from += kBlobsAtOnce) {
    blob::v1::ListMissingBlobsRequest part;
    part.set_space(request.space());
    const int end = std::min(request.blobs_size(), from + kBlobsAtOnce);
    for (int i = from; i < end; ++i) part.add_sha256(request.blobs(i));
    DUDAO_ASSIGN(const auto missing, blobs_.Missing(part));
    for (const std::string& hash : missing.sha256()) response.add_blobs_missing(hash);
  }
  response.set_blobs_held(
      static_cast<uint32_t>(request.blobs_size() - response.blobs_missing_size()));
  absl::MutexLock lock(&space->mutex());
  for (const auto& name : request.records()) {
    DUDAO_ASSIGN(const auto stored, space->store().Load({name.type_id(), name.key()}));
    if (!stored) *response.add_records_missing() = name;
  }
  response.set_records_held(
      static_cast<uint32_t>(request.records_size() - response.records_missing_size()));
  DUDAO_ASSIGN(const auto receipt, space->store().NewestReceipt());
  if (receipt) *response.mutable_receipt() = *receipt;
  return response;
}

}  // namespace dudao::server
