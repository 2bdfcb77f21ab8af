#include "dudao/sync/log/segment.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/log/chain.h"

namespace dudao::sync {
namespace {

constexpr std::string_view kMagic = "DDS";
constexpr char kVersion = 1;
constexpr char kStored = 0;
constexpr char kZstd = 1;
constexpr int kLevel = 3;

// One buffer per kind of number, so that like stands beside like for the compressor. The order is
// part of the format.
enum Column : size_t {
  kTables,
  kReplicas,
  kSeqs,
  kSeen,
  kTimes,
  kHeads,  // author, clock offset, control position, flags, operation count
  kRecords,
  kShapes,
  kColumns
};

using Columns = std::array<std::string, kColumns>;

// What operations of a field have in common. Sorted by path, so values of one field stand together.
using Shape = std::tuple<std::string, uint8_t, uint8_t>;  // path, merge kind, wire type

// Guards against bytes that changed on a stick or a disk: first bytes of SHA-256 over the column
// sizes and the inflated body.
constexpr size_t kCheckBytes = 4;

std::string CheckOf(std::string_view sizes, std::string_view raw) {
  std::string all(sizes);
  all.append(raw);
  return std::string(HashBytes(Sha256(all)).substr(0, kCheckBytes));
}

bool HasNoBytes(MergeKind kind, WireType type) {
  return kind == MergeKind::kSet || kind == MergeKind::kKeyed || type == WireType::kAbsent;
}

// Indices have 32 bits in WebAssembly: the difference is taken after widening, or going back by one
// would be written as going on by four thousand million, which no native reader takes.
int64_t Step(size_t to, size_t from) {
  return static_cast<int64_t>(to) - static_cast<int64_t>(from);
}

template <typename T>
class Dictionary {
 public:
  size_t Index(const T& value) {
    const auto [it, added] = index_.try_emplace(value, items_.size());
    if (added) items_.push_back(value);
    return it->second;
  }
  const std::vector<T>& items() const { return items_; }

 private:
  absl::flat_hash_map<T, size_t> index_;
  std::vector<T> items_;
};

// The context that a change of a replica has when its author did nothing but go on: the one before,
// and the change before.
Context Expected(const Context* last, const Change& change) {
  Context expected = last != nullptr ? *last : Context();
  if (change.seq > 1) {
    VersionVector vector = expected.vector();
    vector.Set(change.replica, change.seq - 1);
    expected = Context(std::move(vector));
  }
  return expected;
}

class Encoder {
 public:
  std::string Encode(std::string_view space, absl::Span<const Change> changes) {
    SortShapes(changes);
    for (const Change& change : changes) PutChange(change);
    PutTables(space, changes.size());
    std::string raw;
    std::string sizes;
    for (const std::string& column : columns_) PutVarint(sizes, column.size());
    for (const std::string& column : columns_) raw.append(column);
    for (const std::string& column : values_) raw.append(column);
    return Wrap(sizes, raw);
  }

 private:
  static Shape ShapeOf(const Operation& op) {
    return {op.path.bytes(), static_cast<uint8_t>(op.kind), static_cast<uint8_t>(op.value.type)};
  }

  void SortShapes(absl::Span<const Change> changes) {
    for (const Change& change : changes) {
      for (const Operation& op : change.ops) shapes_.try_emplace(ShapeOf(op), 0);
    }
    size_t next = 0;
    for (auto& [shape, index] : shapes_) index = next++;
    values_.resize(shapes_.size());
  }

  void PutChange(const Change& change) {
    PutVarint(columns_[kReplicas], replicas_.Index(change.replica));
    uint64_t& last_seq = last_seq_[change.replica];
    PutVarint(columns_[kSeqs], ZigZag(static_cast<int64_t>(change.seq - last_seq - 1)));
    last_seq = change.seq;
    PutSeen(change);
    PutVarint(columns_[kTimes], ZigZag(change.time.ms - last_time_.ms));
    PutVarint(columns_[kTimes], change.time.counter);
    last_time_ = change.time;
    std::string& heads = columns_[kHeads];
    PutVarint(heads, authors_.Index(change.author));
    PutVarint(heads, ZigZag(change.clock_offset_ms - last_offset_));
    last_offset_ = change.clock_offset_ms;
    PutVarint(heads, change.control_position);
    PutVarint(heads, change.flags);
    PutVarint(heads, change.ops.size());
    for (const Operation& op : change.ops) PutOperation(op);
  }

  void PutSeen(const Change& change) {
    const auto it = last_seen_.find(change.replica);
    const Context expected = Expected(it == last_seen_.end() ? nullptr : &it->second, change);
    std::string entries;
    uint64_t count = 0;
    const auto put = [&](const ReplicaId& replica, uint64_t seq, uint64_t was) {
      PutVarint(entries, replicas_.Index(replica));
      PutVarint(entries, ZigZag(static_cast<int64_t>(seq - was)));
      ++count;
    };
    const VersionVector& seen = change.seen.vector();
    for (const auto& [replica, seq] : seen.entries()) {
      if (const uint64_t was = expected.vector().Get(replica); was != seq) put(replica, seq, was);
    }
    for (const auto& [replica, was] : expected.vector().entries()) {
      if (seen.Get(replica) == 0) put(replica, 0, was);
    }
    std::string& out = columns_[kSeen];
    PutVarint(out, (count << 1) | (change.seen.dots().empty() ? 0u : 1u));
    out.append(entries);
    if (!change.seen.dots().empty()) {
      PutVarint(out, change.seen.dots().size());
      for (const Dot& dot : change.seen.dots()) {
        PutVarint(out, replicas_.Index(dot.replica));
        PutVarint(out, dot.seq);
      }
    }
    last_seen_[change.replica] = change.seen;
  }

  void PutOperation(const Operation& op) {
    const size_t record = records_.Index(op.record);
    PutVarint(columns_[kRecords], ZigZag(Step(record, last_record_)));
    last_record_ = record;
    const size_t shape = shapes_.at(ShapeOf(op));
    PutVarint(columns_[kShapes], ZigZag(Step(shape, last_shape_)));
    last_shape_ = shape;
    PutValue(values_[shape], op);
  }

  // Numbers delimit themselves and presence has no bytes; only byte strings need their length.
  static void PutValue(std::string& out, const Operation& op) {
    if (HasNoBytes(op.kind, op.value.type)) return;
    if (op.value.type == WireType::kBytes) {
      PutBytes(out, op.value.bytes);
    } else {
      out.append(op.value.bytes);
    }
  }

  void PutTables(std::string_view space, size_t changes) {
    std::string& out = columns_[kTables];
    PutBytes(out, space);
    PutVarint(out, changes);
    PutVarint(out, replicas_.items().size());
    for (const ReplicaId& replica : replicas_.items()) out.append(replica.AsBytes());
    PutVarint(out, authors_.items().size());
    for (const std::string& author : authors_.items()) PutBytes(out, author);
    PutVarint(out, records_.items().size());
    for (const RecordId& record : records_.items()) {
      PutVarint(out, record.type);
      PutBytes(out, record.key);
    }
    PutVarint(out, shapes_.size());
    for (const auto& [shape, index] : shapes_) {
      PutBytes(out, std::get<0>(shape));
      PutVarint(out, std::get<1>(shape));
      PutVarint(out, std::get<2>(shape));
      PutVarint(out, values_[index].size());
    }
  }

  static std::string Wrap(const std::string& sizes, const std::string& raw) {
    std::string out(kMagic);
    out.push_back(kVersion);
    std::string packed(ZSTD_compressBound(raw.size()), '\0');
    const size_t n = ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), kLevel);
    const bool smaller = ZSTD_isError(n) == 0 && n < raw.size();
    packed.resize(smaller ? n : 0);
    out.push_back(smaller ? kZstd : kStored);
    PutVarint(out, raw.size());
    out.append(sizes);
    out.append(CheckOf(sizes, raw));
    out.append(smaller ? packed : raw);
    return out;
  }

  Columns columns_;
  Dictionary<ReplicaId> replicas_;
  Dictionary<std::string> authors_;
  Dictionary<RecordId> records_;
  std::map<Shape, size_t> shapes_;
  std::vector<std::string> values_;  // per shape
  std::map<ReplicaId, uint64_t> last_seq_;
  std::map<ReplicaId, Context> last_seen_;
  HybridTime last_time_;
  int64_t last_offset_ = 0;
  size_t last_record_ = 0;
  size_t last_shape_ = 0;
};

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError("damaged segment: " + std::string(what));
}

class Decoder {
 public:
  Decoder(std::string_view space, const SegmentLimits& limits) : space_(space), limits_(limits) {}

  absl::StatusOr<std::vector<Change>> Decode(std::string_view bytes) {
    if (absl::Status status = Unwrap(bytes); !status.ok()) return status;
    if (absl::Status status = GetTables(); !status.ok()) return status;
    std::vector<Change> changes;
    changes.reserve(count_);
    for (size_t i = 0; i < count_; ++i) {
      changes.emplace_back();
      if (absl::Status status = GetChange(changes.back()); !status.ok()) return status;
    }
    for (const Reader& reader : readers_) {
      if (!reader.ok() || !reader.done()) return Damaged("left-over or missing bytes");
    }
    for (size_t i = 0; i < shapes_.size(); ++i) {
      if (!shapes_[i].values.done() || !shapes_[i].values.ok()) return Damaged("left-over values");
    }
    return changes;
  }

 private:
  struct ShapeValues {
    Path path;
    MergeKind kind;
    WireType type;
    Reader values{std::string_view()};
  };

  absl::Status Unwrap(std::string_view bytes) {
    if (bytes.size() > limits_.compressed_bytes_max) return Damaged("too large");
    if (bytes.size() < kMagic.size() + 2 || bytes.substr(0, kMagic.size()) != kMagic)
      return Damaged("not a segment");
    if (bytes[kMagic.size()] != kVersion) {
      return absl::UnimplementedError(
          "this segment was written by a newer version of the program; please update");
    }
    const char codec = bytes[kMagic.size() + 1];
    Reader in(bytes.substr(kMagic.size() + 2));
    const uint64_t raw_size = in.Bounded(limits_.raw_bytes_max);
    const size_t sizes_left = in.left();
    std::array<uint64_t, kColumns> sizes{};
    for (uint64_t& size : sizes) size = in.Bounded(limits_.raw_bytes_max);
    const std::string_view size_bytes =
        bytes.substr(bytes.size() - sizes_left, sizes_left - in.left());
    const std::string_view check = in.Raw(kCheckBytes);
    if (!in.ok()) return Damaged("header");
    const std::string_view body = bytes.substr(bytes.size() - in.left());
    if (absl::Status status = Inflate(codec, body, static_cast<size_t>(raw_size)); !status.ok())
      return status;
    if (check != CheckOf(size_bytes, raw_)) return Damaged("its bytes have changed");
    std::string_view rest = raw_;
    for (size_t i = 0; i < kColumns; ++i) {
      if (sizes[i] > rest.size()) return Damaged("column sizes");
      readers_[i] = Reader(rest.substr(0, static_cast<size_t>(sizes[i])));
      rest.remove_prefix(static_cast<size_t>(sizes[i]));
    }
    values_ = rest;
    return absl::OkStatus();
  }

  absl::Status Inflate(char codec, std::string_view body, size_t raw_size) {
    if (codec == kStored) {
      if (body.size() != raw_size) return Damaged("length");
      raw_.assign(body);
      return absl::OkStatus();
    }
    if (codec != kZstd) return Damaged("unknown codec");
    if (ZSTD_getFrameContentSize(body.data(), body.size()) != raw_size) return Damaged("length");
    raw_.resize(raw_size);
    const size_t n = ZSTD_decompress(raw_.data(), raw_.size(), body.data(), body.size());
    return ZSTD_isError(n) == 0 && n == raw_size ? absl::OkStatus() : Damaged("compressed data");
  }

  absl::Status GetTables() {
    Reader& in = readers_[kTables];
    if (in.Bytes(kSpaceBytesMax) != space_)
      return in.ok() ? Damaged("it belongs to another space") : Damaged("tables");
    count_ = static_cast<size_t>(in.Bounded(limits_.changes_max));
    for (uint64_t n = in.Bounded(limits_.replicas_max); n > 0 && in.ok(); --n) {
      replicas_.push_back(ReplicaId::FromBytes(in.Raw(kReplicaIdBytes)));
    }
    for (uint64_t n = in.Bounded(limits_.changes_max); n > 0 && in.ok(); --n)
      authors_.emplace_back(in.Bytes(kAuthorBytesMax));
    for (uint64_t n = in.Bounded(limits_.ops_max); n > 0 && in.ok(); --n) {
      const uint64_t type = in.Bounded(UINT32_MAX);
      records_.push_back({static_cast<uint32_t>(type), std::string(in.Bytes(kRecordKeyBytesMax))});
    }
    for (uint64_t n = in.Bounded(limits_.ops_max); n > 0 && in.ok(); --n) {
      if (absl::Status status = GetShape(in); !status.ok()) return status;
    }
    if (!in.ok() || !in.done() || !values_.empty()) return Damaged("tables");
    // A change takes at least one byte of its replica column, so the count cannot promise more than
    // there is.
    return count_ <= readers_[kReplicas].left() ? absl::OkStatus() : Damaged("change count");
  }

  absl::Status GetShape(Reader& in) {
    const auto path = Path::Parse(in.Bytes(Path::kBytesMax));
    const uint64_t kind = in.Varint();
    const uint64_t type = in.Varint();
    const uint64_t bytes = in.Bounded(values_.size());
    const bool known_type = type <= 2 || type == 5 || type == 7;
    if (!in.ok() || !path || !IsMergeKind(kind) || !known_type) return Damaged("operation shape");
    shapes_.push_back({*path, static_cast<MergeKind>(kind), static_cast<WireType>(type),
                       Reader(values_.substr(0, static_cast<size_t>(bytes)))});
    values_.remove_prefix(static_cast<size_t>(bytes));
    return absl::OkStatus();
  }

  absl::Status GetChange(Change& change) {
    const uint64_t replica = readers_[kReplicas].Varint();
    if (replica >= replicas_.size()) return Damaged("replica");
    change.replica = replicas_[replica];
    uint64_t& last_seq = last_seq_[change.replica];
    change.seq = last_seq + 1 + static_cast<uint64_t>(UnZigZag(readers_[kSeqs].Varint()));
    last_seq = change.seq;
    if (absl::Status status = GetSeen(change); !status.ok()) return status;
    change.time.ms = last_time_.ms + UnZigZag(readers_[kTimes].Varint());
    change.time.counter = static_cast<uint16_t>(readers_[kTimes].Bounded(UINT16_MAX));
    last_time_ = change.time;
    if (change.time.ms < 0 || change.time.ms >= (int64_t{1} << 47)) return Damaged("time");
    Reader& heads = readers_[kHeads];
    const uint64_t author = heads.Varint();
    change.clock_offset_ms = last_offset_ + UnZigZag(heads.Varint());
    last_offset_ = change.clock_offset_ms;
    change.control_position = heads.Varint();
    change.flags = static_cast<uint32_t>(heads.Bounded(UINT32_MAX));
    const uint64_t ops = heads.Bounded(limits_.ops_per_change_max);
    if (!heads.ok() || author >= authors_.size()) return Damaged("change");
    change.author = authors_[author];
    return GetOperations(change, static_cast<size_t>(ops));
  }

  absl::Status GetSeen(Change& change) {
    Reader& in = readers_[kSeen];
    const auto it = last_seen_.find(change.replica);
    const Context expected = Expected(it == last_seen_.end() ? nullptr : &it->second, change);
    VersionVector vector = expected.vector();
    const uint64_t head = in.Varint();
    for (uint64_t n = head >> 1; n > 0 && in.ok(); --n) {
      const uint64_t replica = in.Varint();
      const int64_t delta = UnZigZag(in.Varint());
      if (!in.ok() || replica >= replicas_.size()) return Damaged("context");
      vector.Set(replicas_[replica], vector.Get(replicas_[replica]) + static_cast<uint64_t>(delta));
    }
    change.seen = Context(std::move(vector));
    if ((head & 1) != 0) {
      for (uint64_t n = in.Bounded(limits_.changes_max); n > 0 && in.ok(); --n) {
        const uint64_t replica = in.Varint();
        const uint64_t seq = in.Varint();
        if (!in.ok() || replica >= replicas_.size()) return Damaged("context");
        change.seen.Add({replicas_[replica], seq});
      }
    }
    if (!in.ok()) return Damaged("context");
    context_entries_ += change.seen.vector().entries().size() + change.seen.dots().size();
    if (context_entries_ > limits_.context_entries_max) return Damaged("contexts are too large");
    last_seen_[change.replica] = change.seen;
    return absl::OkStatus();
  }

  absl::Status GetOperations(Change& change, size_t count) {
    ops_ += count;
    if (ops_ > limits_.ops_max || count > readers_[kRecords].left())
      return Damaged("operation count");
    change.ops.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      last_record_ += static_cast<size_t>(UnZigZag(readers_[kRecords].Varint()));
      last_shape_ += static_cast<size_t>(UnZigZag(readers_[kShapes].Varint()));
      if (last_record_ >= records_.size() || last_shape_ >= shapes_.size())
        return Damaged("operation");
      ShapeValues& shape = shapes_[last_shape_];
      change.ops.push_back(
          {records_[last_record_], shape.path, shape.kind, {shape.type, GetValue(shape)}});
      if (!shape.values.ok()) return Damaged("value");
    }
    return absl::OkStatus();
  }

  std::string GetValue(ShapeValues& shape) const {
    if (HasNoBytes(shape.kind, shape.type)) return {};
    switch (shape.type) {
      case WireType::kVarint:
        return Value::Varint(shape.values.Varint()).bytes;
      case WireType::kFixed64:
        return std::string(shape.values.Raw(8));
      case WireType::kFixed32:
        return std::string(shape.values.Raw(4));
      default:
        return std::string(shape.values.Bytes(limits_.value_bytes_max));
    }
  }

  std::string_view space_;
  const SegmentLimits& limits_;
  std::string raw_;
  std::string_view values_;
  std::array<Reader, kColumns> readers_{Reader({}), Reader({}), Reader({}), Reader({}),
                                        Reader({}), Reader({}), Reader({}), Reader({})};
  size_t count_ = 0;
  size_t ops_ = 0;
  size_t context_entries_ = 0;
  std::vector<ReplicaId> replicas_;
  std::vector<std::string> authors_;
  std::vector<RecordId> records_;
  std::vector<ShapeValues> shapes_;
  std::map<ReplicaId, uint64_t> last_seq_;
  std::map<ReplicaId, Context> last_seen_;
  HybridTime last_time_;
  int64_t last_offset_ = 0;
  size_t last_record_ = 0;
  size_t last_shape_ = 0;
};

}  // namespace

std::string EncodeSegment(std::string_view space, absl::Span<const Change> changes) {
  return Encoder().Encode(space, changes);
}

absl::StatusOr<std::vector<Change>> DecodeSegment(std::string_view space, std::string_view bytes,
                                                  const SegmentLimits& limits) {
  return Decoder(space, limits).Decode(bytes);
}

}  // namespace dudao::sync
