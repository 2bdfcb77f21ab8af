// The server's private keys: one signs receipts, own heads and the control log, one opens packages.
//
// Kept in <data_dir>/server.key (mode 0600, text), made at the first start and part of every
// backup: whoever has the file is the server. Its public half is entry 1 of the control log.
// Immutable once loaded; any thread. Errors: DATA_LOSS (SERVER_KEY_DAMAGED) for a file that is not
// one, FAILED_PRECONDITION (SERVER_KEY_MISSING) where server.db has a control log and the file is
// gone.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dudao/sync/trust/sealing.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::server {

class ServerKey {
 public:
  // `make`: draws new keys where there is no file.
  static absl::StatusOr<std::unique_ptr<ServerKey>> Open(const std::string& path, bool make);

  // Its number in ServerKey::key of the control log.
  uint32_t number() const { return 1; }
  const sync::KeyPair& signing() const { return signing_; }
  const sync::SealingKey& sealing() const { return sealing_; }
  // 16 bytes.
  const std::string& server_id() const { return server_id_; }
  // What entry 1 of the control log says.
  trust::v1::ServerKey Public() const;
  // First 16 hex digits of the SHA-256 of the public signing key; printed in enrolment codes.
  std::string Fingerprint() const;

 private:
  ServerKey() = default;
  sync::KeyPair signing_;
  sync::SealingKey sealing_;
  std::string server_id_;
};

}  // namespace dudao::server
