// Identities: replicas, dots, records.
//
// A ReplicaId is random per database incarnation: a restored or cloned database gets a new one, so
// a dot is never reused. A Dot names one change of one replica; it is the only source of causality
// in the system. A RecordId is the record type's frozen number and a key of 1 to 64 bytes (random
// for what people create, a business key such as the division code for reference data). Immutable
// value types, safe to copy between threads. Nothing here fails.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace dudao::sync {

inline constexpr size_t kReplicaIdBytes = 16;
inline constexpr size_t kRecordKeyBytesMax = 64;

struct ReplicaId {
  std::array<uint8_t, kReplicaIdBytes> bytes{};

  // Bytes must be exactly 16 long; returns the zero id (never valid as an author) otherwise.
  static ReplicaId FromBytes(std::string_view raw);
  std::string_view AsBytes() const {
    return {reinterpret_cast<const char*>(bytes.data()),
            bytes.size()};  // NOLINT: bytes as characters
  }
  bool IsZero() const;
  // First eight hex digits, for people and logs.
  std::string Short() const;
  std::string Hex() const;

  friend auto operator<=>(const ReplicaId&, const ReplicaId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const ReplicaId& id) {
    return H::combine(std::move(h), id.bytes);
  }
};

// The seq-th change of a replica; seq counts from 1 without gaps, per space.
struct Dot {
  ReplicaId replica;
  uint64_t seq = 0;

  friend auto operator<=>(const Dot&, const Dot&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Dot& d) {
    return H::combine(std::move(h), d.replica, d.seq);
  }
};

struct RecordId {
  uint32_t type = 0;
  std::string key;

  friend auto operator<=>(const RecordId&, const RecordId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const RecordId& id) {
    return H::combine(std::move(h), id.type, id.key);
  }
};

}  // namespace dudao::sync
