#include "scenario/photo.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string_view>
#include <vector>

namespace dudao::command {
namespace {

struct Colour {
  int red, green, blue;
};

class Canvas {
 public:
  Canvas(int width, int height, Colour colour)
      : width_(width), height_(height), pixels_(static_cast<size_t>(width * height), colour) {}

  int width() const { return width_; }
  int height() const { return height_; }
  void Set(int x, int y, Colour colour) {
    if (x >= 0 && y >= 0 && x < width_ && y < height_) At(x, y) = colour;
  }
  void Box(int left, int top, int right, int bottom, Colour colour) {
    for (int y = top; y < bottom; ++y) {
      for (int x = left; x < right; ++x) Set(x, y, colour);
    }
  }
  void Dot(int x, int y, int radius, Colour colour) {
    for (int dy = -radius; dy <= radius; ++dy) {
      for (int dx = -radius; dx <= radius; ++dx) {
        if (dx * dx + dy * dy <= radius * radius) Set(x + dx, y + dy, colour);
      }
    }
  }
  // The grain of a sensor, so that files have the size of photos.
  void Grain(std::mt19937_64& noise) {
    for (Colour& pixel : pixels_) {
      const int grain = static_cast<int>(noise() & 3);
      pixel = {pixel.red + grain, pixel.green + grain, pixel.blue + grain};
    }
  }
  std::string Rows() const {
    std::string rows;
    rows.reserve(pixels_.size() * 3 + static_cast<size_t>(height_));
    for (size_t i = 0; i < pixels_.size(); ++i) {
      if (i % static_cast<size_t>(width_) == 0) rows += '\0';  // no filter
      for (const int value : {pixels_[i].red, pixels_[i].green, pixels_[i].blue})
        rows += static_cast<char>(std::clamp(value, 0, 255));
    }
    return rows;
  }

 private:
  Colour& At(int x, int y) { return pixels_[static_cast<size_t>(y * width_ + x)]; }

  int width_;
  int height_;
  std::vector<Colour> pixels_;
};

void AppendNumber(std::string& out, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

const Bytef* Data(const std::string& bytes) {
  return reinterpret_cast<const Bytef*>(bytes.data());  // NOLINT: characters as bytes
}

void AppendChunk(std::string& out, std::string_view type, const std::string& data) {
  const std::string body = std::string(type) + data;
  AppendNumber(out, static_cast<uint32_t>(data.size()));
  out += body;
  AppendNumber(out, static_cast<uint32_t>(crc32(0, Data(body), static_cast<uInt>(body.size()))));
}

// Portable Network Graphics, 8 bits a channel, no alpha (ISO/IEC 15948).
std::string Png(const Canvas& canvas) {
  std::string head;
  AppendNumber(head, static_cast<uint32_t>(canvas.width()));
  AppendNumber(head, static_cast<uint32_t>(canvas.height()));
  head += std::string("\x08\x02\x00\x00\x00", 5);
  const std::string rows = canvas.Rows();
  uLongf packed_size = compressBound(rows.size());
  std::string packed(packed_size, '\0');
  compress2(reinterpret_cast<Bytef*>(packed.data()), &packed_size, Data(rows), rows.size(),
            Z_BEST_SPEED);  // NOLINT: characters as bytes
  packed.resize(packed_size);
  std::string out = "\x89PNG\r\n\x1A\n";
  AppendChunk(out, "IHDR", head);
  AppendChunk(out, "IDAT", packed);
  AppendChunk(out, "IEND", "");
  return out;
}

int Roll(std::mt19937_64& dice, int from, int to) {
  return std::uniform_int_distribution<int>(from, to)(dice);
}

void DrawLandscape(Canvas& canvas, std::mt19937_64& dice) {
  const int horizon = canvas.height() * Roll(dice, 35, 50) / 100;
  const double phase = Roll(dice, 0, 628) / 100.0;
  for (int x = 0; x < canvas.width(); ++x) {
    const double along = x * 6.28 / canvas.width();
    const int ridge =
        horizon -
        static_cast<int>(canvas.height() * 0.08 *
                         (1 + std::sin(along + phase) + 0.4 * std::sin(3 * along + 2 * phase)));
    for (int y = 0; y < canvas.height(); ++y) {
      const int depth = 60 * y / canvas.height();
      if (y < ridge)
        canvas.Set(x, y, {150 + depth, 185 + depth / 2, 225});
      else if (y < horizon)
        canvas.Set(x, y, {110 - depth / 2, 125, 85});
      else
        canvas.Set(x, y, {190 - depth, 165 - depth, 120 - depth / 2});
    }
  }
}

void DrawWall(Canvas& canvas, std::mt19937_64& dice) {
  const int w = canvas.width();
  const int h = canvas.height();
  const int left = w * Roll(dice, 8, 30) / 100;
  const int right = left + w * Roll(dice, 40, 55) / 100;
  const int top = h * Roll(dice, 38, 48) / 100;
  const int bottom = h * 88 / 100;
  canvas.Box(left - w / 60, top - h / 16, right + w / 60, top, {120, 70, 60});
  canvas.Box(left, top, right, bottom, {225, 218, 205});
  canvas.Box(left, bottom - h / 14, right, bottom, {150, 60, 55});
  const int door = left + (right - left) * Roll(dice, 12, 30) / 100;
  canvas.Box(door, bottom - h / 4, door + w / 9, bottom, {90, 60, 45});
  canvas.Box(right - w / 6, top + h / 10, right - w / 18, top + h / 4, {95, 120, 150});
  int x = (left + right) / 2 + Roll(dice, -w / 20, w / 20);
  for (int y = top; y < bottom - h / 14; ++y) {
    x += Roll(dice, -2, 2);
    canvas.Dot(x, y, std::max(1, w / 400), {70, 60, 55});
  }
}

}  // namespace

std::string SamplePhoto(uint64_t seed, int width) {
  std::mt19937_64 dice(seed);
  Canvas canvas(width, width * 3 / 4, {255, 255, 255});
  DrawLandscape(canvas, dice);
  DrawWall(canvas, dice);
  canvas.Grain(dice);
  return Png(canvas);
}

std::string SampleSignature(uint64_t seed) {
  std::mt19937_64 dice(seed);
  Canvas canvas(480, 180, {255, 255, 255});
  int left = 40;
  for (int stroke = Roll(dice, 7, 11); stroke > 0; --stroke) {
    double x = left + Roll(dice, 0, 60);
    double y = Roll(dice, 40, 130);
    double angle = Roll(dice, 0, 628) / 100.0;
    const double turn = Roll(dice, -30, 30) / 1000.0;
    for (int step = Roll(dice, 25, 70); step > 0; --step) {
      canvas.Dot(static_cast<int>(x), static_cast<int>(y), 2, {20, 20, 40});
      x += 1.6 * std::cos(angle);
      y = std::clamp(y + 1.2 * std::sin(angle), 20.0, 160.0);
      angle += turn;
    }
    left += 36;
  }
  return Png(canvas);
}

}  // namespace dudao::command
