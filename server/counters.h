// What the server counts since it started. Every member is thread-safe on its own.
#pragma once

#include <atomic>
#include <cstdint>

namespace dudao::server {

struct Counters {
  std::atomic<uint64_t> exchanges{0};
  std::atomic<uint64_t> ingest_us{0};   // decoding, merging and storing what was pushed
  std::atomic<uint64_t> respond_us{0};  // reading what was pulled and encoding answers
  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> calls_failed{0};
  // The same calls by the door they came through.
  std::atomic<uint64_t> calls_grpc{0};
  std::atomic<uint64_t> calls_web{0};
};

}  // namespace dudao::server
