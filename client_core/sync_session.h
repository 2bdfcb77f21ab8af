// One sync, without IO: which call comes next, and what its answer means.
//
// First each space (space_sync.h), then the files that wait (blob_transfers.h), then the question
// whether all of it arrived (delivery.h). One call is out at a time; each is signed. A failed call
// is made again a few times with growing pauses where that may help, and at once where only the
// signature's time was wrong; then its space or file is given up until the next sync. Everything
// durable is in the stores and tables; a session itself may be thrown away at any point. Not
// synchronised; borrows all it is given.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "blob_transfers.h"
#include "blobs.h"
#include "call_retry.h"
#include "delivery.h"
#include "dudao/client/seams.h"
#include "dudao/client/v1/sync.pb.h"
#include "space_sync.h"
#include "spaces.h"
#include "trust.h"

namespace dudao::client {

struct SyncPlan {
  std::vector<std::string> spaces;
  bool include_blobs = false;
  size_t bytes_start = 0;  // 0 for the default
  std::string app_version;
};

// What a session works with.
struct SyncParts {
  Spaces& spaces;
  Blobs& blobs;
  Trust& trust;
  Delivery& delivery;
  const Seams& seams;
};

class SyncSession {
 public:
  SyncSession(const SyncParts& parts, SyncPlan plan, uint64_t next_call_id);

  // The next step; INTERNAL statuses of the storage below end the space, not the session.
  v1::PollResponse Poll();
  // False where the call is not the one that is out.
  bool Deliver(const v1::DeliverRequest& outcome);

  uint64_t next_call_id() const { return next_call_id_; }
  bool ended() const { return ended_; }
  const v1::SyncFinished& report() const { return report_; }
  // The server has proven that this device is revoked.
  bool revoked() const { return revoked_; }

 private:
  enum class Subject { kSpace, kBlob, kDelivery };

  v1::PollResponse Wait(int64_t ms) const;
  v1::PollResponse HandOut(Subject subject, std::string_view method, std::string request);
  // A call for the space in work, or nothing where it is done.
  std::optional<v1::PollResponse> PollSpace();
  std::optional<v1::PollResponse> PollBlobs();
  std::optional<v1::PollResponse> PollDelivery();
  v1::PollResponse Finish();
  void ForgiveForbidden();
  absl::Status BeginSpace();
  void EndSpace(absl::Status status, std::string_view reason);
  void EndDelivery();
  absl::Status DoubtDelivery();
  void TakeHints(const v1::CallError& error);
  void DeliverToSpace(const v1::DeliverRequest& outcome);
  void DeliverToBlob(const v1::DeliverRequest& outcome);
  void DeliverToDelivery(const v1::DeliverRequest& outcome);
  v1::SyncProgress Progress() const;

  SyncParts parts_;
  SyncPlan plan_;
  BlobTransfers transfers_;

  size_t space_ = 0;  // index into plan_.spaces
  std::optional<SpaceSync> exchange_;
  bool doubted_ = false;                // what the server of this space once confirmed
  std::deque<std::string> to_confirm_;  // spaces that ended well
  DeliveryQuestion question_;           // about the first of them; answered as far as confirmed_
  std::vector<sync::v1::ConfirmDeliveryResponse> confirmed_;
  uint64_t next_call_id_;
  uint64_t call_out_ = 0;  // 0: none
  Subject subject_ = Subject::kSpace;
  CallRetry retry_;  // of the call in work
  bool ended_ = false;
  bool revoked_ = false;
  v1::SyncProgress done_;  // of spaces that have ended, and bytes of all calls
  v1::SyncFinished report_;
};

}  // namespace dudao::client
