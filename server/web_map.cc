#include "web_map.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "reason.h"

namespace dudao::server {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kBytesMax = size_t{1} << 20;
constexpr int kPointsMin = 3;
constexpr double kZoomMax = 20;

absl::Status Invalid(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "MAP_INVALID", what);
}

const Value* Find(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

bool IsDegrees(const Value& value, double limit) {
  return value.kind_case() == Value::kNumberValue && std::abs(value.number_value()) <= limit;
}

// [[longitude, latitude], ...] in WGS-84.
absl::Status CheckOutline(const Value& outline) {
  if (outline.list_value().values_size() < kPointsMin)
    return Invalid("outline: a list of three points or more");
  for (const Value& point : outline.list_value().values()) {
    const auto& pair = point.list_value();
    if (pair.values_size() != 2 || !IsDegrees(pair.values(0), 180) ||
        !IsDegrees(pair.values(1), 90))
      return Invalid("outline: each point is [longitude, latitude] in degrees");
  }
  return absl::OkStatus();
}

bool IsHostLetter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == ':';
}

// The part of the address that a content policy names; nothing that could be a second word of it.
absl::StatusOr<std::string> OriginOf(const std::string& url) {
  for (const char* part : {"{z}", "{x}", "{y}"}) {
    if (url.find(part) == std::string::npos)
      return Invalid("tiles.url: must hold {z}, {x} and {y}");
  }
  for (const std::string scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const size_t end = std::min(url.find('/', scheme.size()), url.size());
    const std::string host = url.substr(scheme.size(), end - scheme.size());
    if (!host.empty() && std::all_of(host.begin(), host.end(), IsHostLetter))
      return scheme + absl::AsciiStrToLower(host);
  }
  return Invalid("tiles.url: must begin with https:// or http:// and a plain host name");
}

absl::StatusOr<std::string> CheckTiles(const Struct& tiles) {
  const Value* coordinates = Find(tiles, "coordinates");
  const std::string system = coordinates == nullptr ? "" : coordinates->string_value();
  if (system != "wgs84" && system != "gcj02")
    return Invalid("tiles.coordinates: \"wgs84\" or \"gcj02\"");
  if (const Value* zoom = Find(tiles, "max_zoom"))
    if (zoom->kind_case() != Value::kNumberValue || zoom->number_value() < 1 ||
        zoom->number_value() > kZoomMax)
      return Invalid("tiles.max_zoom: a number from 1 to 20");
  const Value* url = Find(tiles, "url");
  return OriginOf(url == nullptr ? "" : url->string_value());
}

}  // namespace

absl::StatusOr<WebMap> ParseWebMap(const std::string& json) {
  Struct map;
  if (json.size() > kBytesMax || !google::protobuf::util::JsonStringToMessage(json, &map).ok())
    return Invalid("no JSON object of at most 1 MiB");
  WebMap out;
  if (const Value* outline = Find(map, "outline")) DUDAO_TRY(CheckOutline(*outline));
  if (const Value* tiles = Find(map, "tiles")) {
    DUDAO_ASSIGN(out.tile_origin, CheckTiles(tiles->struct_value()));
  }
  out.json = std::make_shared<const std::string>(json);
  return out;
}

absl::StatusOr<WebMap> ReadWebMap(const std::string& path) {
  if (path.empty()) return WebMap();
  const auto json = ReadFile(path);
  if (!json.ok()) return Invalid(absl::StrCat(path, ": cannot be read"));
  return ParseWebMap(*json);
}

}  // namespace dudao::server
