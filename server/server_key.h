// The server's private keys: one pair signs receipts, own heads and the control log, and opens
// packages; older pairs only open what was sealed to them.
//
// Kept in <data_dir>/server.key (mode 0600, text), made at the first start and part of every
// backup: whoever has the file is the server. Keys have numbers from 1; their public halves are in
// the control log, the first in entry 1. A file may hold a newer key than the log: a rotation that
// was cut short, or a backup from before it with the newer file put in; ControlLog::Open announces
// it. Immutable once loaded; any thread. Errors: DATA_LOSS (SERVER_KEY_DAMAGED) for a file that is
// not one, FAILED_PRECONDITION (SERVER_KEY_MISSING) where server.db has a control log and the file
// is gone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dudao/sync/trust/sealing.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::server {

class ServerKey {
 public:
  // `make`: draws new keys where there is no file.
  static absl::StatusOr<std::unique_ptr<ServerKey>> Open(const std::string& path, bool make);

  // Adds a further pair to the file, in one step; from then on it is the newest.
  static absl::Status AddPair(const std::string& path);
  // Whether `newer` is the same server's file with the same keys and perhaps more.
  bool IsContinuedBy(const ServerKey& newer) const;

  // Number of the newest key.
  uint32_t number() const { return static_cast<uint32_t>(pairs_.size()); }
  const sync::KeyPair& signing() const { return pairs_.back().signing; }
  // REQUIRES: 1 <= number <= number().
  const sync::KeyPair& SigningOf(uint32_t number) const { return pairs_[number - 1].signing; }
  // Newest first.
  std::vector<sync::SealingKey> Sealing() const;
  // 16 bytes.
  const std::string& server_id() const { return server_id_; }
  // What the control log says of a key, but for possession.
  trust::v1::ServerKey Public(uint32_t number) const;
  // First 16 hex digits of the SHA-256 of the newest public signing key; printed in enrolment
  // codes.
  std::string Fingerprint() const;

 private:
  ServerKey() = default;
  struct Pair {
    sync::KeyPair signing;
    sync::SealingKey sealing;
  };
  std::vector<Pair> pairs_;
  std::string server_id_;
};

}  // namespace dudao::server
