#include "dudao/sync/crdt/ids.h"

#include <algorithm>

namespace dudao::sync {

ReplicaId ReplicaId::FromBytes(std::string_view raw) {
  ReplicaId id;
  if (raw.size() == kReplicaIdBytes) std::copy(raw.begin(), raw.end(), id.bytes.begin());
  return id;
}

bool ReplicaId::IsZero() const {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

std::string ReplicaId::Short() const { return Hex().substr(0, 8); }

std::string ReplicaId::Hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t b : bytes) {
    out.push_back(kDigits[b >> 4]);
    out.push_back(kDigits[b & 15]);
  }
  return out;
}

}  // namespace dudao::sync
