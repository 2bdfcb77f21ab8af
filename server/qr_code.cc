#include "qr_code.h"

#include <qrencode.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int kMargin = 4;  // the quiet zone that the standard asks for

class Picture {
 public:
  explicit Picture(const QRcode& code) : code_(code) {}
  int width() const { return code_.width + 2 * kMargin; }
  bool Dark(int row, int column) const {
    const int r = row - kMargin;
    const int c = column - kMargin;
    if (r < 0 || c < 0 || r >= code_.width || c >= code_.width) return false;
    return (code_.data[r * code_.width + c] & 1) != 0;
  }

 private:
  const QRcode& code_;
};

std::string Svg(const Picture& picture) {
  const int width = picture.width();
  std::string svg = absl::StrCat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", width, " ", width,
      "\" shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
      "<path d=\"");
  for (int row = 0; row < width; ++row) {
    for (int column = 0; column < width; ++column) {
      if (picture.Dark(row, column)) absl::StrAppend(&svg, "M", column, " ", row, "h1v1h-1z");
    }
  }
  return svg + "\"/></svg>";
}

// Terminals are mostly dark: what is light in the picture is drawn.
std::string Text(const Picture& picture) {
  static constexpr const char* kBlocks[] = {"█", "▀", "▄", " "};  // light-light, light-dark, ...
  std::string text;
  for (int row = 0; row < picture.width(); row += 2) {
    for (int column = 0; column < picture.width(); ++column) {
      const int upper = picture.Dark(row, column) ? 2 : 0;
      const int lower = row + 1 < picture.width() && picture.Dark(row + 1, column) ? 1 : 0;
      text += kBlocks[upper + lower];
    }
    text += "\n";
  }
  return text;
}

}  // namespace

absl::StatusOr<QrPictures> DrawQr(const std::string& content) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString8bit(content.c_str(), 0, QR_ECLEVEL_M), &QRcode_free);
  if (code == nullptr) return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "QR");
  const Picture picture(*code);
  return QrPictures{Svg(picture), Text(picture)};
}

}  // namespace dudao::server
