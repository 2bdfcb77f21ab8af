// What a tablet needs before it may remove anything: the server counts what it holds of it.
//
// Counts records that exist here in their merged state and files that are complete in this space;
// a record all of whose changes are kept aside counts as missing. Thread-safe. Errors:
// INVALID_ARGUMENT (REQUEST_INVALID: too many or malformed names), and the storage's.
#pragma once

#include "absl/status/statusor.h"
#include "blob_store.h"
#include "call.h"
#include "dudao/sync/v1/sync.pb.h"
#include "spaces.h"

namespace dudao::server {

class Delivery {
 public:
  Delivery(Spaces& spaces, BlobStore& blobs) : spaces_(spaces), blobs_(blobs) {}

  absl::StatusOr<sync::v1::ConfirmDeliveryResponse> Confirm(
      const Call& call, const sync::v1::ConfirmDeliveryRequest& request);

 private:
  Spaces& spaces_;
  BlobStore& blobs_;
};

}  // namespace dudao::server
