#include "web_map.h"

#include <gtest/gtest.h>

#include "reason.h"

namespace dudao::server {
namespace {

constexpr char kOutline[] = R"("outline": [[110.9, 35.5], [111.1, 35.5], [111.1, 35.7]])";

TEST(WebMap, NamesTheHostOfItsTiles) {
  const auto map = ParseWebMap(std::string("{") + kOutline + R"(,
    "tiles": {"url": "https://Tiles.example:8443/w/{z}/{x}/{y}.png", "coordinates": "gcj02"}})");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->tile_origin, "https://tiles.example:8443");
  EXPECT_NE(map->json->find("outline"), std::string::npos);
  EXPECT_EQ(ParseWebMap("{}")->tile_origin, "");
  EXPECT_EQ(ReadWebMap("")->json, nullptr);
}

TEST(WebMap, RefusesWhatIsNoMap) {
  for (const char* json : {
           "",
           "[]",
           "{",
           R"({"outline": []})",
           R"({"outline": [[1, 2], [3, 4]]})",
           R"({"outline": [[1, 2], [3, 4], [5]]})",
           R"({"outline": [[181, 2], [3, 4], [5, 6]]})",
           R"({"outline": [["a", 2], [3, 4], [5, 6]]})",
           R"({"tiles": {}})",
           R"({"tiles": {"url": "https://a/{z}/{x}/{y}"}})",
           R"({"tiles": {"url": "https://a/{z}/{x}", "coordinates": "wgs84"}})",
           R"({"tiles": {"url": "ftp://a/{z}/{x}/{y}", "coordinates": "wgs84"}})",
           R"({"tiles": {"url": "https:///{z}/{x}/{y}", "coordinates": "wgs84"}})",
           // A second word of the policy.
           R"({"tiles": {"url": "https://a 'unsafe-eval'/{z}/{x}/{y}", "coordinates": "wgs84"}})",
           R"({"tiles": {"url": "https://a;b/{z}/{x}/{y}", "coordinates": "wgs84"}})",
           R"({"tiles": {"url": "https://*/{z}/{x}/{y}", "coordinates": "wgs84"}})",
           R"({"tiles": {"url": "https://a/{z}/{x}/{y}", "coordinates": "bd09"}})",
           R"({"tiles": {"url": "https://a/{z}/{x}/{y}", "coordinates": "wgs84", "max_zoom": 99}})",
       }) {
    const auto map = ParseWebMap(json);
    EXPECT_EQ(ReasonOf(map.status()), "MAP_INVALID") << json;
  }
  EXPECT_EQ(ReasonOf(ReadWebMap("no-such-file.json").status()), "MAP_INVALID");
}

}  // namespace
}  // namespace dudao::server
