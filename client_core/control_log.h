// The server's control log as this tablet holds it: verified, folded, and kept for ever.
//
// Several generations may be kept: where a restored server starts its log anew, the old one stays
// as evidence and is offered to the server, which lost it. Only the newest is in force. Not
// synchronised; borrows the database. Durability: that of Flush; after an error of Admit or Restart
// nothing changed. Errors: UNAUTHENTICATED (CONTROL_REFUSED) for entries that do not
// hold, (SERVER_UNPROVEN) for a log of another server, (SERVER_KEY_OLD) for
// one that lacks the newest key of the server that is known here; those of the storage.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dudao/domain/authority.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/trust/control_chain.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::client {

class ControlLog {
 public:
  using Entries = absl::Span<const trust::v1::ControlEntry>;

  explicit ControlLog(sync::Database& db) : db_(&db) {}

  absl::Status Load();
  // Entries that follow on those held; known ones are passed over. Checked and in force at once,
  // durable with the next Flush.
  absl::Status Admit(Entries entries);
  // The same for a log that begins anew. `server_key`: what its first entry must hold.
  absl::Status Restart(Entries entries, std::string_view server_key);
  // Makes durable what was admitted. `with` is done in the same transaction; may be null.
  absl::Status Flush(const std::function<absl::Status()>& with = nullptr);

  const sync::ControlChain& chain() const { return chain_; }
  const domain::Authority& authority() const { return authority_; }

  // Verdicts on changes of a space that are newer than `mark`, which is moved; "" for all of them.
  absl::StatusOr<std::vector<trust::v1::Verdict>> VerdictsSince(std::string_view space,
                                                                std::string& mark) const;

  // What a server lacks that knows `peer_position` entries: newer ones, and those of older
  // generations that it signed and has lost.
  absl::StatusOr<std::vector<trust::v1::ControlEntry>> Offer(uint64_t peer_position) const;
  // True where `entry` is signed by the server and says that `device` is revoked, and nothing newer
  // that is held says otherwise. `keys`: announcements of keys that are not held yet.
  absl::StatusOr<bool> ProvesRevocation(const trust::v1::ControlEntry& entry, Entries keys,
                                        std::string_view device) const;

 private:
  struct Kept {
    int64_t generation = 0;
    trust::v1::ControlEntry entry;
  };
  absl::StatusOr<std::vector<Kept>> ReadAll() const;
  sync::Database* db_;
  int64_t generation_ = 0;
  sync::ControlChain chain_;
  domain::Authority authority_;
  std::vector<Kept> unsaved_;
};

}  // namespace dudao::client
