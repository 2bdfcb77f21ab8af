#include "replay/wire_count.h"

#include <zlib.h>
#include <zstd.h>

#include <chrono>

namespace dudao::command {
namespace {

constexpr uint64_t kGzipFraming = 12;  // what gzip adds to zlib's own two-byte header and checksum

uint64_t GzipSize(const std::string& message) {
  uLongf size = compressBound(static_cast<uLong>(message.size()));
  std::string out(size, '\0');
  compress2(reinterpret_cast<Bytef*>(out.data()), &size,
            reinterpret_cast<const Bytef*>(message.data()), static_cast<uLong>(message.size()), 6);
  return size + kGzipFraming;
}

uint64_t ZstdSize(const std::string& message) {
  std::string out(ZSTD_compressBound(message.size()), '\0');
  return ZSTD_compress(out.data(), out.size(), message.data(), message.size(), 3);
}

}  // namespace

void WireCount::Count(const std::string& direction, const std::string& message) {
  const auto started = std::chrono::steady_clock::now();
  const auto add = [this](const std::string& name, uint64_t bytes) {
    totals_[name] = totals_[name].get<uint64_t>() + bytes;
  };
  add(direction, message.size());
  add("messages", 1);
  if (!message.empty()) {
    add(direction + "_gz", GzipSize(message));
    add(direction + "_zstd", ZstdSize(message));
  }
  compressing_ms_ +=
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
}

}  // namespace dudao::command
