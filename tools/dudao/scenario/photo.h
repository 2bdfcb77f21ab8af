// Bytes that look like a photo to everything but an eye: the head and tail of a JPEG file and noise
// in between.
//
// The same seed gives the same bytes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace dudao::command {

std::string PhotoBytes(uint64_t seed, size_t size);

}  // namespace dudao::command
