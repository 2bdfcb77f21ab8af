// The verified part of a server's control log: positions, hashes and server keys.
//
// Entry 1 holds the server's first key and is signed by it; whoever holds the chain pins that key.
// A later key is announced by an entry that the one before it and the new one have signed; from
// then on only the new one signs, so whoever stole an old key can add nothing. Does not: know what
// entries mean
// (domain/authority.h does), or keep them. A value; not synchronised. Errors of Append:
// UNAUTHENTICATED for an entry that does not continue this chain; the chain is then unchanged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
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
  // Number of the key that signed when the log stood at `position`; 0 while empty.
  uint32_t KeyAt(uint64_t position) const;
  // Position of the entry that announced this key; 0 where there is none.
  uint64_t AnnouncedAt(uint32_t number) const;
  // 16 bytes; empty while empty.
  std::string server_id() const;
  // First 16 hex digits of the SHA-256 of the newest public key.
  std::string fingerprint() const;

  // Whether an entry was signed by a key of this chain, wherever it stands.
  bool IsOurs(const trust::v1::ControlEntry& entry) const;
  // The same, and by the newest.
  bool IsOurNewest(const trust::v1::ControlEntry& entry) const;
  // Which of these, of another branch of this server's log and in its order, are believed: those
  // that the newest key signed, and those that one of these names as the entry before. An old key
  // alone is not believed: it may be in other hands.
  std::vector<bool> Believed(absl::Span<const trust::v1::ControlEntry> entries) const;

  // This chain as it would check what stands further on, with the keys that these entries announce
  // one after the other; what does not hold is left out. For a single entry, ahead of the log.
  ControlChain Foreseeing(absl::Span<const trust::v1::ControlEntry> announcements) const;

 private:
  uint64_t position_ = 0;
  std::string hash_ = std::string(32, '\0');
  std::map<uint32_t, trust::v1::ServerKey> keys_;
  std::map<uint32_t, uint64_t> announced_;
};

}  // namespace dudao::sync
