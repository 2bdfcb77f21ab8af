// Pictures for sample data: drawn, not taken, and named so in the picture's words.
//
// PNG files. The same seed gives the same bytes. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace dudao::command {

// A village under a hill with a wall that has a crack. `width` by three quarters of it, in pixels.
std::string SamplePhoto(uint64_t seed, int width);
// Strokes of a pen on white.
std::string SampleSignature(uint64_t seed);

}  // namespace dudao::command
