// What a row of `lapsed` holds. Numbers are frozen; nothing here fails.
#pragma once

#include <cstdint>

namespace dudao::sync {

inline constexpr int64_t kLapsedProof = 1;
inline constexpr int64_t kLapsedReceipt = 2;

}  // namespace dudao::sync
