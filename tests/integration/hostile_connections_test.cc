// 500 slow and hostile connections must not stop the others.
//
// The latency of an honest client's calls is measured before and during the attack in the same run:
// the median may grow by kFactor at most (with a floor, below which the machine's own noise lies),
// no call may fail, and none may take seconds.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "hostile_crowd.h"
#include "own_server.h"
#include "page.h"

namespace dudao::integration {
namespace {

constexpr size_t kCrowd = 500;
constexpr size_t kCallsLeast = 200;
constexpr absl::Duration kMeasured = absl::Seconds(3);
constexpr double kFactor = 10;
constexpr absl::Duration kFloor = absl::Milliseconds(2);
constexpr absl::Duration kSlowest = absl::Seconds(3);

// The test holds both ends of each connection.
void RaiseFileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 16384);
  setrlimit(RLIMIT_NOFILE, &limit);
}

struct Latency {
  absl::Duration median;
  absl::Duration slowest;
  int failed = 0;
};

// Most calls over a connection that was there before, some over new ones.
Latency Measure(const OwnServer& server, const std::string& root, const std::string& session) {
  const auto kept = server.Connect(root);
  std::vector<absl::Duration> took;
  Latency latency;
  const absl::Time end = absl::Now() + kMeasured;
  while (took.size() < kCallsLeast || absl::Now() < end) {
    const auto channel = took.size() % 20 == 0 ? server.Connect(root) : kept;
    const absl::Time start = absl::Now();
    if (!OwnServer::Ask(channel, session).ok()) ++latency.failed;
    took.push_back(absl::Now() - start);
  }
  std::sort(took.begin(), took.end());
  latency.median = took[took.size() / 2];
  latency.slowest = took.back();
  return latency;
}

class HostileConnections : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { RaiseFileLimit(); }
};

TEST_P(HostileConnections, DoNotStopTheOthers) {
  const bool tls = GetParam();
  const std::string folder = tls ? "crowd-tls" : "crowd-clear";
  OwnServer server(folder);
  if (tls) server.options().tls_names = {"localhost"};
  server.options().metrics_listen = "127.0.0.1:0";
  server.options().limits.receive_max = absl::Seconds(2);
  // The honest client asks as fast as it can.
  server.options().limits.calls_per_second = 1e6;
  const absl::Status started = server.Start();
  ASSERT_TRUE(started.ok()) << started;
  const std::string root = tls ? server.RootPem() : "";
  const std::string session = server.SignIn(server.Connect(root));
  const Latency quiet = Measure(server, root, session);

  std::vector<Mischief> kinds = {Mischief::kSilent, Mischief::kHalfHandshake, Mischief::kGarbage,
                                 Mischief::kByteByByte};
  if (!tls) {
    kinds.insert(kinds.end(), {Mischief::kEndlessHeaders, Mischief::kRequestsThatNeverEnd,
                               Mischief::kAnswersNobodyReads});
  }
  HostileCrowd crowd(server.port(), kCrowd, kinds);
  crowd.Start();
  EXPECT_EQ(crowd.connected(), kCrowd);
  const Latency attacked = Measure(server, root, session);
  const std::string page = testing_support::ReadPage(server.metrics_port(), "/metrics");
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
  EXPECT_NE(page.find("dudao_serving 1"), std::string::npos) << "figures are to be had meanwhile";
  EXPECT_GT(crowd.cut(), 0u);
  EXPECT_EQ(Measure(server, root, session).failed, 0);
}

INSTANTIATE_TEST_SUITE_P(ClearAndTls, HostileConnections, ::testing::Bool(),
                         [](const auto& run) { return run.param ? "Tls" : "Clear"; });

// A request that never arrives whole holds its place for a limited time only.
TEST_F(HostileConnections, AreNotWaitedForWithoutEnd) {
  OwnServer server("endless");
  server.options().metrics_listen = "127.0.0.1:0";
  server.options().limits.receive_max = absl::Seconds(1);
  ASSERT_TRUE(server.Start().ok());
  const auto open_calls = [&] {
    const std::string page = testing_support::ReadPage(server.metrics_port(), "/metrics");
    const size_t at = page.find("\ndudao_calls_open ");
    return at == std::string::npos ? -1 : std::stoi(page.substr(at + 18));
  };
  HostileCrowd crowd(server.port(), 50, {Mischief::kRequestsThatNeverEnd});
  crowd.Start();
  const absl::Time limit = absl::Now() + absl::Seconds(30);
  while (open_calls() < 1000 && absl::Now() < limit) {
  }
  EXPECT_EQ(open_calls(), 1000) << "50 connections with 20 requests each";
  while (open_calls() != 0 && absl::Now() < limit) {
  }
  EXPECT_EQ(open_calls(), 0);
}

// Headers without end are kept by gRPC before anybody is asked who calls: only the connection's end
// bounds them.
TEST_F(HostileConnections, DoNotFillTheMemoryWithHeaders) {
  OwnServer server("headers");
  server.options().metrics_listen = "127.0.0.1:0";
  ASSERT_TRUE(server.Start().ok());
  HostileCrowd crowd(server.port(), 20, {Mischief::kEndlessHeaders});
  crowd.Start();
  const absl::Time limit = absl::Now() + absl::Seconds(30);
  std::string page;
  while (crowd.cut() < 60 && absl::Now() < limit)
    page = testing_support::ReadPage(server.metrics_port(), "/metrics");
  EXPECT_GE(crowd.cut(), 60u) << "each of them three times";
  EXPECT_LT(crowd.sent() / (crowd.cut() + 20), size_t{512} << 10) << "bytes until the end of each";
  EXPECT_NE(page.find("\ndudao_connections_cut_total "), std::string::npos);
}

// Whoever connects and says nothing is shown out, in clear text and with TLS.
TEST_F(HostileConnections, AreClosedWhereTheySayNothing) {
  for (const bool tls : {false, true}) {
    OwnServer server(tls ? "silent-tls" : "silent-clear");
    if (tls) server.options().tls_names = {"localhost"};
    ASSERT_TRUE(server.Start().ok());
    const int fd = testing_support::ConnectLoopback(server.port(), 40);
    ASSERT_GE(fd, 0);
    char got[256];
    ssize_t n = 1;
    // In clear text the server greets first.
    while (n > 0) n = recv(fd, got, sizeof got, 0);
    EXPECT_TRUE(n == 0 || errno == ECONNRESET) << "still open after 40 s";
    close(fd);
  }
}

}  // namespace
}  // namespace dudao::integration
