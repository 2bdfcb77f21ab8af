// Names of the fuzz entry points: libFuzzer's own in a fuzz build, one each when they are replayed
// together.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef DUDAO_FUZZ_REPLAY
#define DUDAO_FUZZ_ENTRY(name) int Fuzz##name(const uint8_t* data, size_t size)
#else
#define DUDAO_FUZZ_ENTRY(name) \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
#endif
