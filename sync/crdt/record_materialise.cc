// A record's shown values as protobuf wire bytes, without its schema.
#include "dudao/sync/crdt/record.h"
#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {
namespace {

constexpr uint32_t kKeyField = 1;

void PutTag(std::string& out, uint32_t field, WireType type) {
  PutVarint(out, (uint64_t{field} << 3) | static_cast<uint64_t>(type));
}

void PutField(std::string& out, uint32_t field, WireType type, std::string_view bytes) {
  PutTag(out, field, type);
  if (type == WireType::kBytes) {
    PutBytes(out, bytes);
  } else {
    out.append(bytes);
  }
}

// Cells of one message: those of `cells` whose paths start with the first `prefix` bytes of the
// first one's.
class Emitter {
 public:
  explicit Emitter(const Record& record) : record_(record) {}

  void Emit(size_t begin, size_t end, size_t prefix, std::string& out) const {
    for (size_t i = begin; i < end;) {
      const std::string_view rest = std::string_view(PathOf(i)).substr(prefix);
      Reader in(rest);
      const uint64_t head = in.Varint();
      const bool keyed = (head & 1) != 0;
      const std::string_view key = keyed ? in.Bytes(rest.size()) : std::string_view();
      const size_t length = prefix + rest.size() - in.left();
      size_t next = i + 1;
      while (next < end && std::string_view(PathOf(next)).substr(0, length) ==
                               std::string_view(PathOf(i)).substr(0, length)) {
        ++next;
      }
      EmitStep(i, next, length, static_cast<uint32_t>(head >> 1), keyed, key, out);
      i = next;
    }
  }

 private:
  const std::string& PathOf(size_t i) const { return record_.cells()[i].path.bytes(); }

  void EmitStep(size_t begin, size_t end, size_t length, uint32_t field, bool keyed,
                std::string_view key, std::string& out) const {
    const Cell& cell = record_.cells()[begin];
    const bool own = cell.path.bytes().size() == length;
    const Version* shown = own ? record_.Shown(cell) : nullptr;
    if (keyed) {
      if (shown == nullptr || shown->value.is_absent()) return;
      if (cell.kind == MergeKind::kSet) return PutField(out, field, shown->value.type, key);
      std::string element;
      PutField(element, kKeyField, WireType::kBytes, key);
      Emit(begin + 1, end, length, element);
      return PutField(out, field, WireType::kBytes, element);
    }
    if (own && cell.kind == MergeKind::kCounter) {
      PutTag(out, field, WireType::kVarint);
      PutVarint(out, static_cast<uint64_t>(cell.sum));
    } else if (own && shown != nullptr && !shown->value.is_absent()) {
      PutField(out, field, shown->value.type, shown->value.bytes);
    }
    const size_t below = own ? begin + 1 : begin;
    if (below == end) return;
    std::string group;
    Emit(below, end, length, group);
    PutField(out, field, WireType::kBytes, group);
  }

  const Record& record_;
};

}  // namespace

std::string Record::Materialise() const {
  std::string out;
  const size_t first = !cells_.empty() && cells_.front().path.empty() ? 1 : 0;
  Emitter(*this).Emit(first, cells_.size(), 0, out);
  return out;
}

}  // namespace dudao::sync
