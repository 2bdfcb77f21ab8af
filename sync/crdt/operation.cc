#include "dudao/sync/crdt/operation.h"

#include <cstring>

#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {
namespace {

constexpr uint64_t kFieldMax = (1u << 29) - 1;

// Reads one step; false at the end or on malformed bytes (then reader.ok() is false).
bool NextStep(Reader& reader, PathStep& step) {
  if (reader.done()) return false;
  const uint64_t head = reader.Bounded(kFieldMax * 2 + 1);
  step.field = static_cast<uint32_t>(head >> 1);
  step.key.reset();
  if ((head & 1) != 0) step.key = reader.Bytes(Path::kBytesMax);
  return reader.ok() && step.field != 0;
}

}  // namespace

bool IsMergeKind(uint64_t number) { return number >= 1 && number <= 9; }

Value Value::Varint(uint64_t v) {
  Value out{WireType::kVarint, {}};
  PutVarint(out.bytes, v);
  return out;
}

Value Value::Double(double v) {
  Value out{WireType::kFixed64, std::string(8, '\0')};
  uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof bits);
  for (size_t i = 0; i < 8; ++i) out.bytes[i] = static_cast<char>((bits >> (8 * i)) & 0xff);
  return out;
}

std::optional<uint64_t> Value::AsVarint() const {
  if (type != WireType::kVarint) return std::nullopt;
  Reader reader(bytes);
  const uint64_t v = reader.Varint();
  if (!reader.ok() || !reader.done()) return std::nullopt;
  return v;
}

std::optional<Path> Path::Parse(std::string_view bytes) {
  if (bytes.size() > kBytesMax) return std::nullopt;
  Reader reader(bytes);
  size_t steps = 0;
  PathStep step;
  while (!reader.done()) {
    if (!NextStep(reader, step) || ++steps > kStepsMax) return std::nullopt;
  }
  return reader.ok() ? std::optional<Path>(Path(std::string(bytes))) : std::nullopt;
}

Path Path::Field(uint32_t number) const {
  std::string bytes = bytes_;
  PutVarint(bytes, uint64_t{number} << 1);
  return Path(std::move(bytes));
}

Path Path::Element(uint32_t number, std::string_view key) const {
  std::string bytes = bytes_;
  PutVarint(bytes, (uint64_t{number} << 1) | 1);
  PutBytes(bytes, key);
  return Path(std::move(bytes));
}

std::vector<PathStep> Path::Steps() const {
  std::vector<PathStep> steps;
  Reader reader(bytes_);
  PathStep step;
  while (NextStep(reader, step)) steps.push_back(step);
  return steps;
}

bool Path::IsPresence() const {
  bool keyed = true;
  Reader reader(bytes_);
  PathStep step;
  while (NextStep(reader, step)) keyed = step.key.has_value();
  return keyed;
}

std::vector<size_t> Path::Above() const {
  std::vector<size_t> lengths;
  if (bytes_.empty()) return lengths;
  lengths.push_back(0);
  Reader reader(bytes_);
  PathStep step;
  while (NextStep(reader, step)) {
    const size_t length = bytes_.size() - reader.left();
    if (step.key && length < bytes_.size()) lengths.push_back(length);
  }
  return lengths;
}

std::optional<int64_t> CounterDelta(const Value& value) {
  const auto raw = value.AsVarint();
  if (!raw) return std::nullopt;
  return UnZigZag(*raw);
}

Value CounterValue(int64_t delta) { return Value::Varint(ZigZag(delta)); }

}  // namespace dudao::sync
