// The canonical bytes of a record's state; layout in docs/storage.md.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dudao/sync/crdt/record.h"
#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {
namespace {

constexpr uint8_t kFormat = 1;
// With overtakers behind the cells. (Format 1 had their contexts there, joined into one a cell.)
constexpr uint8_t kWithOvertakers = 2;
constexpr size_t kCountMax = 1u << 20;
constexpr size_t kValueBytesMax = 8u << 20;

bool IsWireType(uint64_t n) { return n <= 2 || n == 5 || n == 7; }

template <typename T>
size_t IndexOf(const std::vector<T>& sorted, const T& value) {
  return static_cast<size_t>(std::lower_bound(sorted.begin(), sorted.end(), value) -
                             sorted.begin());
}

template <typename T>
void SortUnique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

size_t SharedPrefix(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < n && a[i] == b[i]) ++i;
  return i;
}

void PutValue(std::string& out, const Value& value) {
  PutVarint(out, static_cast<uint64_t>(value.type));
  PutBytes(out, value.bytes);
}

void PutDot(std::string& out, const Dot& dot) {
  out.append(dot.replica.AsBytes());
  PutVarint(out, dot.seq);
}

void PutContext(std::string& out, const Context& context) {
  PutVarint(out, context.vector().entries().size());
  for (const auto& [replica, seq] : context.vector().entries()) PutDot(out, {replica, seq});
  PutVarint(out, context.dots().size());
  for (const Dot& dot : context.dots()) PutDot(out, dot);
}

Dot GetDot(Reader& in) {
  const ReplicaId replica = ReplicaId::FromBytes(in.Raw(kReplicaIdBytes));
  return {replica, in.Varint()};
}

Context GetContext(Reader& in) {
  VersionVector vector;
  for (uint64_t n = in.Bounded(kCountMax); n > 0 && in.ok(); --n) {
    const Dot dot = GetDot(in);
    vector.Set(dot.replica, dot.seq);
  }
  Context context(std::move(vector));
  for (uint64_t n = in.Bounded(kCountMax); n > 0 && in.ok(); --n) context.Add(GetDot(in));
  return context;
}

}  // namespace

// Writes and reads the parts of a record; a friend of Record so that the format stays out of the
// merge code.
class RecordCodec {
 public:
  static std::string Encode(const Record& record, bool with_overtakers) {
    RecordCodec codec;
    codec.Collect(record);
    std::string out(1, static_cast<char>(kFormat));
    codec.PutTables(out);
    codec.PutCells(out, record);
    if (with_overtakers) PutOvertakers(out, record);
    return out;
  }

  static bool Decode(std::string_view bytes, Record& record) {
    Reader in(bytes);
    const uint64_t format = in.Bounded(255);
    if (format != kFormat && format != kWithOvertakers) return false;
    RecordCodec codec;
    if (!codec.GetTables(in, record) || !codec.GetCells(in, record)) return false;
    return GetOvertakers(in, record, format == kWithOvertakers);
  }

 private:
  void Collect(const Record& record) {
    std::vector<Dot> used;
    for (const Cell& cell : record.cells_) {
      for (const Version& version : cell.versions) used.push_back(version.dot);
    }
    SortUnique(used);
    for (const Dot& dot : used) {
      origins_.push_back(record.OriginOf(dot));
      replicas_.push_back(dot.replica);
      authors_.push_back(origins_.back().author);
      dots_.push_back(dot);
    }
    SortUnique(replicas_);
    SortUnique(authors_);
  }

  void PutTables(std::string& out) const {
    PutVarint(out, replicas_.size());
    for (const ReplicaId& replica : replicas_) out.append(replica.AsBytes());
    PutVarint(out, authors_.size());
    for (const std::string& author : authors_) PutBytes(out, author);
    PutVarint(out, origins_.size());
    Origin last;
    for (const Origin& o : origins_) {
      PutVarint(out, IndexOf(replicas_, o.dot.replica));
      PutVarint(out, o.dot.seq);
      PutVarint(out, ZigZag(o.time.ms - last.time.ms));
      PutVarint(out, o.time.counter);
      PutVarint(out, ZigZag(o.clock_offset_ms - last.clock_offset_ms));
      PutVarint(out, IndexOf(authors_, o.author));
      PutVarint(out, ZigZag(static_cast<int64_t>(o.rank - last.rank)));
      PutVarint(out, o.flags);
      last = o;
    }
  }

  void PutCells(std::string& out, const Record& record) const {
    PutVarint(out, record.cells_.size());
    std::string_view last;
    for (const Cell& cell : record.cells_) {
      const std::string_view path = cell.path.bytes();
      const size_t shared = SharedPrefix(last, path);
      PutVarint(out, shared);
      PutBytes(out, path.substr(shared));
      last = path;
      PutVarint(out, (static_cast<uint64_t>(cell.versions.size()) << 4) |
                         static_cast<uint64_t>(cell.kind));
      for (const Version& version : cell.versions) {
        PutVarint(out, IndexOf(dots_, version.dot));
        PutValue(out, version.value);
      }
      if (cell.kind == MergeKind::kCounter) PutVarint(out, ZigZag(cell.sum));
    }
  }

  static void PutOvertakers(std::string& out, const Record& record) {
    for (size_t i = 0; i < record.cells_.size(); ++i) {
      for (const Overtaker& overtaker : record.cells_[i].overtakers) {
        out[0] = static_cast<char>(kWithOvertakers);
        PutVarint(out, i);
        PutDot(out, overtaker.dot);
        PutContext(out, overtaker.seen);
      }
    }
  }

  bool GetTables(Reader& in, Record& record) {
    for (uint64_t n = in.Bounded(kCountMax); n > 0 && in.ok(); --n) {
      replicas_.push_back(ReplicaId::FromBytes(in.Raw(kReplicaIdBytes)));
    }
    for (uint64_t n = in.Bounded(kCountMax); n > 0 && in.ok(); --n)
      authors_.emplace_back(in.Bytes(kCountMax));
    Origin last;
    for (uint64_t n = in.Bounded(kCountMax); n > 0 && in.ok(); --n) {
      const uint64_t replica = in.Varint();
      Origin o;
      o.dot.seq = in.Varint();
      o.time.ms = last.time.ms + UnZigZag(in.Varint());
      o.time.counter = static_cast<uint16_t>(in.Bounded(UINT16_MAX));
      o.clock_offset_ms = last.clock_offset_ms + UnZigZag(in.Varint());
      const uint64_t author = in.Varint();
      o.rank = last.rank + static_cast<uint64_t>(UnZigZag(in.Varint()));
      o.flags = static_cast<uint32_t>(in.Bounded(UINT32_MAX));
      if (!in.ok() || replica >= replicas_.size() || author >= authors_.size()) return false;
      o.dot.replica = replicas_[replica];
      o.author = authors_[author];
      if (!record.origins_.empty() && !(record.origins_.back().dot < o.dot)) return false;
      last = o;
      record.origins_.push_back(std::move(o));
    }
    return in.ok();
  }

  static bool GetCells(Reader& in, Record& record) {
    std::string last;
    const uint64_t count = in.Bounded(kCountMax);
    record.cells_.reserve(std::min<size_t>(static_cast<size_t>(count), in.left()));
    for (uint64_t n = count; n > 0 && in.ok(); --n) {
      const uint64_t shared = in.Varint();
      if (shared > last.size()) return false;
      std::string path = last.substr(0, static_cast<size_t>(shared));
      path.append(in.Bytes(Path::kBytesMax));
      if (!in.ok() || (!record.cells_.empty() && path <= last)) return false;
      const auto parsed = Path::Parse(path);
      if (!parsed) return false;
      Cell cell;
      cell.path = *parsed;
      if (!GetVersions(in, record, cell)) return false;
      record.cells_.push_back(std::move(cell));
      last = std::move(path);
    }
    return in.ok();
  }

  static bool GetVersions(Reader& in, const Record& record, Cell& cell) {
    const uint64_t head = in.Varint();
    if (!IsMergeKind(head & 15) || (head >> 4) > kCountMax) return false;
    cell.kind = static_cast<MergeKind>(head & 15);
    for (uint64_t n = head >> 4; n > 0 && in.ok(); --n) {
      const uint64_t origin = in.Varint();
      const uint64_t type = in.Varint();
      if (!in.ok() || origin >= record.origins_.size() || !IsWireType(type)) return false;
      Version version{record.origins_[origin].dot,
                      {static_cast<WireType>(type), std::string(in.Bytes(kValueBytesMax))}};
      if (!cell.versions.empty() && !(cell.versions.back().dot < version.dot)) return false;
      cell.versions.push_back(std::move(version));
    }
    if (cell.kind == MergeKind::kCounter) cell.sum = UnZigZag(in.Varint());
    return in.ok();
  }

  static bool GetOvertakers(Reader& in, Record& record, bool with_dots) {
    while (in.ok() && !in.done()) {
      const uint64_t i = in.Varint();
      if (!in.ok() || i >= record.cells_.size()) return false;
      std::vector<Overtaker>& overtakers = record.cells_[i].overtakers;
      const Dot dot = with_dots ? GetDot(in) : Dot();
      if (!overtakers.empty() && !(overtakers.back().dot < dot)) return false;
      overtakers.push_back({dot, GetContext(in)});
    }
    return in.ok();
  }

  std::vector<ReplicaId> replicas_;
  std::vector<std::string> authors_;
  std::vector<Dot> dots_;
  std::vector<Origin> origins_;
};

std::string Record::Encode() const { return RecordCodec::Encode(*this, true); }
std::string Record::EncodeShared() const { return RecordCodec::Encode(*this, false); }

absl::StatusOr<Record> Record::Decode(std::string_view bytes) {
  Record record;
  if (!RecordCodec::Decode(bytes, record)) return absl::DataLossError("damaged record state");
  return record;
}

}  // namespace dudao::sync
