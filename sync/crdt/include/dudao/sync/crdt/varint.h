// Canonical variable-length integers and length-prefixed bytes, shared by the record, change and
// segment codecs.
//
// Little-endian base 128 as in protobuf; the reader refuses over-long forms, so equal values have
// equal bytes. Reader takes any bytes: after the first failed read ok() is false and every later
// read returns zero or empty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dudao::sync {

inline void PutVarint(std::string& out, uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<char>(static_cast<uint8_t>(v) | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}
inline void PutBytes(std::string& out, std::string_view bytes) {
  PutVarint(out, bytes.size());
  out.append(bytes);
}
inline uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t UnZigZag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  uint64_t Varint() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return Fail();
      const auto b = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && b > 1) return Fail();
      v |= static_cast<uint64_t>(b & 0x7f) << shift;
      if (b < 0x80) return (b == 0 && shift > 0) ? Fail() : v;
    }
    return Fail();
  }
  // A varint that must not exceed `max`.
  uint64_t Bounded(uint64_t max) {
    const uint64_t v = Varint();
    return v > max ? Fail() : v;
  }
  std::string_view Raw(size_t n) {
    if (n > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  std::string_view Bytes(size_t max) { return Raw(static_cast<size_t>(Bounded(max))); }

  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }
  size_t left() const { return rest_.size(); }

 private:
  uint64_t Fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace dudao::sync
