// The verified part of a server's control log: positions, hashes and server keys.
//
// Entry 1 holds the server's first key and is signed by it; whoever holds the chain pins that key.
// A later key is announced by an entry signed with an earlier one. Does not: know what entries mean
// (domain/authority.h does), or keep them. A value; not synchronised. Errors of Append:
// UNAUTHENTICATED for an entry that does not continue this chain; the chain is then unchanged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::sync {

class ControlChain {
 public:
  // Checks position, link, signature; remembers server keys.
  absl::Status Append(const trust::v1::ControlEntry& entry);

  uint64_t position() const { return position_; }
  // Hash of the newest entry, 32 bytes; zeros while empty.
  const std::string& hash() const { return hash_; }
  // First 8 bytes of the hash; empty while empty. For ExchangeRequest::control_hash.
  std::string hash8() const { return position_ == 0 ? std::string() : hash_.substr(0, 8); }
  // By number; the newest is the largest.
  const std::map<uint32_t, trust::v1::ServerKey>& keys() const { return keys_; }
  // Null where there is no such key.
  const trust::v1::ServerKey* KeyOf(uint32_t number) const;
  const trust::v1::ServerKey* newest_key() const;
  // 16 bytes; empty while empty.
  std::string server_id() const;
  // First 16 hex digits of the SHA-256 of the first public key.
  std::string fingerprint() const;

  // Whether an entry was signed by a key of this chain, wherever it stands.
  bool IsOurs(const trust::v1::ControlEntry& entry) const;

 private:
  uint64_t position_ = 0;
  std::string hash_ = std::string(32, '\0');
  std::map<uint32_t, trust::v1::ServerKey> keys_;
};

}  // namespace dudao::sync
