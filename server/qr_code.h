// A text as a QR picture: SVG for pages and paper, block characters for terminals.
//
// Error correction M, by libqrencode (ISO/IEC 18004). Pure. Errors: INVALID_ARGUMENT for a text
// that is too long.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace dudao::server {

struct QrPictures {
  std::string svg;
  std::string text;  // UTF-8, two rows of the picture a line; dark on light
};
absl::StatusOr<QrPictures> DrawQr(const std::string& content);

}  // namespace dudao::server
