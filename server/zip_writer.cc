#include "zip_writer.h"

#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <sstream>
#include <vector>

#include "archive_files.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace fs = std::filesystem;
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr int kRawDeflate = -15;
constexpr int kMemoryLevel = 8;
constexpr uint16_t kUtf8Names = 1 << 11;
constexpr uint16_t kDeflated = 8;
constexpr uint16_t kVersion = 20;
// 1 January 1980, the first day that the format knows: an export has its own times inside.
constexpr uint16_t kDate = (0 << 9) | (1 << 5) | 1;

struct Entry {
  std::string name;
  uint32_t crc = 0;
  uint64_t packed = 0;
  uint64_t size = 0;
  uint64_t offset = 0;
};

void Put16(std::string& out, uint64_t value) {
  out.push_back(static_cast<char>(value & 0xff));
  out.push_back(static_cast<char>(value >> 8 & 0xff));
}

void Put32(std::string& out, uint64_t value) {
  Put16(out, value & 0xffff);
  Put16(out, value >> 16 & 0xffff);
}

// What local and central header share.
void PutCommon(std::string& out, const Entry& entry) {
  Put16(out, kVersion);
  Put16(out, kUtf8Names);
  Put16(out, kDeflated);
  Put16(out, 0);
  Put16(out, kDate);
  Put32(out, entry.crc);
  Put32(out, entry.packed);
  Put32(out, entry.size);
  Put16(out, entry.name.size());
  Put16(out, 0);
}

std::string LocalHeader(const Entry& entry) {
  std::string out;
  Put32(out, 0x04034b50);
  PutCommon(out, entry);
  return out + entry.name;
}

std::string CentralHeader(const Entry& entry) {
  std::string out;
  Put32(out, 0x02014b50);
  Put16(out, kVersion);
  PutCommon(out, entry);
  for (int i = 0; i < 3; ++i) Put16(out, 0);
  Put32(out, 0);
  Put32(out, entry.offset);
  return out + entry.name;
}

absl::Status Deflate(std::istream& in, std::ostream& out, Entry& entry) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawDeflate, kMemoryLevel,
               Z_DEFAULT_STRATEGY);
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, deflateEnd);
  std::string plain(kPiece, '\0');
  std::string packed(kPiece, '\0');
  entry.crc = static_cast<uint32_t>(crc32(0, nullptr, 0));
  while (true) {
    in.read(plain.data(), static_cast<std::streamsize>(plain.size()));
    const auto count = static_cast<uInt>(in.gcount());
    stream.next_in = reinterpret_cast<Bytef*>(plain.data());  // NOLINT: C interface
    stream.avail_in = count;
    entry.crc = static_cast<uint32_t>(crc32(entry.crc, stream.next_in, count));
    entry.size += count;
    const bool last = count < plain.size();
    do {
      stream.next_out = reinterpret_cast<Bytef*>(packed.data());  // NOLINT: C interface
      stream.avail_out = static_cast<uInt>(packed.size());
      deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
      const size_t made = packed.size() - stream.avail_out;
      out.write(packed.data(), static_cast<std::streamsize>(made));
      entry.packed += made;
    } while (stream.avail_out == 0);
    if (!out) return FileError(ENOSPC, "zip");
    if (last) return absl::OkStatus();
  }
}

using Opener = std::function<std::unique_ptr<std::istream>(const std::string& name)>;

absl::Status WriteZip(const std::vector<std::string>& names, const Opener& open,
                      std::ostream& out) {
  std::string directory;
  for (const std::string& name : names) {
    Entry entry;
    entry.name = name;
    entry.offset = static_cast<uint64_t>(out.tellp());
    out << LocalHeader(entry);
    const std::unique_ptr<std::istream> in = open(name);
    DUDAO_TRY(Deflate(*in, out, entry));
    const auto end = out.tellp();
    const uint64_t most = std::numeric_limits<uint32_t>::max();
    if (entry.size >= most || static_cast<uint64_t>(end) >= most) {
      return Error(absl::StatusCode::kOutOfRange, "EXPORT_TOO_LARGE");
    }
    out.seekp(static_cast<std::streamoff>(entry.offset));
    out << LocalHeader(entry);
    out.seekp(end);
    directory += CentralHeader(entry);
  }
  const auto start = static_cast<uint64_t>(out.tellp());
  std::string tail;
  Put32(tail, 0x06054b50);
  Put32(tail, 0);
  Put16(tail, names.size());
  Put16(tail, names.size());
  Put32(tail, directory.size());
  Put32(tail, start);
  Put16(tail, 0);
  out << directory << tail;
  out.flush();
  return out ? absl::OkStatus() : FileError(ENOSPC, "zip");
}

}  // namespace

absl::StatusOr<std::string> ZipParts(const std::vector<ZipPart>& parts) {
  std::vector<std::string> names;
  for (const ZipPart& part : parts) names.push_back(part.name);
  size_t next = 0;
  std::ostringstream out;
  DUDAO_TRY(WriteZip(
      names,
      [&](const std::string&) {
        return std::make_unique<std::istringstream>(parts[next++].content);
      },
      out));
  return out.str();
}

absl::Status ZipFolder(const std::string& folder, const std::string& zip) {
  DUDAO_ASSIGN(const std::vector<std::string> names, FilesBelow(folder));
  if (names.size() > std::numeric_limits<uint16_t>::max()) {
    return Error(absl::StatusCode::kOutOfRange, "EXPORT_TOO_LARGE");
  }
  const std::string part = zip + ".partial";
  absl::Status written;
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    if (!out) return FileError(errno, fs::path(zip).filename());
    written = WriteZip(
        names,
        [&](const std::string& name) {
          return std::make_unique<std::ifstream>(folder + "/" + name, std::ios::binary);
        },
        out);
  }
  if (written.ok()) return RenameDurably(part, zip);
  std::remove(part.c_str());
  return written;
}

}  // namespace dudao::server
