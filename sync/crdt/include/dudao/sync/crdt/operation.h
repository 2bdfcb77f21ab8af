// What a change does: values written to cells of records.
//
// A cell is addressed by a Path of protobuf field numbers, with a key at each keyed or set step.
// Operations carry the merge kind and the value's protobuf wire type and bytes, so a replica
// merges, keeps and forwards fields that its own schema does not know. The presence of a record
// (empty path), of a keyed element and of a set element (path ending in a key) is a cell of its
// own: writing `present` creates it, writing `absent` removes it, and every write below it implies
// `present`. Value types; nothing here fails except Path::Parse, which takes any bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dudao/sync/crdt/context.h"
#include "dudao/sync/crdt/hybrid_time.h"
#include "dudao/sync/crdt/ids.h"

namespace dudao::sync {

// Numbers equal dudao.options.v1.MergeKind and are frozen.
enum class MergeKind : uint8_t {
  kRegister = 1,
  kAtomic = 2,
  kSet = 3,
  kKeyed = 4,
  kCounter = 5,
  kText = 6,
  kFixed = 7,
  kIssued = 8,
  kLifecycle = 9,
};
// False for a number this version does not know; such an operation is refused by the decoder.
bool IsMergeKind(uint64_t number);

// Protobuf wire types, and kAbsent for "no value" (a cleared field, a removed element, a deleted
// record).
enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5, kAbsent = 7 };

struct Value {
  WireType type = WireType::kAbsent;
  // The value as it stands on the wire, without tag and (for kBytes) without length. Empty for
  // presence cells and kAbsent.
  std::string bytes;

  static Value Absent() { return {}; }
  static Value Present(WireType element = WireType::kBytes) { return {element, ""}; }
  static Value Bytes(std::string_view b) { return {WireType::kBytes, std::string(b)}; }
  static Value Varint(uint64_t v);
  static Value Double(double v);
  bool is_absent() const { return type == WireType::kAbsent; }
  // The number in a kVarint value; nothing if the bytes are not one canonical varint.
  std::optional<uint64_t> AsVarint() const;

  friend auto operator<=>(const Value&, const Value&) = default;
};

struct PathStep {
  uint32_t field = 0;
  std::optional<std::string_view> key;  // points into the path's bytes
};

// Canonical bytes of a path: per step varint(field * 2 + has_key), then varint(length) and the
// key's bytes.
class Path {
 public:
  static constexpr size_t kBytesMax = 512;
  static constexpr size_t kStepsMax = 8;

  Path() = default;
  // Takes any bytes; nothing if they are not a canonical path within the limits.
  static std::optional<Path> Parse(std::string_view bytes);
  // REQUIRES: `bytes` are a path's bytes or a prefix of them that ends with a step.
  static Path Trusted(std::string_view bytes) { return Path(std::string(bytes)); }

  Path Field(uint32_t number) const;
  Path Element(uint32_t number, std::string_view key) const;

  bool empty() const { return bytes_.empty(); }
  const std::string& bytes() const { return bytes_; }
  std::vector<PathStep> Steps() const;
  // True where the last step has a key, or the path is empty: the cell says whether something is
  // there.
  bool IsPresence() const;
  // Lengths of the proper prefixes of this path that are presence cells: 0 for the record itself,
  // then each keyed step above the last. Empty for the empty path.
  std::vector<size_t> Above() const;

  friend auto operator<=>(const Path&, const Path&) = default;

 private:
  explicit Path(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

struct Operation {
  RecordId record;
  Path path;
  MergeKind kind = MergeKind::kRegister;
  // For kCounter: the increment, zigzag varint. For all others the value written; absent clears or
  // removes.
  Value value;

  friend bool operator==(const Operation&, const Operation&) = default;
};

// The increment of a counter operation; nothing if malformed.
std::optional<int64_t> CounterDelta(const Value& value);
Value CounterValue(int64_t delta);

// One save. Immutable once made; its canonical bytes are chained and hashed (log/chain.h).
struct Change {
  ReplicaId replica;
  uint64_t seq = 0;             // counts from 1 per replica and space
  Context seen;                 // what the author's form showed; never contains this change itself
  HybridTime time;              // the author's clock; orders lists only
  int64_t clock_offset_ms = 0;  // server time minus device time as the device knew it; 0 if unknown
  std::string author;           // person id, at most 64 bytes of UTF-8
  uint64_t control_position = 0;  // how far the author knew the space's control log
  uint32_t flags = 0;
  std::vector<Operation> ops;  // in order; at most kOpsPerChangeMax

  Dot dot() const { return {replica, seq}; }
  friend bool operator==(const Change&, const Change&) = default;
};

// Change::flags
inline constexpr uint32_t kFlagOnBehalf = 1;  // entered by the office for somebody else (代录)
inline constexpr uint32_t kFlagResolves = 2;  // settles a conflict

}  // namespace dudao::sync
