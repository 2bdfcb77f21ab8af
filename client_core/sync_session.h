// One sync, without IO: which call comes next, and what its answer means.
//
// First each space (sync/log/exchange.h), then the files that wait (blob_transfers.h). One call is
// out at a time. A failed call is made again a few times with growing pauses where that may help;
// then its space or file is given up until the next sync. Everything durable is in the stores and
// tables; a session itself may be thrown away at any point. Not synchronised; borrows all it is
// given.
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
#include "dudao/client/seams.h"
#include "dudao/client/v1/sync.pb.h"
#include "dudao/sync/log/exchange.h"
#include "spaces.h"

namespace dudao::client {

inline constexpr char kSyncPeer[] = "server";

struct SyncPlan {
  std::vector<std::string> spaces;
  bool include_blobs = false;
  size_t bytes_start = 0;  // 0 for the default
  std::string app_version;
};

class SyncSession {
 public:
  SyncSession(Spaces& spaces, Blobs& blobs, Clock& clock, SyncPlan plan, uint64_t next_call_id);

  // The next step; INTERNAL statuses of the storage below end the space, not the session.
  v1::PollResponse Poll();
  // False where the call is not the one that is out.
  bool Deliver(const v1::DeliverRequest& outcome);

  uint64_t next_call_id() const { return next_call_id_; }
  bool ended() const { return ended_; }
  const v1::SyncFinished& report() const { return report_; }
  // Server's wall clock less ours at the last answer; nothing where there was none.
  std::optional<int64_t> clock_offset_ms() const { return clock_offset_ms_; }

 private:
  v1::PollResponse Wait(int64_t ms) const;
  v1::PollResponse HandOut(std::string_view method, std::string request);
  void NextSpace();
  // A call for the space in work, or nothing where it is done.
  std::optional<v1::PollResponse> PollSpace();
  std::optional<v1::PollResponse> PollBlobs();
  v1::PollResponse Finish();
  void EndSpace(const absl::Status& status, std::string_view reason);
  void DeliverToSpace(const v1::DeliverRequest& outcome);
  void DeliverToBlob(const v1::DeliverRequest& outcome);
  // True where the failed call shall be made again, after a pause.
  bool MayRetry(int32_t code);
  v1::SyncProgress Progress() const;

  Spaces& spaces_;
  Clock& clock_;
  SyncPlan plan_;
  BlobTransfers transfers_;

  size_t space_ = 0;  // index into plan_.spaces
  std::optional<sync::Initiator> initiator_;
  uint64_t next_call_id_;
  uint64_t call_out_ = 0;  // 0: none
  bool for_blob_ = false;
  int attempts_ = 0;      // failures in a row of the call in work
  int64_t pause_ms_ = 0;  // told to the host once, before the next call
  bool ended_ = false;
  std::optional<int64_t> clock_offset_ms_;
  v1::SyncProgress done_;  // of spaces that have ended, and bytes of all calls
  v1::SyncFinished report_;
};

}  // namespace dudao::client
