// The exchange of one space, with what comes along: proofs, receipts, the control log, verdicts.
//
// What the server says of its control log is checked and in force before the proofs that came with
// it are looked at; what does not hold ends the space and becomes an event. Not synchronised;
// borrows all it is given. Durability and errors: those of the exchange and of the storage;
// UNAUTHENTICATED (CONTROL_REFUSED, SERVER_UNPROVEN) where the server is not the one it should be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/client/seams.h"
#include "dudao/client/v1/sync.pb.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/store/store.h"
#include "trust.h"

namespace dudao::client {

inline constexpr char kSyncPeer[] = "server";

struct SpaceSyncOptions {
  size_t bytes_start = 0;  // 0 for the default
  std::string app_version;
  bool offer_control = false;  // give a restored server what it lost of its control log
};

class SpaceSync {
 public:
  SpaceSync(sync::Store& store, Trust& trust, Random& random, const SpaceSyncOptions& options);
  SpaceSync(const SpaceSync&) = delete;
  SpaceSync& operator=(const SpaceSync&) = delete;

  // The next request, or nothing where both sides are known to be equal.
  absl::StatusOr<std::optional<std::string>> Next(int64_t wall_ms);
  absl::Status Receive(std::string_view response);
  void Failed() { initiator_->Failed(); }
  // The server does not know this device, for it enrolled after the backup from which the server
  // was restored: the next request brings along what the server once signed. False where that was
  // tried.
  bool Introduce();
  // The server knows this replica as another device's: the file was enrolled as one after it had
  // been another's, or two tablets were set up from one image. The replica goes by a fresh id; what
  // of the old one the server does not hold is found and made again (protocol.md). False where that
  // was tried.
  absl::StatusOr<bool> StepAside();

  sync::Store& store() { return store_; }
  // How far it has come.
  void AddTo(v1::SyncProgress& progress) const;
  // The same at the end, with what was kept aside.
  void FillResult(v1::SpaceSyncResult& result) const;
  // Tells people what happened. Once, at the end.
  absl::Status RaiseEvents();
  // True where the server did not take changes for want of a proof.
  bool unproven() const;
  // The server came back from a backup. Not yet noted durably with the server's history: a sync
  // that ends before that finds out again.
  bool history_replaced() const {
    return before_.history_replaced || initiator_->totals().history_replaced;
  }
  // Control entries came.
  bool control_changed() const { return control_changed_; }

 private:
  void Begin(std::vector<trust::v1::ControlEntry> offer);
  void AdmitControl();
  absl::Status AdmitEntries(ControlLog::Entries entries, bool restart);
  absl::Status CheckProof(const trust::v1::HeadProof& proof);
  absl::Status CheckReceipt(const trust::v1::Receipt& receipt);
  sync::FreshIdentity FreshIdentity();

  sync::Store& store_;
  Trust& trust_;
  Random& random_;
  SpaceSyncOptions options_;
  std::optional<sync::Initiator> initiator_;
  sync::ExchangeTotals before_;  // of an exchange that was followed by another to offer control
  size_t admitted_ = 0;          // control entries of the running exchange
  bool restart_seen_ = false;    // of the running exchange
  absl::Status control_status_;
  bool offered_ = false;
  bool introduced_ = false;
  bool stepped_aside_ = false;
  bool control_changed_ = false;
  bool control_restarted_ = false;
  bool receipt_doubted_ = false;
};

}  // namespace dudao::client
