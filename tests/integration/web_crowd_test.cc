// 500 slow and hostile connections at the browsers' door must not stop the others, at neither door.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dudao/server/names.h"
#include "hostile_crowd.h"
#include "own_server.h"
#include "page.h"
#include "web_client.h"

namespace dudao::integration {
namespace {

namespace fs = std::filesystem;

constexpr char kInfo[] = "/dudao.admin.v1.AdminService/GetServerInfo";
constexpr size_t kCrowd = 500;
constexpr size_t kCallsLeast = 200;
constexpr absl::Duration kMeasured = absl::Seconds(3);
constexpr double kFactor = 10;
constexpr absl::Duration kFloor = absl::Milliseconds(2);
constexpr absl::Duration kSlowest = absl::Seconds(3);

struct Latency {
  absl::Duration median;
  absl::Duration slowest;
  int failed = 0;
};

// Most calls over a connection that was there before, some over new ones.
Latency Measure(const OwnServer& server, const std::string& root, const std::string& session) {
  const auto other_door = server.Connect(root);
  WebClient kept(server.web_port(), root);
  std::vector<absl::Duration> took;
  Latency latency;
  const absl::Time end = absl::Now() + kMeasured;
  while (took.size() < kCallsLeast || absl::Now() < end) {
    const absl::Time start = absl::Now();
    if (took.size() % 20 == 0) kept = WebClient(server.web_port(), root);
    const auto reply = kept.Call(kInfo, "", {{server::kSessionMetadata, session}});
    if (reply.status != 0) ++latency.failed;
    took.push_back(absl::Now() - start);
    if (took.size() % 20 == 0 && !OwnServer::Ask(other_door, session).ok()) ++latency.failed;
  }
  std::sort(took.begin(), took.end());
  latency.median = took[took.size() / 2];
  latency.slowest = took.back();
  return latency;
}

class WebDoorCrowd : public ::testing::TestWithParam<bool> {
 protected:
  WebDoorCrowd() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 16384);
    setrlimit(RLIMIT_NOFILE, &limit);
    fs::create_directories("crowd-web/office");
    std::ofstream("crowd-web/office/index.html") << std::string(1 << 20, 'p');
  }
  static void Prepare(OwnServer& server) {
    server.options().web_listen = "127.0.0.1:0";
    server.options().web_root = "crowd-web";
    server.options().metrics_listen = "127.0.0.1:0";
    server.options().limits.calls_per_second = 1e6;
  }
};

TEST_P(WebDoorCrowd, DoesNotStopTheOthers) {
  const bool tls = GetParam();
  OwnServer server(tls ? "web-crowd-tls" : "web-crowd-clear");
  Prepare(server);
  if (tls) server.options().tls_names = {"localhost"};
  const absl::Status started = server.Start();
  ASSERT_TRUE(started.ok()) << started;
  const std::string root = tls ? server.RootPem() : "";
  const std::string session = server.SignIn(server.Connect(root));
  const Latency quiet = Measure(server, root, session);

  std::vector<Mischief> kinds = {Mischief::kSilent, Mischief::kHalfHandshake, Mischief::kGarbage,
                                 Mischief::kWebHeadByteByByte};
  if (!tls)
    kinds.insert(kinds.end(), {Mischief::kWebBodyByteByByte, Mischief::kWebAnswersNobodyReads});
  HostileCrowd crowd(server.web_port(), kCrowd, kinds);
  crowd.Start();
  EXPECT_EQ(crowd.connected(), kCrowd);
  const Latency attacked = Measure(server, root, session);
  crowd.Stop();

  std::printf("median %s quiet, %s attacked; slowest %s and %s; %zu connections cut\n",
              absl::FormatDuration(quiet.median).c_str(),
              absl::FormatDuration(attacked.median).c_str(),
              absl::FormatDuration(quiet.slowest).c_str(),
              absl::FormatDuration(attacked.slowest).c_str(), crowd.cut());
  EXPECT_EQ(quiet.failed, 0);
  EXPECT_EQ(attacked.failed, 0);
  EXPECT_LE(attacked.median, std::max(kFactor * quiet.median, kFloor));
  EXPECT_LE(attacked.slowest, kSlowest);
  EXPECT_EQ(Measure(server, root, session).failed, 0);
}

INSTANTIATE_TEST_SUITE_P(ClearAndTls, WebDoorCrowd, ::testing::Bool(),
                         [](const auto& run) { return run.param ? "Tls" : "Clear"; });

// With all places taken by those who say nothing, a newcomer is served at once.
TEST_F(WebDoorCrowd, GivesWayToWhoHasSomethingToSay) {
  OwnServer server("web-crowd-full");
  Prepare(server);
  server.options().limits.web_connections_max = 40;
  ASSERT_TRUE(server.Start().ok());
  HostileCrowd crowd(
      server.web_port(), 100,
      {Mischief::kSilent, Mischief::kWebHeadByteByByte, Mischief::kWebBodyByteByByte});
  crowd.Start();
  const absl::Time limit = absl::Now() + absl::Seconds(10);
  int served = 0;
  for (int i = 0; i < 20; ++i)
    served += WebClient(server.web_port()).Ask("GET", "/ping").status == 204 ? 1 : 0;
  EXPECT_EQ(served, 20);
  EXPECT_LT(absl::Now(), limit);
  const std::string page = testing_support::ReadPage(server.metrics_port(), "/metrics");
  constexpr char kDisplaced[] = "dudao_web_connections_ended_total{why=\"displaced\"} ";
  const size_t at = page.find(kDisplaced);
  ASSERT_NE(at, std::string::npos) << page;
  // 140 connections or more, of which 40 have a place.
  EXPECT_GE(std::stoi(page.substr(at + sizeof kDisplaced - 1)), 60);
}

// Heads and handshakes that never end, and silence, have fifteen seconds.
TEST_F(WebDoorCrowd, IsShownOutWhereItNeverEnds) {
  for (const bool tls : {false, true}) {
    OwnServer server(tls ? "web-slow-tls" : "web-slow-clear");
    Prepare(server);
    if (tls) server.options().tls_names = {"localhost"};
    ASSERT_TRUE(server.Start().ok());
    for (const char* said : {"", "POST /x HTTP/1.1\r\nHo"}) {
      const absl::Time start = absl::Now();
      SendRaw(server.web_port(), said, 40);
      EXPECT_LT(absl::Now() - start, absl::Seconds(25)) << said;
    }
  }
}

}  // namespace
}  // namespace dudao::integration
