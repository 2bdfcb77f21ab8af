// The hash chain of a replica's changes.
//
// h(0) = 32 zero bytes; h(n) = SHA-256("dudao.change.1" || h(n-1) || canonical(change n)). The
// canonical form is our own and is specified with test vectors in docs/change-format.md: protobuf
// bytes are not canonical and are never hashed. Pure functions; they cannot fail.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "dudao/sync/crdt/operation.h"

namespace dudao::sync {

using Hash = std::array<uint8_t, 32>;

// The canonical bytes of a change, as hashed. Self-contained: depends on nothing but the change and
// its space.
std::string CanonicalChange(std::string_view space, const Change& change);
Hash ChainHash(const Hash& previous, std::string_view space, const Change& change);

// SHA-256 of any bytes.
Hash Sha256(std::string_view bytes);
std::string HashHex(const Hash& hash);
inline std::string_view HashBytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};  // NOLINT: bytes as characters
}
// Zero hash if `bytes` is not 32 long.
Hash HashFromBytes(std::string_view bytes);

}  // namespace dudao::sync
