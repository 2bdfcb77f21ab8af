// The server as a signer: heads of its own replicas, receipts, and, once, everything that lay in a
// folder from before signatures.
//
// Also remembers whom each replica belongs to: the device that proved it first. Knows nothing of
// permission. Thread-safe; the caller holds the space. Errors are the store's. Durability: a head
// is signed after the commit that made it and before it is handed out; one that a crash leaves
// unsigned is signed at the next start.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server_db.h"
#include "server_key.h"
#include "space.h"

namespace dudao::server {

class OwnHeads {
 public:
  static absl::StatusOr<std::unique_ptr<OwnHeads>> Create(const ServerKey& key, ServerDb& db);

  // When a space is opened: reads its proofs. In a folder from before signatures the server vouches
  // for all heads that it finds, this one time.
  absl::Status Open(Space& space) ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());
  // Signs what this server has written since; cheap where that is nothing. Opens what is not open.
  absl::Status Sign(Space& space) ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

  // Fills in suite, key and signature, and says that the server signs.
  absl::StatusOr<sync::HeadProof> Prove(std::string_view space, sync::HeadProof proof) const;
  absl::Status SignReceipt(std::string_view space, sync::Receipt& receipt) const;
  // Whether a proof that names the server is the server's. `held`: the change that it proves is
  // held here as it says. By a key that was replaced only what is held is believed, for that key
  // may be in other hands; but in a folder that was restored, which may have lost what it signed
  // with it.
  absl::Status CheckOwn(std::string_view space, const sync::HeadProof& proof, bool held) const;
  // Before the first call.
  void SetRestored(bool restored) { restored_ = restored; }

  // Device that a replica belongs to; empty where none has proved it.
  std::string OwnerOf(std::string_view space, std::string_view replica) const;
  // The first one counts.
  void Bind(std::string_view space, std::string_view replica, std::string_view device_id);

 private:
  OwnHeads(const ServerKey& key, ServerDb& db) : key_(key), db_(db) {}
  absl::StatusOr<bool> IsVouched(const std::string& space);
  absl::Status Vouch(Space& space) ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());
  absl::Status SignHead(Space& space, const sync::Head& head)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

  const ServerKey& key_;
  ServerDb& db_;
  bool restored_ = false;
  mutable absl::Mutex mutex_;
  std::set<std::string, std::less<>> open_ ABSL_GUARDED_BY(mutex_);
  // By space and replica.
  std::map<std::string, std::string, std::less<>> owners_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t, std::less<>> signed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
