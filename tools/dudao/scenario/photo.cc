#include "scenario/photo.h"

#include <random>

namespace dudao::command {

std::string PhotoBytes(uint64_t seed, size_t size) {
  static const std::string kHead(
      "\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00", 20);
  static const std::string kTail("\xFF\xD9", 2);
  std::string bytes = kHead;
  bytes.reserve(size);
  std::mt19937_64 noise(seed);
  while (bytes.size() + kTail.size() < size) {
    uint64_t word = noise();
    for (int i = 0; i < 8 && bytes.size() + kTail.size() < size; ++i, word >>= 8) {
      bytes += static_cast<char>(word & 0xFF);
    }
  }
  return bytes + kTail;
}

}  // namespace dudao::command
