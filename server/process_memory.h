// How much memory this process holds, as the kernel counts it. Any thread; 0 where the kernel does
// not say.
#pragma once

#include <cstdint>

namespace dudao::server {

uint64_t ResidentBytes();
uint64_t PeakResidentBytes();

}  // namespace dudao::server
