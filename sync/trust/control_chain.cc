#include "dudao/sync/trust/control_chain.h"

#include <set>

#include "absl/strings/escaping.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::sync {
namespace {

using trust::v1::ControlBody;
using trust::v1::ControlEntry;
using trust::v1::ServerKey;

constexpr size_t kServerIdBytes = 16;
constexpr size_t kSealingKeyBytes = 32;

absl::Status Broken(const char* what) { return absl::UnauthenticatedError(what); }

// The key that an entry announces; null for an entry about something else.
const ServerKey* AnnouncedKey(const ControlBody& body) {
  return body.has_server_key() ? &body.server_key() : nullptr;
}

absl::Status CheckAnnounced(const ServerKey& key) {
  if (key.key() == 0 || key.server_id().size() != kServerIdBytes ||
      key.sealing_key().size() != kSealingKeyBytes)
    return Broken("CONTROL_INVALID: a server key lacks a part");
  return CheckPublicKey(key.suite(), key.public_key());
}

}  // namespace

absl::Status ControlChain::Append(const ControlEntry& entry) {
  if (entry.position() != position_ + 1 || entry.previous() != hash_)
    return Broken("CONTROL_INVALID: the entry does not follow on the one before");
  ControlBody body;
  if (!body.ParseFromString(entry.body()))
    return Broken("CONTROL_INVALID: the entry cannot be read");
  const ServerKey* announced = AnnouncedKey(body);
  if (announced != nullptr) DUDAO_TRY(CheckAnnounced(*announced));
  const bool first = position_ == 0;
  if (first && (announced == nullptr || announced->key() != entry.key()))
    return Broken("CONTROL_INVALID: the log does not begin with the server's key");
  const ServerKey* signer = first ? announced : newest_key();
  if (signer->key() != entry.key() || signer->suite() != entry.suite())
    return Broken("CONTROL_INVALID: the entry is signed by a key that is not the server's newest");
  if (!first && announced != nullptr) {
    if (announced->key() != signer->key() + 1 || announced->server_id() != server_id())
      return Broken("CONTROL_INVALID: a server key is announced twice, or for another server");
    DUDAO_TRY(CheckServerKey(*announced, entry.previous()));
  }
  DUDAO_TRY(CheckControl(signer->public_key(), entry));
  if (announced != nullptr) {
    keys_[announced->key()] = *announced;
    announced_[announced->key()] = entry.position();
  }
  position_ = entry.position();
  hash_ = ControlHash(entry);
  return absl::OkStatus();
}

const ServerKey* ControlChain::KeyOf(uint32_t number) const {
  const auto it = keys_.find(number);
  return it == keys_.end() ? nullptr : &it->second;
}

const ServerKey* ControlChain::newest_key() const {
  return keys_.empty() ? nullptr : &keys_.rbegin()->second;
}

uint32_t ControlChain::KeyAt(uint64_t position) const {
  uint32_t number = 0;
  for (const auto& [key, at] : announced_) {
    if (at <= position) number = key;
  }
  return number;
}

uint64_t ControlChain::AnnouncedAt(uint32_t number) const {
  const auto it = announced_.find(number);
  return it == announced_.end() ? 0 : it->second;
}

std::string ControlChain::server_id() const {
  return keys_.empty() ? std::string() : keys_.begin()->second.server_id();
}

std::string ControlChain::fingerprint() const {
  if (keys_.empty()) return {};
  constexpr size_t kShownBytes = 8;
  const std::string digest =
      Digest(trust::v1::SIGNATURE_SUITE_ED25519_SHA256, keys_.rbegin()->second.public_key());
  return absl::BytesToHexString(digest.substr(0, kShownBytes));
}

bool ControlChain::IsOurs(const ControlEntry& entry) const {
  const ServerKey* signer = KeyOf(entry.key());
  return signer != nullptr && signer->suite() == entry.suite() &&
         CheckControl(signer->public_key(), entry).ok();
}

bool ControlChain::IsOurNewest(const ControlEntry& entry) const {
  return newest_key() != nullptr && entry.key() == newest_key()->key() && IsOurs(entry);
}

std::vector<bool> ControlChain::Believed(absl::Span<const ControlEntry> entries) const {
  std::vector<bool> believed(entries.size());
  std::set<std::string> named;
  for (size_t i = entries.size(); i-- > 0;) {
    const ControlEntry& entry = entries[i];
    ControlBody body;
    const ServerKey* newest = newest_key();
    // The newest key has signed its own announcement, and with it what stood before.
    const bool announces = newest != nullptr && body.ParseFromString(entry.body()) &&
                           body.has_server_key() &&
                           body.server_key().public_key() == newest->public_key() &&
                           CheckServerKey(body.server_key(), entry.previous()).ok();
    believed[i] = named.contains(ControlHash(entry)) || announces || IsOurNewest(entry);
    if (believed[i]) named.insert(entry.previous());
  }
  return believed;
}

ControlChain ControlChain::Foreseeing(absl::Span<const ControlEntry> announcements) const {
  ControlChain ahead = *this;
  for (const ControlEntry& entry : announcements) {
    ControlBody body;
    const ServerKey* newest = ahead.newest_key();
    if (newest == nullptr || !body.ParseFromString(entry.body()) || !body.has_server_key())
      continue;
    const ServerKey& key = body.server_key();
    const bool holds = key.key() == newest->key() + 1 && key.server_id() == server_id() &&
                       entry.position() > ahead.AnnouncedAt(newest->key()) &&
                       CheckAnnounced(key).ok() && ahead.IsOurNewest(entry) &&
                       CheckServerKey(key, entry.previous()).ok();
    if (!holds) continue;
    ahead.keys_[key.key()] = key;
    ahead.announced_[key.key()] = entry.position();
  }
  return ahead;
}

}  // namespace dudao::sync
