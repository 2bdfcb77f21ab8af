// OpenSSL's objects owned, and bytes as it wants them. Private to sync/trust.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dudao::sync {

// For std::unique_ptr: frees with OpenSSL's function for the type.
template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

inline const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());  // NOLINT: characters as bytes
}
inline uint8_t* Data(std::string& bytes) {
  return reinterpret_cast<uint8_t*>(bytes.data());  // NOLINT: characters as bytes
}

}  // namespace dudao::sync
