// The server-ordered control log: who may do what, which device, which space, which verdict.
//
// It signs, chains and stores entries (table `control` of server.db) and keeps what they add up to
// as a domain::Authority. It is the only truth for permissions; person and team records of the
// office space are for display. Does not: act on entries (whoever appends a verdict also judges the
// store). Thread-safe; a Snapshot never changes. Lock order: a space, then this log, then
// server.db. Errors: DATA_LOSS (CONTROL_LOG_DAMAGED) at Open for a chain that does not hold, and
// the storage's. Durability: what Append or Adopt returned survives power loss.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "dudao/domain/authority.h"
#include "dudao/sync/trust/control_chain.h"
#include "dudao/trust/v1/trust.pb.h"
#include "server_db.h"
#include "server_key.h"

namespace dudao::server {

class ControlLog {
 public:
  using Entry = trust::v1::ControlEntry;
  using Body = trust::v1::ControlBody;
  using Authority = domain::Authority;

  // Whether there is any entry.
  static absl::StatusOr<bool> Exists(ServerDb& db);
  // Number of entries.
  static absl::StatusOr<uint64_t> Length(ServerDb& db);
  // Checks the stored chain; appends entry 1 (the server's key) to an empty one, and announces keys
  // of the file that the log does not know yet. FAILED_PRECONDITION (SERVER_KEY_OLD) where the file
  // lacks a key that the log knows.
  static absl::StatusOr<std::unique_ptr<ControlLog>> Open(ServerDb& db, const ServerKey& key,
                                                          int64_t wall_ms);

  // `actor`: person id, or "system".
  absl::StatusOr<Entry> Append(const Body& body, std::string_view actor, int64_t wall_ms);
  // Reads and writes in one step: no other entry comes between what `decide` saw and what it wants
  // appended. All bodies or none; an error of `decide` is returned and nothing is appended.
  using Decision = std::function<absl::StatusOr<std::vector<Body>>(const Authority&)>;
  absl::StatusOr<std::vector<Entry>> Decide(const Decision& decide, std::string_view actor,
                                            int64_t wall_ms);

  // What all entries add up to; cheap, never null.
  std::shared_ptr<const Authority> Snapshot() const;

  struct Chain {
    uint64_t position = 0;
    std::string hash8;  // empty while empty
  };
  Chain chain() const;
  // First 8 bytes of the hash of the entry at this position; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> Hash8At(uint64_t position) const;
  absl::StatusOr<std::optional<Entry>> EntryAt(uint64_t position) const;
  // Oldest first, at most `count`.
  absl::StatusOr<std::vector<Entry>> EntriesAfter(uint64_t position, size_t count) const;

  // Which of these, brought by somebody else, this server stands for
  // (sync::ControlChain::Believed).
  std::vector<bool> Believed(absl::Span<const Entry> entries) const;
  // The entries that announced all keys but the first.
  absl::StatusOr<std::vector<Entry>> KeyEntries() const;
  // Where the newest key was announced.
  uint64_t KeySince() const;

  // Entries that a tablet brings back after this server was restored from a backup. Those that
  // continue our chain are stored as they are; those of another branch that are believed and that
  // nothing newer here overrules are appended as Recovered; all others are ignored. Repeating it
  // changes nothing. Returns what is new, in order; a Recovered entry as it was appended.
  // FAILED_PRECONDITION (SERVER_KEY_OLD) where they show that our key was replaced since.
  absl::StatusOr<std::vector<Entry>> Adopt(absl::Span<const Entry> entries, int64_t wall_ms);

 private:
  ControlLog(ServerDb& db, const ServerKey& key) : db_(db), key_(key) {}
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckKeys() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Announce(int64_t wall_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether this entry announces a key that the file lacks.
  bool ShowsNewerKey(const Entry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Signs what follows `chain` with its newest key, and moves it on.
  absl::StatusOr<Entry> Sign(sync::ControlChain& chain, const Body& body, std::string_view actor,
                             int64_t wall_ms) const;
  // Stores in one transaction, then takes over chain and authority.
  absl::Status Store(const std::vector<Entry>& entries, sync::ControlChain chain)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<bool> Knows(const Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True where what is known here is newer than this lost entry.
  bool Overruled(const Authority& authority, const Entry& inner) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remember(const Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ServerDb& db_;
  const ServerKey& key_;
  mutable absl::Mutex mutex_;
  sync::ControlChain chain_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Authority> authority_ ABSL_GUARDED_BY(mutex_);
  // When what an entry is about was last decided, by subject.
  std::map<std::string, int64_t> subject_ms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
