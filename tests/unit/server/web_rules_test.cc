// Origins, headers, and who has a place at the web door.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "revisions.h"
#include "web_answer.h"
#include "web_crowd.h"

namespace dudao::server {
namespace {

TEST(WebOrigins, LetOwnPagesCallAndNoOthers) {
  constexpr char kHost[] = "dudao.example:8443";
  EXPECT_FALSE(FromElsewhere({"", kHost, ""}, true)) << "no browser";
  EXPECT_FALSE(FromElsewhere({"https://dudao.example:8443", kHost, "same-origin"}, true));
  EXPECT_FALSE(FromElsewhere({"https://DUDAO.example:8443", kHost, ""}, true));
  EXPECT_FALSE(FromElsewhere({"http://localhost:8480", "localhost:8480", ""}, false));
  EXPECT_FALSE(FromElsewhere({"https://dudao.example", "dudao.example", ""}, false))
      << "a proxy in front speaks TLS";
  EXPECT_TRUE(FromElsewhere({"http://dudao.example:8443", kHost, ""}, true)) << "another scheme";
  for (const char* other :
       {"https://evil.example", "null", "https://dudao.example",
        "https://dudao.example:8443.evil.example", "https://x@dudao.example:8443",
        "https://dudao.example:84430", "file://"})
    EXPECT_TRUE(FromElsewhere({other, kHost, ""}, true)) << other;
  EXPECT_TRUE(FromElsewhere({"https://", "", ""}, true)) << "no host to compare with";
  for (const char* site : {"cross-site", "same-site", "nonsense"})
    EXPECT_TRUE(FromElsewhere({"https://dudao.example:8443", kHost, site}, true)) << site;
}

TEST(WebHeadersOfAll, KeepPagesToThemselves) {
  std::string all;
  for (const auto& [name, value] : SafetyHeaders(false)) all += name + ": " + value + "\n";
  for (const char* part :
       {"default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'",
        "object-src 'none'", "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
        "Cross-Origin-Resource-Policy: same-origin", "camera=(self)"})
    EXPECT_NE(all.find(part), std::string::npos) << part;
  for (const char* part : {"Strict-Transport-Security", "Access-Control", "Set-Cookie",
                           "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"})
    EXPECT_EQ(all.find(part), std::string::npos) << part;
  EXPECT_EQ(SafetyHeaders(true).back().first, "Strict-Transport-Security");
}

class Guest final : public WebCrowd::Guest {
 public:
  void Leave() override { asked = true; }
  bool asked = false;
};

TEST(WebCrowdTest, GivesTheLongestWaitingPlaceToANewcomer) {
  WebCrowd crowd(2, 10);
  std::vector<std::shared_ptr<Guest>> guests;
  for (int i = 0; i < 5; ++i) guests.push_back(std::make_shared<Guest>());
  ASSERT_TRUE(crowd.Enter(guests[0], "a"));
  crowd.Waits(*guests[0]);
  ASSERT_TRUE(crowd.Enter(guests[1], "a"));
  crowd.Waits(*guests[1]);
  crowd.Waits(*guests[0]);  // said something since
  EXPECT_TRUE(crowd.Enter(guests[2], "b"));
  EXPECT_TRUE(guests[1]->asked);
  EXPECT_FALSE(guests[0]->asked);
  crowd.Left(*guests[1]);
  crowd.Works(*guests[0]);
  crowd.Works(*guests[2]);
  EXPECT_FALSE(crowd.Enter(guests[3], "c")) << "those at work stay";
  crowd.Left(*guests[0]);
  EXPECT_TRUE(crowd.Enter(guests[3], "c"));
  EXPECT_EQ(crowd.displaced(), 1u);
  EXPECT_EQ(crowd.refused(), 1u);
  EXPECT_EQ(crowd.count(), 2u);
}

TEST(WebCrowdTest, LimitsAnAddressButNotThisMachine) {
  WebCrowd crowd(100, 2);
  std::vector<std::shared_ptr<Guest>> guests;
  const auto enter = [&](const char* address) {
    guests.push_back(std::make_shared<Guest>());
    return crowd.Enter(guests.back(), address);
  };
  EXPECT_TRUE(enter("192.0.2.1"));
  EXPECT_TRUE(enter("192.0.2.1"));
  EXPECT_FALSE(enter("192.0.2.1"));
  EXPECT_TRUE(enter("192.0.2.2"));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(enter(""));
  crowd.Left(*guests[0]);
  EXPECT_TRUE(enter("192.0.2.1"));
}

TEST(RevisionsTest, GrowInTheSpaceThatChanged) {
  Revisions revisions(1000);
  int woken = 0;
  revisions.SetWake([&] { ++woken; });
  EXPECT_EQ(revisions.Newest({"a", "b"}), 1000u);
  revisions.Changed("a");
  revisions.Changed("b");
  EXPECT_EQ(revisions.Newest({"a"}), 1001u);
  EXPECT_EQ(revisions.Newest({"a", "b"}), 1002u);
  EXPECT_EQ(revisions.Newest({"c"}), 1000u) << "what others may see does not show here";
  EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace dudao::server
