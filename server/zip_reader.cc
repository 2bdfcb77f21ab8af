#include "zip_reader.h"

#include <zlib.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::server {
namespace {

constexpr uint32_t kLocalMark = 0x04034b50;
constexpr uint32_t kCentralMark = 0x02014b50;
constexpr uint32_t kEndMark = 0x06054b50;
constexpr size_t kLocalBytes = 30;
constexpr size_t kCentralBytes = 46;
constexpr size_t kEndBytes = 22;
constexpr size_t kCommentMax = 0xffff;
constexpr uint32_t kEncrypted = 1 | 1 << 6 | 1 << 13;
constexpr uint32_t kSaysZip64 = 0xffffffff;
constexpr int kRawInflate = -15;
constexpr uint64_t kRatioFree = 1 << 20;
constexpr size_t kNameMax = 255;

absl::Status Refused(const char* reason) {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, reason);
}
absl::Status Damaged() { return Refused("IMPORT_BOOK_DAMAGED"); }

// Little-endian numbers at an offset; the caller has checked that they are there.
uint32_t Get16(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]) |
         static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + 1])) << 8;
}
uint32_t Get32(std::string_view bytes, size_t at) {
  return Get16(bytes, at) | Get16(bytes, at + 2) << 16;
}

struct End {
  size_t at = 0;
  size_t entries = 0;
  size_t size = 0;
  size_t offset = 0;
};

// The end record: the last one whose comment reaches exactly to the end of the file.
absl::StatusOr<End> FindEnd(std::string_view file) {
  if (file.size() < kEndBytes) return Damaged();
  const size_t lowest = file.size() - std::min(file.size(), kEndBytes + kCommentMax);
  for (size_t at = file.size() - kEndBytes + 1; at-- > lowest;) {
    if (Get32(file, at) != kEndMark || at + kEndBytes + Get16(file, at + 20) != file.size())
      continue;
    End end{at, Get16(file, at + 10), Get32(file, at + 12), Get32(file, at + 16)};
    const bool one_disk = Get32(file, at + 4) == 0 && Get16(file, at + 8) == end.entries;
    // Nothing between the directory and this record: no zip64, no signature.
    if (!one_disk || end.size > at || end.offset != at - end.size) return Damaged();
    return end;
  }
  return Damaged();
}

struct Entry {
  std::string name;
  uint32_t flags = 0;
  uint32_t method = 0;
  uint32_t crc = 0;
  uint64_t packed = 0;
  uint64_t size = 0;
  uint64_t offset = 0;
};

// The entry at `at`, which moves behind it.
absl::StatusOr<Entry> ReadEntry(std::string_view directory, size_t& at) {
  if (directory.size() - at < kCentralBytes || Get32(directory, at) != kCentralMark)
    return Damaged();
  const size_t name_bytes = Get16(directory, at + 28);
  const size_t whole =
      kCentralBytes + name_bytes + Get16(directory, at + 30) + Get16(directory, at + 32);
  if (directory.size() - at < whole || name_bytes == 0 || name_bytes > kNameMax ||
      Get16(directory, at + 34) != 0)
    return Damaged();
  Entry entry{std::string(directory.substr(at + kCentralBytes, name_bytes)),
              Get16(directory, at + 8),
              Get16(directory, at + 10),
              Get32(directory, at + 16),
              Get32(directory, at + 20),
              Get32(directory, at + 24),
              Get32(directory, at + 42)};
  at += whole;
  if ((entry.flags & kEncrypted) != 0) return Refused("IMPORT_BOOK_OLD");
  if (entry.packed == kSaysZip64 || entry.size == kSaysZip64 || entry.offset == kSaysZip64)
    return Refused("IMPORT_BOOK_TOO_LARGE");
  if (entry.method != 0 && entry.method != Z_DEFLATED) return Damaged();
  if (entry.method == 0 && entry.packed != entry.size) return Damaged();
  if (entry.size > ZipReader::kPartBytesMax ||
      (entry.size > kRatioFree && entry.size / ZipReader::kRatioMax > entry.packed))
    return Refused("IMPORT_BOOK_TOO_LARGE");
  return entry;
}

// Where the bytes of a part begin. `body` is the file up to its directory.
absl::StatusOr<size_t> DataOf(std::string_view body, const Entry& entry) {
  if (entry.offset > body.size() || body.size() - entry.offset < kLocalBytes) return Damaged();
  const size_t at = entry.offset;
  const size_t name_bytes = Get16(body, at + 26);
  const size_t head = kLocalBytes + name_bytes + Get16(body, at + 28);
  if (Get32(body, at) != kLocalMark || Get16(body, at + 6) != entry.flags ||
      Get16(body, at + 8) != entry.method || body.size() - at < head ||
      body.substr(at + kLocalBytes, name_bytes) != entry.name ||
      body.size() - at - head < entry.packed)
    return Damaged();
  return at + head;
}

}  // namespace

absl::StatusOr<ZipReader> ZipReader::Open(std::string_view file) {
  DUDAO_ASSIGN(const End end, FindEnd(file));
  if (end.entries > kPartsMax) return Refused("IMPORT_BOOK_TOO_LARGE");
  const std::string_view body = file.substr(0, end.offset);
  const std::string_view directory = file.substr(end.offset, end.size);
  ZipReader reader;
  std::vector<std::pair<uint64_t, uint64_t>> taken;  // from, to
  uint64_t total = 0;
  size_t at = 0;
  for (size_t i = 0; i < end.entries; ++i) {
    DUDAO_ASSIGN(const Entry entry, ReadEntry(directory, at));
    DUDAO_ASSIGN(const size_t data, DataOf(body, entry));
    taken.emplace_back(entry.offset, data + entry.packed);
    total += entry.size;
    const Part part{body.substr(data, entry.packed), entry.size, entry.crc, entry.method != 0};
    if (!reader.parts_.emplace(entry.name, part).second) return Damaged();
  }
  if (at != directory.size()) return Damaged();
  if (total > kTotalBytesMax) return Refused("IMPORT_BOOK_TOO_LARGE");
  std::sort(taken.begin(), taken.end());
  for (size_t i = 1; i < taken.size(); ++i) {
    if (taken[i].first < taken[i - 1].second) return Damaged();
  }
  return reader;
}

absl::StatusOr<std::string> ZipReader::Read(const std::string& name) {
  const auto found = parts_.find(name);
  if (found == parts_.end()) return Damaged();
  const Part& part = found->second;
  unpacked_ += part.size;
  if (unpacked_ > kTotalBytesMax) return Refused("IMPORT_BOOK_TOO_LARGE");
  std::string out;
  if (!part.deflated) {
    out = std::string(part.packed);
  } else {
    // One byte more than declared, so that a part that goes on is seen.
    out.resize(part.size + 1);
    z_stream stream{};
    if (inflateInit2(&stream, kRawInflate) != Z_OK) return Damaged();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.packed.data()));
    stream.avail_in = static_cast<uInt>(part.packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_FINISH);
    const bool whole =
        result == Z_STREAM_END && stream.avail_in == 0 && stream.total_out == part.size;
    inflateEnd(&stream);
    if (!whole) return Damaged();
    out.resize(part.size);
  }
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(out.size()));
  if (crc != part.crc) return Damaged();
  return out;
}

}  // namespace dudao::server
