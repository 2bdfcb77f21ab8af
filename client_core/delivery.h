// What was written here and what the server says it holds of it.
//
// Own records are counted from the own changes in the log, each once, at a sync or a report: a save
// costs nothing for it. Files are those that were added here. The server's answer to
// ConfirmDelivery is kept with the number of the newest own change at that time, so a later save
// makes the report unequal again. Not synchronised; borrows all it is given. Durability: what Keep
// answered with OK is on disk. Errors: those of the storage.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "blobs.h"
#include "dudao/client/v1/identity.pb.h"
#include "dudao/sync/store/store.h"
#include "dudao/sync/v1/sync.pb.h"
#include "spaces.h"
#include "trust.h"

namespace dudao::client {

// What the server is asked, and the state that it is asked about.
struct DeliveryQuestion {
  std::vector<sync::v1::ConfirmDeliveryRequest> requests;  // one, unless there is very much
  uint64_t own_seq = 0;
  uint32_t records = 0;
  uint32_t files = 0;
};

class Delivery {
 public:
  Delivery(sync::Database& db, Blobs& blobs, Trust& trust)
      : db_(db), blobs_(blobs), trust_(trust) {}

  // No requests where the newest answer was "equal" and nothing was written since.
  absl::StatusOr<DeliveryQuestion> Ask(sync::Store& store);
  // Keeps what the server answered to all of them; its receipt is checked.
  absl::Status Keep(sync::Store& store, const DeliveryQuestion& question,
                    const std::vector<sync::v1::ConfirmDeliveryResponse>& answers);
  // Checks a receipt for this replica and keeps it. UNAUTHENTICATED (RECEIPT_INVALID).
  absl::Status TakeReceipt(sync::Store& store, const trust::v1::Receipt& receipt);

  // What the server of a space confirmed proves nothing any more: the next sync asks anew.
  absl::Status Doubt(std::string_view space);

  absl::StatusOr<v1::GetDeliveryReportResponse> Report(sync::Store& store);

 private:
  struct Row {
    std::string replica;
    uint64_t counted_seq = 0;
    uint64_t own_seq = 0;
    uint32_t records = 0;
    uint32_t files = 0;
    uint32_t records_held = 0;
    uint32_t files_held = 0;
    int64_t server_time_ms = 0;
  };
  // What is here now.
  struct Present {
    uint64_t own_seq = 0;
    std::vector<sync::RecordId> records;
    std::vector<std::string> files;
  };

  absl::StatusOr<Row> Load(std::string_view space);
  absl::Status Store(std::string_view space, const Row& row);
  absl::Status Count(sync::Store& store);
  absl::Status CountReplica(sync::Store& store, const sync::ReplicaId& replica, uint64_t after);
  absl::StatusOr<bool> Settled(sync::Store& store);
  absl::StatusOr<Present> Look(sync::Store& store);
  absl::StatusOr<std::vector<trust::v1::Receipt>> OwnReceipts(sync::Store& store);

  sync::Database& db_;
  Blobs& blobs_;
  Trust& trust_;
};

}  // namespace dudao::client
