// What becomes of each change that a device brings: taken or not, merged or kept aside.
//
// Made for one upload, from the permissions as they are now; used by exchanges and packages alike.
// A change is taken only if a valid proof covers it, and what it may do follows from who signed it:
// a device speaks for its person and nobody else; what this server signed, it answers for. Judges
// nothing twice and drops nothing. Not thread-safe. Ownership: what it borrows outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "dudao/domain/authority.h"
#include "dudao/sync/log/replica_log.h"
#include "own_heads.h"
#include "space.h"

namespace dudao::server {

// Why a change is kept aside, beside dudao/sync/log/quarantine_reason.h.
// The device was reported lost.
inline constexpr char kDeviceRevoked[] = "DEVICE_REVOKED";

// True for writes that only the office may make: its decisions, and what it issues.
bool HoldsOfficeWrite(const sync::Change& change);

class UploadRules {
 public:
  UploadRules(Space& space, const OwnHeads& heads,
              std::shared_ptr<const domain::Authority> authority)
      : space_(space), heads_(heads), authority_(std::move(authority)) {}

  // Entries of the control log that came with the upload count for its changes.
  void SetAuthority(std::shared_ptr<const domain::Authority> authority) {
    authority_ = std::move(authority);
  }

  // PERMISSION_DENIED (REPLICA_FOREIGN) unless this device may deliver as this replica.
  absl::Status CheckReplica(std::string_view replica, std::string_view device_id) const;
  // What this replica proves is signed today, so with its device's newest key; what is handed on
  // may have been signed with one that was since replaced.
  void SetCaller(std::string_view replica) { caller_ = std::string(replica); }
  absl::Status CheckProof(const sync::HeadProof& proof);
  std::optional<sync::Quarantined> Judge(const sync::Change& change, std::string_view signer);

  // Replicas that were proved for the first time, by their devices. To be bound once the upload is
  // stored.
  const std::vector<std::pair<std::string, std::string>>& proved() const { return proved_; }
  // Fields in which identity numbers were typed, as "type/key path".
  const std::vector<std::string>& identity_numbers() const { return identity_numbers_; }

 private:
  // Whether the change that the proof is about is here, with this chain hash.
  bool IsHeld(const sync::HeadProof& proof);
  std::optional<sync::Quarantined> JudgeSigner(const sync::Change& change, std::string_view signer);
  std::optional<sync::Quarantined> JudgeAuthor(const sync::Change& change, bool server_signed);
  void LookForIdentityNumbers(const sync::Change& change);

  Space& space_;
  const OwnHeads& heads_;
  std::shared_ptr<const domain::Authority> authority_;
  std::string caller_;
  std::vector<std::pair<std::string, std::string>> proved_;
  std::vector<std::string> identity_numbers_;
};

}  // namespace dudao::server
